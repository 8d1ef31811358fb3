//! `mynah qwen3`: the engine by itself, for measurements.

mod bench;
mod clone;
mod memory;
mod trace;

/// What to do with the engine.
#[derive(Debug, clap::Args)]
pub(crate) struct Qwen3Args {
    #[command(subcommand)]
    command: Qwen3Command,
}

#[derive(Debug, clap::Subcommand)]
enum Qwen3Command {
    /// Speak a text of a forced length and measure it
    Bench(bench::Qwen3BenchArgs),
    /// Encode a voice once and keep it, to speak with it from then on
    Clone(clone::Qwen3CloneArgs),
    /// Run one request and write every tensor that the official package can be compared by
    Trace(trace::Qwen3TraceArgs),
}

pub(crate) fn run(args: Qwen3Args) -> anyhow::Result<()> {
    match args.command {
        Qwen3Command::Bench(args) => bench::run(&args),
        Qwen3Command::Clone(args) => clone::run(args),
        Qwen3Command::Trace(args) => trace::run(&args),
    }
}
