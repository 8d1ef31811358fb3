//! `mynah styles`: the styles of speaking.

mod change;
mod list;

use clap::Subcommand;

use crate::config::Config;

/// What to do with styles.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Without a command the styles are listed. A voice speaks a style from a recording of its own in it, else
by an instruction to the engine, else by a change of tempo, pitch and level.

Examples:
  mynah styles
  mynah say \"They are gone.\" --emotion sad --intensity intense -o sad.wav
  mynah styles show whispering --json > whispering.json
  mynah styles set murmuring whispering.json"
)]
pub(crate) struct StylesArgs {
    #[command(subcommand)]
    command: Option<StylesCommand>,

    #[command(flatten)]
    list: list::ListArgs,
}

#[derive(Debug, Subcommand)]
enum StylesCommand {
    /// List the styles
    List(list::ListArgs),
    /// Show a style: its instructions, sample texts and prosody
    Show(list::ShowArgs),
    /// Add a style, or put one in the place of a built-in one
    Set(change::SetArgs),
    /// Delete a style that was added; one that was changed becomes the built-in one again
    Remove(change::RemoveArgs),
}

pub(crate) async fn run(args: StylesArgs, config: Config) -> anyhow::Result<()> {
    match args.command {
        None => list::run(&args.list, &config).await,
        Some(StylesCommand::List(args)) => list::run(&args, &config).await,
        Some(StylesCommand::Show(args)) => list::show(&args, &config).await,
        Some(StylesCommand::Set(args)) => change::set(args, &config).await,
        Some(StylesCommand::Remove(args)) => change::remove(&args, &config).await,
    }
}
