//! `mynah voices add`: another recording for a kept voice, in a style.

use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;
use mynah_voices::NewPrompt;

use super::manage::{existing, find};
use super::print::print;
use super::recording::RecordingArgs;
use crate::command::style::StyleArgs;
use crate::config::Config;

/// Which recording to add.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A text in a style is spoken from the recording in this style, or in the nearest intensity; any other text
from the voice's first recording.

Example:
  mynah voices add Ana ana-sad.wav --emotion sad --ref-text @ana-sad.txt \\
    --consent-speaker \"Ana Lima\" --consent-statement \"I agree that my voice is cloned.\"
  mynah say \"They are gone.\" --voice Ana --emotion sad")]
pub(crate) struct AddArgs {
    /// The name or the id of the voice
    #[arg(value_name = "VOICE")]
    voice: String,

    #[command(flatten)]
    recording: RecordingArgs,

    /// A word to find it by; may be given several times
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    style: StyleArgs,
}

pub(super) async fn run(args: AddArgs, config: &Config) -> anyhow::Result<()> {
    let (recorded, consent) = args.recording.read()?;
    let new = NewPrompt {
        style: args.style.name(),
        tags: args.tags,
        recorded,
    };
    let library = existing(config).await?;
    let voice = find(&library, &args.voice).await?;
    library
        .add_prompt(WORKSPACE, &voice.id, new, consent, None, ())
        .await?;
    print(&library.get(WORKSPACE, &voice.id).await?, args.json)
}
