//! `mynah voices preset`: another name for an engine's voice.

use mynah_speech::{DEFAULT_WORKSPACE as WORKSPACE, Language};
use mynah_voices::NewVoice;

use super::new_voice::NewVoiceArgs;
use super::print::print;
use crate::config::Config;
use crate::services::Services;

/// Which voice to name, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  mynah voices preset kokoro/af_heart --name Clara --speed 0.95
  mynah say \"Good morning.\" --voice Clara")]
pub(crate) struct PresetArgs {
    /// The engine's voice, by its full id
    #[arg(value_name = "ENGINE/VOICE")]
    speaker: String,

    #[command(flatten)]
    voice: NewVoiceArgs,

    /// A language that it speaks, best first; may be given several times [default: those of the engine]
    #[arg(long = "language", value_name = "TAG")]
    languages: Vec<Language>,

    /// Its speed where a request names none, 0.25 to 4
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    speed: f64,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: PresetArgs, config: &Config) -> anyhow::Result<()> {
    let voice = NewVoice {
        languages: args.languages,
        speed: args.speed,
        ..args.voice.voice()?
    };
    let (_, library) = Services::with_library(config).await?;
    let stored = library.create_of_speaker(WORKSPACE, voice, &args.speaker, None);
    print(&stored.await?, args.json)
}
