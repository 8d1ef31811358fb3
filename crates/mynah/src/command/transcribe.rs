//! `mynah transcribe`: what is said in a recording.

use std::path::PathBuf;

use clap::ValueEnum;
use mynah_api::subtitles::{Cue, srt, vtt};
use mynah_speech::LanguageChoice;
use mynah_speech_translation::RecognizedSegment;
use mynah_speech_translation::subtitles::{self, SubtitleSettings};
use serde_json::json;

use super::recording;
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::{out, outln};
use crate::output::progress;
use crate::services::Services;

/// What to listen to.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mynah transcribe interview.mp3
  mynah transcribe lecture.m4a --format srt > lecture.srt")]
pub(crate) struct TranscribeArgs {
    /// The recording: wav, mp3, ogg, opus, webm, flac or m4a; `-` reads it from stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Language spoken, as BCP-47 or by its English name; `auto` finds out where a recognizer can (Whisper), else it is
    /// the recognizer's first
    #[arg(long, value_name = "TAG", default_value = "auto")]
    language: LanguageChoice,

    #[command(flatten)]
    length: recording::LengthArgs,

    #[command(flatten)]
    subtitles: SubtitleArgs,

    #[command(flatten)]
    track: recording::TrackArgs,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Shape,
}

/// What a subtitle may be.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "For srt and vtt")]
struct SubtitleArgs {
    /// Characters in a line at most, those of Chinese, Japanese and Korean counted as two; 10 to
    /// 200 [default: the setting `interpreter.subtitles.max_line_width`, 42]
    #[arg(long, value_name = "NUMBER")]
    max_line_width: Option<u16>,

    /// Lines at most, 1 to 4 [default: the setting `interpreter.subtitles.max_line_count`, 2]
    #[arg(long, value_name = "NUMBER")]
    max_line_count: Option<u16>,

    /// Seconds that it is shown at most, 1 to 60
    /// [default: the setting `interpreter.subtitles.max_cue_seconds`, 7]
    #[arg(long, value_name = "NUMBER")]
    max_cue_seconds: Option<u16>,
}

impl SubtitleArgs {
    fn limits(self, settings: SubtitleSettings) -> Result<SubtitleSettings, CliError> {
        let limits = SubtitleSettings {
            max_line_width: self.max_line_width.unwrap_or(settings.max_line_width),
            max_line_count: self.max_line_count.unwrap_or(settings.max_line_count),
            max_cue_seconds: self.max_cue_seconds.unwrap_or(settings.max_cue_seconds),
        };
        let checked = mynah_settings::check(&limits).map(|()| limits);
        checked.map_err(|error| CliError::bad_input(error.to_string()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// The text, a line per segment
    Text,
    /// One JSON object with segments and word times
    Json,
    /// SubRip subtitles
    Srt,
    /// WebVTT subtitles
    Vtt,
}

pub(crate) async fn run(args: TranscribeArgs, config: Config) -> anyhow::Result<()> {
    let subtitles = args.subtitles.limits(config.interpreter.subtitles)?;
    let services = Services::new(&config)?;
    let limits = args.length.limits(config.recording);
    let clip = recording::read(&args.file, limits, args.track).await?;
    let bar = progress::of_recording(clip.duration().as_secs());
    let duration_ms = clip.duration().as_millis();
    let mut transcription = services.interpreter.transcribe(clip, args.language).await?;
    let mut segments = Vec::new();
    while let Some(segment) = transcription.next().await {
        let segment = segment?;
        bar.set_position(segment.end_ms / 1000);
        if args.format == Shape::Text {
            bar.suspend(|| outln!("{}", segment.transcript.text))?;
        }
        segments.push(segment);
    }
    bar.finish_and_clear();
    match args.format {
        Shape::Text => {}
        Shape::Json => {
            let report = json!({
                "language": transcription.language(),
                "duration_ms": duration_ms,
                "text": segments.iter().map(|s| s.transcript.text.as_str()).collect::<Vec<_>>().join(" "),
                "segments": segments.iter().map(described).collect::<Vec<_>>(),
            });
            outln!("{}", serde_json::to_string_pretty(&report)?)?;
        }
        Shape::Srt => out!("{}", srt(&cues(&segments, &subtitles)))?,
        Shape::Vtt => out!("{}", vtt(&cues(&segments, &subtitles)))?,
    }
    Ok(())
}

/// A segment as JSON; the times of its words count from the recording's start, like its own.
fn described(segment: &RecognizedSegment) -> serde_json::Value {
    let words: Vec<_> = segment
        .transcript
        .words
        .iter()
        .map(|word| {
            json!({
                "text": word.text,
                "start_ms": segment.start_ms + word.start_ms,
                "end_ms": segment.start_ms + word.end_ms,
                "confidence": word.confidence,
            })
        })
        .collect();
    json!({
        "segment": segment.index,
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "language": segment.language,
        "text": segment.transcript.text,
        "words": words,
    })
}

fn cues(segments: &[RecognizedSegment], limits: &SubtitleSettings) -> Vec<Cue> {
    let cues = segments.iter().flat_map(|segment| {
        let transcript = &segment.transcript;
        let bounds = (segment.start_ms, segment.end_ms);
        subtitles::cues(
            &transcript.text,
            &transcript.words,
            &segment.language,
            bounds,
            limits,
        )
    });
    cues.map(|cue| Cue {
        start_ms: cue.start_ms,
        end_ms: cue.end_ms,
        text: cue.lines.join("\n"),
    })
    .collect()
}
