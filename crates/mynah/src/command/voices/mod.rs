//! `mynah voices`: the voices that can speak, and those that are kept.

mod add;
mod clone;
mod design;
mod list;
mod manage;
mod new_voice;
mod packages;
mod preset;
mod print;
mod recording;

use clap::Subcommand;

pub(super) use manage::{existing, find};
pub(super) use new_voice::NewVoiceArgs;
pub(super) use print::print;

use crate::config::Config;

/// What to do with voices.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Without a command the voices are listed. A kept voice is found by its id or its name wherever a
voice is named: `mynah say --voice NAME`, every server, and live interpreting.

Examples:
  mynah voices --language en
  mynah voices clone ana.wav --name Ana --ref-text @ana.txt \\
    --consent-speaker \"Ana Lima\" --consent-statement \"I agree that my voice is cloned.\"
  mynah say \"Hello.\" --voice Ana -o hello.wav
  mynah voices remove Ana"
)]
pub(crate) struct VoicesArgs {
    #[command(subcommand)]
    command: Option<VoicesCommand>,

    #[command(flatten)]
    list: list::ListArgs,
}

#[derive(Debug, Subcommand)]
enum VoicesCommand {
    /// List the voices that can speak
    List(list::ListArgs),
    /// Make a voice of a recording, and keep it
    Clone(clone::CloneArgs),
    /// Make a voice of a description, and keep it
    Design(design::DesignArgs),
    /// Keep an engine's voice under a name of its own
    Preset(preset::PresetArgs),
    /// Add a recording to a kept voice, in a style
    Add(add::AddArgs),
    /// Show a kept voice, with its recordings and its consent
    Show(manage::ShowArgs),
    /// Change a kept voice's name, description, tags, languages or speed
    Edit(manage::EditArgs),
    /// Delete a kept voice; it can be restored for 24 hours
    Remove(manage::RemoveArgs),
    /// Restore a kept voice that was deleted, by its id
    Restore(manage::RestoreArgs),
    /// Give or revoke the consent of a kept voice
    Consent(manage::ConsentArgs),
    /// Show what happened to a kept voice: creation, uses by day, consents
    Audit(manage::ShowArgs),
    /// Write a kept voice to a file, with its recordings and its consent
    Export(packages::ExportArgs),
    /// Make a voice of such a file, and keep it
    Import(packages::ImportArgs),
}

pub(crate) async fn run(args: VoicesArgs, config: Config) -> anyhow::Result<()> {
    match args.command {
        None => list::run(&args.list, &config).await,
        Some(VoicesCommand::List(args)) => list::run(&args, &config).await,
        Some(VoicesCommand::Clone(args)) => clone::run(args, &config).await,
        Some(VoicesCommand::Design(args)) => design::run(args, &config).await,
        Some(VoicesCommand::Preset(args)) => preset::run(args, &config).await,
        Some(VoicesCommand::Add(args)) => add::run(args, &config).await,
        Some(VoicesCommand::Show(args)) => manage::show(args, &config).await,
        Some(VoicesCommand::Edit(args)) => manage::edit(args, &config).await,
        Some(VoicesCommand::Remove(args)) => manage::remove(args, &config).await,
        Some(VoicesCommand::Restore(args)) => manage::restore(args, &config).await,
        Some(VoicesCommand::Consent(args)) => manage::consent(args, &config).await,
        Some(VoicesCommand::Export(args)) => packages::export(args, &config).await,
        Some(VoicesCommand::Import(args)) => packages::import(args, &config).await,
        Some(VoicesCommand::Audit(args)) => manage::audit(args, &config).await,
    }
}
