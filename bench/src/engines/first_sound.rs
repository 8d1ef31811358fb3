//! How soon Kokoro is there: the first audio of a warm server, and a whole `mynah say` in a new process.

use anyhow::ensure;

use super::EngineBench;
use crate::Figure;
use crate::cold::process_times;
use crate::figure::percentile;
use crate::speech::first_audible_times;

const VOICE: &str = "af_heart";
const TEXT: &str = "Good morning.";

pub(super) async fn measure(bench: &EngineBench) -> anyhow::Result<Vec<Figure>> {
    let environment = bench.environment();
    let mut first = first_audible_times(&bench.program, &environment, VOICE, bench.rounds).await?;
    let plan = bench
        .synthesis
        .plan(mynah_synthesis::SpeechJob::new(TEXT))?;
    ensure!(
        plan.engine().as_str() == "kokoro",
        "{} speaks where no voice is named",
        plan.engine()
    );
    // The first run reads the files from the disk; all others find them in the page cache.
    let rounds = bench.rounds + 1;
    let mut whole = process_times(&bench.program, &environment, &[TEXT], rounds)?.split_off(1);
    Ok(vec![
        Figure::new(
            "first audible sample of 20 words, Kokoro, warm, median",
            percentile(&mut first, 0.5),
            "ms",
        ),
        Figure::new(
            "first audible sample of 20 words, Kokoro, warm, p95",
            percentile(&mut first, 0.95),
            "ms",
        )
        .with_max(600.0),
        Figure::new(
            "mynah say \"Good morning.\", a new process, median",
            percentile(&mut whole, 0.5),
            "ms",
        ),
        Figure::new(
            "mynah say \"Good morning.\", a new process, p95",
            percentile(&mut whole, 0.95),
            "ms",
        )
        .with_max(1500.0),
    ])
}
