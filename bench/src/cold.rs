//! `mynah say` with espeak, each time as a new process, to a file.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::ensure;

use crate::figure::percentile;
use crate::{Bench, Figure};

pub(crate) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("cold.wav");
    let mut times = Vec::new();
    for _ in 0..bench.rounds {
        let began = Instant::now();
        let status = Command::new(&bench.program)
            .args([
                "say",
                "The weather is very nice today.",
                "--voice",
                "espeak/en-us",
                "--language",
                "en-US",
                "-o",
            ])
            .arg(&file)
            .stdout(Stdio::null())
            .status()?;
        ensure!(status.success(), "mynah say failed with {status}");
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
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
