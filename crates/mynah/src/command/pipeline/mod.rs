//! `mynah pipeline`: the interpreter's stages, each where it fits.

mod init;
mod run;

use clap::Subcommand;

use crate::config::Config;
pub(crate) use run::stages;

/// The stages of the interpreter over Apache Kafka.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create topics and register schemas; doing it again changes nothing
    Init,
    /// Run stages until a signal stops them; any number of replicas may run
    Run(run::Args),
}

pub(crate) async fn run(args: Args, config: Config) -> anyhow::Result<()> {
    match args.action {
        Action::Init => init::run(&config).await,
        Action::Run(args) => run::run(args, config).await,
    }
}
