//! `mynah qwen3`: the engine by itself, for measurements.

mod bench;
mod clone;
mod memory;
mod trace;

/// What to do with the engine.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Speak a text of a forced length and measure it
    Bench(bench::Args),
    /// Encode a voice once and keep it, to speak with it from then on
    Clone(clone::Args),
    /// Run one request and write every tensor that the official package can be compared by
    Trace(trace::Args),
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Bench(args) => bench::run(&args),
        Command::Clone(args) => clone::run(args),
        Command::Trace(args) => trace::run(&args),
    }
}
