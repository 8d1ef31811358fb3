//! `mynah transcribe`: what is said in a recording.

use std::path::PathBuf;

use clap::ValueEnum;
use mynah_api::subtitles::{Cue, srt, vtt};
use mynah_interpreter::RecognisedSegment;
use mynah_speech::LanguageChoice;
use serde_json::json;

use super::recording;
use crate::config::Config;
use crate::house::House;
use crate::output::progress;

/// What to listen to.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mynah transcribe interview.mp3
  mynah transcribe lecture.m4a --format srt > lecture.srt")]
pub(crate) struct Args {
    /// The recording: wav, mp3, ogg, opus, webm, flac or m4a; `-` reads it from stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Language spoken, as BCP-47; `auto` finds out where a recogniser can (Whisper), else it is
    /// the recogniser's first
    #[arg(long, value_name = "TAG", default_value = "auto")]
    language: LanguageChoice,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Shape,
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

pub(crate) async fn run(args: Args, config: Config) -> anyhow::Result<()> {
    let house = House::new(&config)?;
    let clip = recording::read(&args.file, recording::limits()).await?;
    let bar = progress::of_recording(clip.duration().as_secs());
    let duration_ms = clip.duration().as_millis();
    let mut transcription = house.interpreter.transcribe(clip, args.language).await?;
    let mut segments = Vec::new();
    while let Some(segment) = transcription.next().await {
        let segment = segment?;
        bar.set_position(segment.end_ms / 1000);
        if args.format == Shape::Text {
            bar.suspend(|| println!("{}", segment.transcript.text));
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
            println!("{}", serde_json::to_string_pretty(&report)?);
        }
        Shape::Srt => print!("{}", srt(&cues(&segments))),
        Shape::Vtt => print!("{}", vtt(&cues(&segments))),
    }
    Ok(())
}

/// A segment as JSON; the times of its words count from the recording's start, like its own.
fn described(segment: &RecognisedSegment) -> serde_json::Value {
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

fn cues(segments: &[RecognisedSegment]) -> Vec<Cue> {
    segments
        .iter()
        .map(|segment| Cue {
            start_ms: segment.start_ms,
            end_ms: segment.end_ms,
            text: segment.transcript.text.clone(),
        })
        .collect()
}
