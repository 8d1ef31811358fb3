//! `mynah takes`: speech that was kept, and voices and recordings made of it.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use mynah_api::KeptTake;
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;
use mynah_voices::{ClipId, Library, NewPromptOfTake, Take, TakeQuery};

use super::style::StyleArgs;
use super::voices::{NewVoiceArgs, existing, find, print};
use crate::config::Config;
use crate::output::print::{note, outln};

/// How many takes are read at once.
const PAGE: usize = 200;

/// What to do with takes.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
`mynah say --keep` keeps speech, with its text, its voice and its seed. Without a command the takes
are listed. One of 3 to 60 seconds can become what a kept voice is spoken from.

Examples:
  mynah say \"I am glad that you are here. Sit down.\" --voice qwen3/designed \\
    --instruct \"a calm old man\" --keep
  mynah takes voice clp_0199… --name keeper
  mynah say \"They left.\" --voice keeper"
)]
pub(crate) struct TakesArgs {
    #[command(subcommand)]
    command: Option<TakesCommand>,

    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, Subcommand)]
enum TakesCommand {
    /// List the takes, the latest first
    List(ListArgs),
    /// Make a voice of a take, and keep it: not of a person's voice
    Voice(VoiceArgs),
    /// Add a take to a kept voice, in a style
    Add(AddArgs),
    /// Write a take to a file, as FLAC
    Save(SaveArgs),
    /// Delete a take, for good
    Remove(RemoveArgs),
}

/// How to list the takes.
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Of this kept voice alone: its name or its id
    #[arg(long, value_name = "VOICE")]
    voice: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which voice to make of which take.
#[derive(Debug, clap::Args)]
struct VoiceArgs {
    /// The take, as `mynah takes` lists it
    #[arg(value_name = "CLIP")]
    clip: ClipId,

    #[command(flatten)]
    voice: NewVoiceArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which take to add to which voice.
#[derive(Debug, clap::Args)]
struct AddArgs {
    /// The take, as `mynah takes` lists it
    #[arg(value_name = "CLIP")]
    clip: ClipId,

    /// The name or the id of the voice
    #[arg(long, value_name = "VOICE")]
    voice: String,

    /// A word to find it by; may be given several times
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    style: StyleArgs,
}

/// Where to write which take.
#[derive(Debug, clap::Args)]
struct SaveArgs {
    /// The take, as `mynah takes` lists it
    #[arg(value_name = "CLIP")]
    clip: ClipId,

    /// The file
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
}

/// Which take to delete.
#[derive(Debug, clap::Args)]
struct RemoveArgs {
    /// The take, as `mynah takes` lists it
    #[arg(value_name = "CLIP")]
    clip: ClipId,
}

pub(crate) async fn run(args: TakesArgs, config: Config) -> anyhow::Result<()> {
    let library = existing(&config).await?;
    match args.command {
        None => list(args.list, &library).await,
        Some(TakesCommand::List(args)) => list(args, &library).await,
        Some(TakesCommand::Voice(args)) => voice(args, &library).await,
        Some(TakesCommand::Add(args)) => add(args, &library).await,
        Some(TakesCommand::Save(args)) => save(args, &library).await,
        Some(TakesCommand::Remove(args)) => {
            library.delete_take(WORKSPACE, &args.clip).await?;
            note!("{} is deleted.", args.clip);
            Ok(())
        }
    }
}

async fn list(args: ListArgs, library: &Library) -> anyhow::Result<()> {
    let mut query = TakeQuery {
        limit: PAGE,
        ..TakeQuery::default()
    };
    if let Some(name) = &args.voice {
        query.voice = Some(find(library, name).await?.id);
    }
    let mut takes = Vec::new();
    loop {
        let page = library.takes(WORKSPACE, &query).await?;
        takes.extend(page.items);
        match page.next_cursor {
            None => break,
            cursor => query.cursor = cursor,
        }
    }
    if args.json {
        let takes: Vec<_> = takes.into_iter().map(KeptTake::from).collect();
        outln!("{}", serde_json::to_string_pretty(&takes)?)?;
        return Ok(());
    }
    takes.into_iter().try_for_each(print_take)
}

fn print_take(take: Take) -> anyhow::Result<()> {
    let take = KeptTake::from(take);
    let voice = take.kept_voice.as_ref().unwrap_or(&take.voice);
    let style = take.style.as_deref().unwrap_or("no style");
    outln!(
        "{}  {:6.1} s  {voice}  {}  {style}  {}",
        take.id,
        take.seconds,
        take.language,
        take.text.split_whitespace().collect::<Vec<_>>().join(" ")
    )?;
    Ok(())
}

async fn voice(args: VoiceArgs, library: &Library) -> anyhow::Result<()> {
    let voice = args.voice.voice()?;
    let stored = library.create_of_take(WORKSPACE, voice, &args.clip, None, ());
    print(&stored.await?, args.json)
}

async fn add(args: AddArgs, library: &Library) -> anyhow::Result<()> {
    let voice = find(library, &args.voice).await?;
    let new = NewPromptOfTake {
        clip: args.clip,
        style: args.style.name(),
        tags: args.tags,
    };
    library
        .add_take(WORKSPACE, &voice.id, new, None, ())
        .await?;
    print(&library.get(WORKSPACE, &voice.id).await?, args.json)
}

async fn save(args: SaveArgs, library: &Library) -> anyhow::Result<()> {
    let clip = library.clip(WORKSPACE, &args.clip).await?;
    let file = library.clip_audio(&clip).await?;
    std::fs::write(&args.output, &file)
        .with_context(|| format!("{} can't be written", args.output.display()))
}
