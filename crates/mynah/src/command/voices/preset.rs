//! `mynah voices preset`: another name for an engine's voice.

use mynah_speech::{DEFAULT_WORKSPACE as WORKSPACE, Language};
use mynah_voices::{NewVoice, VoiceName, VoicesError};

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

    /// Its name here: 1 to 100 characters of any script
    #[arg(long, value_name = "NAME")]
    name: String,

    /// How the voice sounds, in words
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    description: String,

    /// A language that it speaks, best first; may be given several times [default: those of the engine]
    #[arg(long = "language", value_name = "TAG")]
    languages: Vec<Language>,

    /// A word to find it by; may be given several times
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,

    /// Its speed where a request names none, 0.25 to 4
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    speed: f64,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: PresetArgs, config: &Config) -> anyhow::Result<()> {
    let name = VoiceName::new(&args.name).map_err(VoicesError::from)?;
    let (_, library) = Services::with_library(config).await?;
    let voice = NewVoice {
        description: args.description,
        languages: args.languages,
        tags: args.tags,
        speed: args.speed,
        ..NewVoice::named(name)
    };
    let stored = library.create_of_speaker(WORKSPACE, voice, &args.speaker, None);
    print(&stored.await?, args.json)
}
