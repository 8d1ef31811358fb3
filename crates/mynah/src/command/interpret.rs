//! `mynah interpret`: a recording in one language, spoken in another.

mod remote;

use std::path::PathBuf;

use mynah_audio::{Clip, Format, SampleRate, Tags};
use mynah_speech::{Language, LanguageChoice};
use mynah_speech_translation::{
    SegmentTimings, SessionEvent, SessionEvents, SessionOptions, session_audio,
};
use mynah_synthesis::VoiceChoice;
use serde_json::json;

use super::reference::ReferenceArgs;
use super::{models, recording, say};
use crate::config::Config;
use crate::exit::CliError;
use crate::output::file::AudioFile;
use crate::output::print::{note, outln};
use crate::services::Services;

/// What to interpret.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each segment is printed as soon as it is done: when it was said, what was said,
what it means, and how long that took.

Examples:
  mynah interpret talk.wav --from en --to es
  mynah interpret talk.mp3 --from en --to es -o charla.mp3 --json
  mynah interpret talk.wav --from en --to es --gateway ws://127.0.0.1:8080
  mynah interpret talk.wav --from en --to es -o charla.wav \\
    --model Qwen/Qwen3-TTS-12Hz-0.6B-Base --ref-audio ana.wav --ref-text \"What Ana says in it.\" \\
    --consent-speaker Ana --consent-statement \"Mynah may speak in my voice.\"")]
pub(crate) struct InterpretArgs {
    /// The recording: wav, mp3, ogg, opus, webm, flac or m4a; `-` reads it from stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Language spoken, as BCP-47 or by its English name; `auto` finds out where a recognizer can (Whisper), else it is
    /// the recognizer's first
    #[arg(long, value_name = "TAG", default_value = "auto")]
    from: LanguageChoice,

    /// Language to interpret into, as BCP-47 or by its English name
    #[arg(long, value_name = "TAG")]
    to: Language,

    /// File for the spoken translation; without it there is text only
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// Voice of the translation: a full id, a bare name or an alias
    #[arg(long, value_name = "VOICE", requires = "output")]
    voice: Option<String>,

    /// Qwen3-TTS model that speaks: a folder or a GGUF file, or OWNER/NAME, or
    /// OWNER/NAME:FILE, which is fetched if need be
    #[arg(long, value_name = "MODEL", requires = "output")]
    model: Option<String>,

    /// Format of the file [default: by its ending, else wav]
    #[arg(long, value_name = "FORMAT", requires = "output")]
    format: Option<Format>,

    /// Print a JSON object a line, one per segment
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    length: recording::LengthArgs,

    #[command(flatten)]
    track: recording::TrackArgs,

    #[command(flatten)]
    reference: ReferenceArgs,

    /// Have it interpreted by a gateway (`mynah gateway`, `mynah serve`): ws://HOST:PORT. The
    /// recording is sent as fast as it was spoken. A key is read from `MYNAH_API_KEY`
    #[arg(long, value_name = "URL", conflicts_with_all = ["model", "ref_audio"])]
    gateway: Option<String>,

    /// Send to the gateway as fast as it goes
    #[arg(long, requires = "gateway")]
    fast: bool,
}

pub(crate) async fn run(args: InterpretArgs, mut config: Config) -> anyhow::Result<()> {
    if let Some(gateway) = &args.gateway {
        return remote::interpret(&args, gateway, &config).await;
    }
    if args.output.is_none() && args.reference.is_named() {
        return Err(CliError::bad_input(
            "a voice needs a file: add -o FILE, or leave out --ref-audio",
        )
        .into());
    }
    let reference = args.reference.read()?;
    let chosen = args.model.is_some();
    models::select(args.model, None, &mut config)?;
    let services = Services::with_kept_voices(&config).await?;
    if chosen {
        models::open(services.qwen3.as_ref(), &config)?;
    }
    let options = SessionOptions {
        voice: args.voice.map_or(VoiceChoice::Best, VoiceChoice::Named),
        speak: args.output.is_some(),
        reference,
        delivery: say::delivery(args.output.as_deref()),
        ..SessionOptions::new(args.from, args.to)
    };
    // Before the recording is read: an unknown direction needs no decoding.
    let route = services.interpreter.route(&options).await?;
    let limits = args.length.limits(config.recording);
    let clip = recording::read(&args.file, limits, args.track).await?;
    // As a gateway receives it, so that both give the same words.
    let clip = tokio::task::spawn_blocking(move || session_audio(&clip)).await?;
    let file = match &args.output {
        Some(path) => {
            let mut tags = Tags::new();
            if let Some(voice) = route.voice() {
                tags = tags.engine(voice.id.engine()).voice(&voice.id.to_string());
            }
            Some(AudioFile::create(
                path,
                args.format,
                SampleRate::HZ_24000,
                &tags,
            )?)
        }
        None => None,
    };
    let (mut input, events) = services.interpreter.session_on(&options, &route);
    let feeding = tokio::spawn(async move {
        // A reader that left ends the session; the events say what failed.
        if input.push(clip).await.is_ok() {
            input.close();
        }
    });
    let failed = follow(events, file, args.json).await?;
    feeding.await?;
    services.write_uses().await;
    if failed > 0 {
        return Err(CliError::failed(format!("{failed} segments could not be interpreted")).into());
    }
    Ok(())
}

