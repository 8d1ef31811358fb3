//! `mynah voices clone`: a voice of a recording.

use std::path::PathBuf;

use mynah_speech::{Consent, DEFAULT_WORKSPACE as WORKSPACE, Language, Reference};
use mynah_voices::{NewVoice, RecordedPrompt, VoiceName, VoicesError};

use super::print::print;
use crate::command::reference;
use crate::config::Config;
use crate::output::print::note;
use crate::services::Services;

/// Whose voice to keep.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The recording is kept with its transcript and the consent: 3 to 60 seconds of one person, best 5
to 20, without music. Without --ref-text it is transcribed, where a recognizer that is no demo is
installed. Speaking with the voice needs a model that clones, such as qwen3-tts-0.6b-base.

Example:
  mynah voices clone me.wav --name narrator --ref-text @me.txt \\
    --consent-speaker \"Ana Lima\" --consent-statement \"I agree that my voice is cloned.\"")]
pub(crate) struct CloneArgs {
    /// A recording of one person, in any format
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The voice's name: 1 to 100 characters of any script
    #[arg(long, value_name = "NAME")]
    name: String,

    /// What is said in the recording; `@FILE` reads it from a file
    #[arg(long, value_name = "TEXT|@FILE", conflicts_with = "x_vector_only")]
    ref_text: Option<String>,

    /// Take only the speaker's x-vector from the recording: needs no text, is less close
    #[arg(long)]
    x_vector_only: bool,

    /// Who speaks in the recording
    #[arg(long, value_name = "NAME")]
    consent_speaker: String,

    /// What they agreed to, in their own words
    #[arg(long, value_name = "TEXT")]
    consent_statement: String,

    /// Why the recording may be used
    #[arg(long, value_name = "BASIS", default_value = "permission")]
    consent_basis: reference::Basis,

    /// The language of the recording
    #[arg(long, value_name = "TAG")]
    language: Option<Language>,

    /// How the voice sounds, in words
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    description: String,

    /// A word to find it by; may be given several times
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: CloneArgs, config: &Config) -> anyhow::Result<()> {
    let name = VoiceName::new(&args.name).map_err(VoicesError::from)?;
    let consent =
        Consent::now(&args.consent_speaker, &args.consent_statement).map_err(VoicesError::from)?;
    let consent = Consent {
        basis: args.consent_basis.into(),
        ..consent
    };
    let audio = reference::bytes(&args.file, Reference::MAX_BYTES)?;
    let transcript = args.ref_text.map(reference::of_argument).transpose()?;
    let (_, library) = Services::with_library(config).await?;
    let voice = NewVoice {
        description: args.description,
        tags: args.tags,
        ..NewVoice::named(name)
    };
    let asked_for_transcript = transcript.is_none() && !args.x_vector_only;
    let recorded = RecordedPrompt {
        audio: audio.into(),
        transcript,
        x_vector_only: args.x_vector_only,
        language: args.language,
    };
    let stored = library
        .create(WORKSPACE, voice, recorded, consent, None, ())
        .await?;
    if let Some(prompt) = stored.anchor().filter(|_| asked_for_transcript) {
        match &prompt.transcript {
            Some(text) => note!("transcribed: {text}"),
            None => note!(
                "there is no recognizer for its transcript, so only the x-vector is used; \
                 `mynah models pull whisper-base`, or send --ref-text"
            ),
        }
    }
    print(&stored, args.json)
}
