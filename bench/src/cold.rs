//! `mynah say` with espeak, each time as a new process, to a file.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::ensure;

use crate::figure::percentile;
use crate::{Bench, Figure};

pub(crate) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let arguments = [
        "The weather is very nice today.",
        "--voice",
        "espeak/en-us",
        "--language",
        "en-US",
    ];
    let mut times = process_times(&bench.program, &[], &arguments, bench.rounds)?;
    Ok(vec![
        Figure::new(
            "cold say with espeak, median",
            percentile(&mut times, 0.5),
            "ms",
        )
        .with_max(150.0),
        Figure::new(
            "cold say with espeak, p95",
            percentile(&mut times, 0.95),
            "ms",
        ),
    ])
}

/// Milliseconds that `mynah say` takes with these arguments and settings, each time as a new process that
/// writes a file.
pub(crate) fn process_times(
    program: &Path,
    settings: &[(&str, &str)],
    arguments: &[&str],
    rounds: usize,
) -> anyhow::Result<Vec<f64>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("speech.wav");
    let mut times = Vec::new();
    for _ in 0..rounds {
        let began = Instant::now();
        let status = Command::new(program)
            .arg("say")
            .args(arguments)
            .arg("-o")
            .arg(&file)
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .status()?;
        ensure!(status.success(), "mynah say failed with {status}");
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(times)
}
