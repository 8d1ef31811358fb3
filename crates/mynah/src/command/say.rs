//! `mynah say`: text to a loudspeaker or a file.

use std::ops::Range;
use std::path::{Path, PathBuf};

use mynah_audio::{Clip, Format, SampleRate, Speed};
use mynah_speech::{DEFAULT_WORKSPACE as WORKSPACE, LanguageChoice};
use mynah_synthesis::{Delivery, Plan, SpeechJob, SpeechStream, StyleMeans, VoiceChoice};
use mynah_voices::{TakeRecorder, VoicesError};
use serde::Serialize;

use crate::command::{models, text};
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::{note, outln};
use crate::output::{file::AudioFile, player, progress};
use crate::services::Services;

/// What to say and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mynah say \"The weather is very nice today.\" -o hello.wav
  mynah say chapter.txt -o chapter.mp3 --speed 1.1
  mynah say \"Hello.\" --engine qwen3 --model Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice --voice ryan -o hi.wav
  date | mynah say - --voice espeak/es --language es -o fecha.opus
  mynah say \"Hello\" --ref-audio ana.wav --ref-text \"What Ana says in it.\" -o hello.wav \\
    --consent-speaker Ana --consent-statement \"Mynah may speak in my voice.\"
  mynah say \"Hello\" -o - --format pcm | aplay -t raw -f S16_LE -r 24000 -c 1")]
pub(crate) struct SayArgs {
    /// The text; `-` reads it from stdin, the name of an existing file reads that file
    #[arg(value_name = "TEXT|-|FILE", allow_hyphen_values = true)]
    text: String,

    /// File to write; `-` is stdout. Without it the system's player plays
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// Engine that speaks; usually the voice says it
    #[arg(long, value_name = "ENGINE")]
    engine: Option<String>,

    /// Voice: a full id (flite/slt), a bare name (slt) or an alias (alloy)
    #[arg(long, value_name = "VOICE")]
    voice: Option<String>,

    /// Language of the text, as BCP-47 or by its English name; `auto` finds out
    #[arg(long, value_name = "TAG", default_value = "auto")]
    language: LanguageChoice,

    /// Format of the file: mp3, opus, aac, flac, wav or pcm (24 kHz, 16 bit, mono)
    /// [default: by the file's ending, else wav]
    #[arg(long, value_name = "FORMAT", requires = "output")]
    format: Option<Format>,

    /// How fast, 0.25 to 4; the pitch stays [default: that of a kept voice, else 1]
    #[arg(long, value_name = "FACTOR")]
    speed: Option<Speed>,

    /// Makes sampled speech repeatable, where the engine samples
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// How to say it, in words, where the voice follows instructions; for a designed voice, its
    /// description
    #[arg(long, value_name = "WORDS")]
    instruct: Option<String>,

    /// Qwen3-TTS model: a folder or a GGUF file, or OWNER/NAME or OWNER/NAME:FILE, which is fetched
    /// if need be
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,

    /// Frames of 80 ms that a Qwen3-TTS model speaks for each chunk of the text, whatever it says;
    /// for measurements
    #[arg(long, value_name = "NUMBER", requires = "model")]
    frames: Option<usize>,

    /// Read tags in the text: [voice:NAME]…[/voice] and [style:sad/intense]…[/style]; \[ is a bracket
    #[arg(long)]
    markup: bool,

    /// Keep the speech, with its text and its seed; `mynah takes` lists what was kept
    #[arg(long)]
    keep: bool,

    /// Print what was done as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    style: super::style::StyleArgs,

    /// Fail unless a recording in just this style, or an instruction, realizes it
    #[arg(long)]
    style_strict: bool,

    #[command(flatten)]
    reference: super::reference::ReferenceArgs,
}

#[derive(Serialize)]
struct Report {
    engine: String,
    voice: String,
    language: String,
    audio_ms: u128,
    first_audio_ms: Option<u128>,
    engine_ms: u128,
    /// How a style was realized, as in the header `mynah-style`.
    style: Option<String>,
    /// The clip that the speech is kept as.
    clip: Option<String>,
    ignored: Vec<String>,
}

