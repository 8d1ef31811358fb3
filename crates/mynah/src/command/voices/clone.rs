//! `mynah voices clone`: a voice of a recording.

use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;

use super::new_voice::NewVoiceArgs;
use super::print::print;
use super::recording::RecordingArgs;
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
    #[command(flatten)]
    recording: RecordingArgs,

    #[command(flatten)]
    voice: NewVoiceArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: CloneArgs, config: &Config) -> anyhow::Result<()> {
    let voice = args.voice.voice()?;
    let (recorded, consent) = args.recording.read()?;
    let (_, library) = Services::with_library(config).await?;
    let asked_for_transcript = recorded.transcript.is_none() && !recorded.x_vector_only;
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
