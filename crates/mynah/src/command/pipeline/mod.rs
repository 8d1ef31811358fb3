//! `mynah pipeline`: the interpreter's stages, each where it fits.

mod init;
mod run;

use clap::Subcommand;

use crate::config::Config;

/// The stages of the interpreter over Apache Kafka.
#[derive(Debug, clap::Args)]
pub(crate) struct PipelineArgs {
    #[command(subcommand)]
    action: PipelineAction,
}

#[derive(Debug, Subcommand)]
enum PipelineAction {
    /// Create topics and register schemas; doing it again changes nothing
    Init,
    /// Run stages until a signal stops them; any number of replicas may run
    Run(run::PipelineRunArgs),
}

pub(crate) async fn run(args: PipelineArgs, config: Config) -> anyhow::Result<()> {
    match args.action {
        PipelineAction::Init => init::run(&config).await,
        PipelineAction::Run(args) => run::run(args, config).await,
    }
}