pub(crate) async fn run(args: SayArgs, mut config: Config) -> anyhow::Result<()> {
    let chosen = args.model.is_some();
    models::select(args.model, args.engine.as_deref(), &mut config)?;
    config.engines.qwen3.frames = args.frames.or(config.engines.qwen3.frames);
    let services = match args.keep {
        true => Services::with_library(&config).await?.0,
        false => Services::with_kept_voices(&config).await?,
    };
    if chosen {
        models::open(services.qwen3.as_ref(), &config)?;
    }
    let text = text::of_argument(&args.text)?;
    let plan = services.synthesis.plan(SpeechJob {
        voice: args.voice.map_or(VoiceChoice::Best, VoiceChoice::Named),
        language: args.language,
        engine: args.engine,
        speed: args.speed,
        instruct: args.instruct,
        seed: args.seed,
        tags: args.markup.then_some(true),
        style: args.style.name(),
        style_strict: args.style_strict,
        reference: args.reference.read()?,
        delivery: delivery(args.output.as_deref()),
        ..SpeechJob::new(&*text)
    })?;
    for ignored in plan.ignored() {
        note!("note: {} changes nothing with {}", ignored, plan.engine());
    }
    for style in plan.styles() {
        if style.by == StyleMeans::Prosody {
            note!(
                "note: there is no recording in the style {} and the voice follows no instructions; tempo, pitch \
                 and level stand in",
                style.asked
            );
        }
    }
    for Range { start, end } in plan.skipped() {
        let voice = &plan.voice().id;
        note!("note: {voice} cannot speak bytes {start} to {end} of the text; they are left out");
    }
    let (plan, mut take) = match args.keep {
        true => {
            let plan = plan.with_seed()?;
            let take = TakeRecorder::new(plan.take_details(text)?)?;
            (plan, Some(take))
        }
        false => (plan, None),
    };
    let permit = services.synthesis.admit().map_err(anyhow::Error::from)?;
    let mut report = Report {
        engine: joined(&plan.engines()),
        voice: plan.voice_ids().join(", "),
        language: plan.language().to_string(),
        audio_ms: 0,
        first_audio_ms: None,
        engine_ms: 0,
        style: Some(joined(&plan.styles())).filter(|styles| !styles.is_empty()),
        clip: None,
        ignored: ignored(&plan),
    };
    let rate = plan.rate();
    let tags = plan.tags();
    let mut stream = services.synthesis.speak(plan, permit);
    match &args.output {
        Some(path) => {
            let file = AudioFile::create(path, args.format, rate, &tags)?;
            write(&mut stream, file, take.as_mut()).await?;
        }
        None => play(&mut stream, rate, take.as_mut()).await?,
    }
    if let (Some(take), Some(library)) = (take, &services.library) {
        let take = tokio::task::block_in_place(|| take.finish())?;
        let kept = library.keep_take(WORKSPACE, take, None).await?;
        note!("kept as {}", kept.clip.id);
        report.clip = Some(kept.clip.id.into());
    }
    services.write_uses().await;
    let timings = stream.timings();
    report.audio_ms = timings.audio.as_millis();
    report.first_audio_ms = timings.first_audio.map(|time| time.as_millis());
    report.engine_ms = timings.engine.as_millis();
    if args.json {
        let line = serde_json::to_string(&report)?;
        // Standard output may carry the audio.
        if args.output.as_deref() == Some(Path::new("-")) {
            note!("{line}");
        } else {
            outln!("{line}")?;
        }
    }
    Ok(())
}

/// Several names, as one.
fn joined<T: ToString>(names: &[T]) -> String {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// What has no effect: options, and words that the voice cannot speak, by their bytes.
fn ignored(plan: &Plan) -> Vec<String> {
    let options = plan.ignored().into_iter().map(str::to_owned);
    let words = plan.skipped().iter();
    let words = words.map(|range| format!("input[{}..{}]", range.start, range.end));
    options.chain(words).collect()
}

/// Whether it may be played while it is made: a file appears when it is whole.
pub(crate) fn delivery(output: Option<&Path>) -> Delivery {
    match output {
        Some(path) if path != Path::new("-") => Delivery::Whole,
        _ => Delivery::Live,
    }
}

async fn write(
    stream: &mut SpeechStream,
    mut file: AudioFile,
    mut take: Option<&mut TakeRecorder>,
) -> anyhow::Result<()> {
    let bar = progress::of_text();
    while let Some(clip) = stream.next().await {
        let clip = clip?;
        record(take.as_deref_mut(), &clip)?;
        file =
            tokio::task::spawn_blocking(move || file.push(&clip.samples).map(|()| file)).await??;
        let progress = stream.progress();
        bar.set_length(progress.total_chars as u64);
        bar.set_position(progress.done_chars as u64);
    }
    bar.finish_and_clear();
    tokio::task::spawn_blocking(move || file.finish()).await?
}

async fn play(
    stream: &mut SpeechStream,
    rate: SampleRate,
    mut take: Option<&mut TakeRecorder>,
) -> anyhow::Result<()> {
    let player = player::find().ok_or_else(|| {
        CliError::missing(format!(
            "nothing can play here: {}. Or write a file with -o FILE",
            player::FIX
        ))
    })?;
    let mut playing = player.start(rate)?;
    while let Some(clip) = stream.next().await {
        let clip = clip?;
        record(take.as_deref_mut(), &clip)?;
        playing =
            tokio::task::spawn_blocking(move || playing.push(&clip).map(|()| playing)).await??;
    }
    tokio::task::spawn_blocking(move || playing.finish()).await?
}

/// Adds audio to the take that is kept, if one is.
fn record(take: Option<&mut TakeRecorder>, clip: &Clip) -> Result<(), VoicesError> {
    match take {
        Some(take) => tokio::task::block_in_place(|| take.push(&clip.samples)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_delivered_whole_and_playback_streamed() {
        let of = |output: Option<&str>| delivery(output.map(Path::new));
        assert_eq!(of(Some("hello.wav")), Delivery::Whole);
        assert_eq!(of(Some("-")), Delivery::Live);
        assert_eq!(of(None), Delivery::Live);
    }
}
