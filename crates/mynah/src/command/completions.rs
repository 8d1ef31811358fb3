//! `mynah completions`: tab completion for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::output::print;

/// Which shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  mynah completions bash > ~/.local/share/bash-completion/completions/mynah"
)]
pub(crate) struct CompletionsArgs {
    /// The shell to complete in
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs) -> anyhow::Result<()> {
    // Into memory first: the generator panics where its writer fails.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mynah", &mut script);
    print::bytes(&script)
}