/// Prints what comes and writes the audio. Returns how many segments failed.
async fn follow(
    mut events: SessionEvents,
    mut file: Option<AudioFile>,
    json: bool,
) -> anyhow::Result<usize> {
    let mut failed = 0;
    let mut ended = false;
    while let Some(event) = events.next().await {
        match event {
            SessionEvent::Speech { clip, .. } => {
                if let Some(open) = file.take() {
                    file = Some(write(open, clip).await?);
                }
            }
            SessionEvent::Done {
                segment,
                start_ms,
                end_ms,
                source,
                source_language,
                translation,
                engines,
                timings,
            } => {
                if json {
                    outln!(
                        "{}",
                        json!({
                            "segment": segment,
                            "start_ms": start_ms,
                            "end_ms": end_ms,
                            "source": source,
                            "source_language": source_language,
                            "translation": translation,
                            "engines": engines,
                            "timings": described(&timings),
                        })
                    )?;
                } else {
                    outln!(
                        "{} – {}  ({} ms)",
                        clock(start_ms),
                        clock(end_ms),
                        work_ms(&timings)
                    )?;
                    outln!("  {source}\n  {translation}")?;
                }
            }
            SessionEvent::Failed {
                segment,
                start_ms,
                end_ms,
                code,
                message,
            } => {
                failed += 1;
                if json {
                    outln!(
                        "{}",
                        json!({
                            "segment": segment,
                            "start_ms": start_ms,
                            "end_ms": end_ms,
                            "error": {"code": code.as_str(), "message": message},
                        })
                    )?;
                }
                note!("{} – {}  {message}", clock(start_ms), clock(end_ms));
            }
            SessionEvent::Ended { .. } => ended = true,
            SessionEvent::Opened { .. }
            | SessionEvent::Preview { .. }
            | SessionEvent::Recognized { .. }
            | SessionEvent::Translated { .. } => {}
        }
    }
    if !ended {
        return Err(CliError::failed("the session ended before the recording did").into());
    }
    if let Some(file) = file {
        tokio::task::spawn_blocking(move || file.finish()).await??;
    }
    Ok(failed)
}

async fn write(mut file: AudioFile, clip: Clip) -> anyhow::Result<AudioFile> {
    tokio::task::spawn_blocking(move || file.push(&clip.samples).map(|()| file)).await?
}

/// What the stages worked on a segment, without the waits.
fn work_ms(timings: &SegmentTimings) -> u128 {
    (timings.recognize + timings.translate).as_millis()
}

fn described(timings: &SegmentTimings) -> serde_json::Value {
    json!({
        "detect_ms": timings.detect.as_millis(),
        "queue_ms": timings.queue.as_millis(),
        "recognize_ms": timings.recognize.as_millis(),
        "translate_ms": timings.translate.as_millis(),
        "first_audio_ms": timings.first_audio.map(|time| time.as_millis()),
        "total_ms": timings.total.as_millis(),
    })
}

/// `1:02.3`, or `1:02:03.4` from an hour on.
fn clock(ms: u64) -> String {
    let (hours, minutes, seconds, tenths) = (
        ms / 3_600_000,
        ms / 60_000 % 60,
        ms / 1_000 % 60,
        ms % 1_000 / 100,
    );
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{tenths}")
    } else {
        format!("{minutes}:{seconds:02}.{tenths}")
    }
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn times_read_like_a_clock() {
        assert_eq!(clock(0), "0:00.0");
        assert_eq!(clock(62_345), "1:02.3");
        assert_eq!(clock(3_723_456), "1:02:03.4");
    }
}
