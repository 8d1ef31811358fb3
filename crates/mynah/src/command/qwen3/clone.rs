//! `mynah qwen3 clone`: a voice is encoded once, and kept.

use std::path::PathBuf;

use anyhow::Context;
use mynah_qwen3::model::{Model, Options};
use mynah_qwen3::voice::ClonedVoice;
use mynah_silero::Silero;
use mynah_speech::recording::Recording;
use mynah_speech::{Consent, VoiceId};

use crate::command::models;
use crate::exit::CliError;
use crate::output::print::{note, outln};
use crate::paths;

/// Whose voice to keep.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The voice is one of `mynah voices` from then on, wherever this model speaks. Its file holds
what the model needs and the consent, and no sound.

Example:
  mynah qwen3 clone ana --model Qwen/Qwen3-TTS-12Hz-0.6B-Base --ref-audio ana.wav \\
    --ref-text \"What Ana says in it.\" --consent-speaker \"Ana Lima\" \\
    --consent-statement \"I agree that my voice is cloned for this audiobook.\"
  mynah say \"Hello.\" --model Qwen/Qwen3-TTS-12Hz-0.6B-Base --voice qwen3/ana -o hello.wav")]
pub(crate) struct Qwen3CloneArgs {
    /// The voice's name from now on: letters, digits, - _ + .
    #[arg(value_name = "NAME")]
    name: String,

    /// A Base checkpoint: a folder, a GGUF file, OWNER/NAME, or OWNER/NAME:FILE
    #[arg(long, value_name = "MODEL")]
    model: String,

    /// A recording of 3 to 60 seconds of one person's speech, in any format
    #[arg(long, value_name = "FILE")]
    ref_audio: PathBuf,

    /// What is said in it; without it only the speaker's x-vector is kept, which is less close
    #[arg(long, value_name = "TEXT", required_unless_present = "x_vector_only")]
    ref_text: Option<String>,

    /// Keep the speaker's x-vector alone
    #[arg(long, conflicts_with = "ref_text")]
    x_vector_only: bool,

    /// Who speaks in the recording
    #[arg(long, value_name = "NAME")]
    consent_speaker: String,

    /// What they agreed to, in their own words
    #[arg(long, value_name = "TEXT")]
    consent_statement: String,

    /// File to write [default: NAME.safetensors in the folder of voices]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: Qwen3CloneArgs) -> anyhow::Result<()> {
    let bad = |message: String| CliError::bad_input(message);
    VoiceId::new("qwen3", &*args.name).map_err(|_| {
        bad(format!(
            "{:?} is no name for a voice; use letters, digits, - _ + .",
            args.name
        ))
    })?;
    let consent = Consent::now(&args.consent_speaker, &args.consent_statement)
        .map_err(|error| bad(error.to_string()))?;
    let bytes = std::fs::read(&args.ref_audio)
        .with_context(|| format!("{} can't be read", args.ref_audio.display()))?;
    let recording = Recording::read(&bytes, &mut Silero::new())?;
    let folder = models::fetched(&args.model)?;
    let model = Model::open(&folder, &Options::default(), &mut |_| ())?;
    let voice = ClonedVoice {
        prompt: model.create_clone_prompt(recording.samples(), args.ref_text.as_deref())?,
        checkpoint: model.identity().to_owned(),
        consent,
    };
    let output = match args.output {
        Some(output) => output,
        None => {
            let folder = paths::voices_folder()?;
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("{} can't be made", folder.display()))?;
            folder.join(format!("{}.safetensors", args.name))
        }
    };
    voice.save(&output)?;
    let quality = recording.quality();
    outln!("{}", output.display())?;
    note!(
        "encoded {:.1} s, {:.0} % speech, {:.0} dB above the noise, {:.2} % clipped",
        quality.seconds,
        100.0 * quality.speech_fraction,
        quality.signal_to_noise_db,
        100.0 * quality.clipped_fraction
    );
    Ok(())
}
