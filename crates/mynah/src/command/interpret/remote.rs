//! A recording that a gateway interprets.

use mynah_api::realtime::{AudioDelta, SegmentDone, SegmentFailed, ServerEventBody, SessionUpdate};
use mynah_audio::{Clip, SampleRate, Tags};
use mynah_realtime_client::{ClientError, Gateway, Interpreting, Recording};
use mynah_speech_translation::session_audio;
use serde_json::json;

use super::{InterpretArgs, clock, write};
use crate::command::recording;
use crate::config::Config;
use crate::exit::CliError;
use crate::output::file::AudioFile;
use crate::output::print::{note, outln};

/// Has a gateway interpret. Results that came before a failure are printed, and their speech is
/// in the file.
pub(super) async fn interpret(
    args: &InterpretArgs,
    gateway: &str,
    config: &Config,
) -> anyhow::Result<()> {
    let limits = args.length.limits(config.recording);
    let clip = recording::read(&args.file, limits, args.track).await?;
    let clip = tokio::task::spawn_blocking(move || session_audio(&clip)).await?;
    let file = match &args.output {
        Some(path) => Some(AudioFile::create(
            path,
            args.format,
            SampleRate::HZ_24000,
            &Tags::new(),
        )?),
        None => None,
    };
    let session = json!({"audio": {
        "input": {"language": args.from.to_string()},
        "output": {"language": args.to.to_string(), "voice": args.voice},
    }});
    let gateway = Gateway {
        address: gateway.to_owned(),
        key: std::env::var("MYNAH_API_KEY").ok(),
    };
    let recording = Recording {
        samples: clip.samples.into(),
        update: SessionUpdate {
            event_id: None,
            session: serde_json::from_value(session)?,
        },
        in_real_time: !args.fast,
    };
    let session = mynah_realtime_client::interpret(gateway, recording).await?;
    let mut results = Results {
        file,
        json: args.json,
        has_speech: false,
        has_ended: false,
        failed: 0,
        error: None,
    };
    let outcome = results.follow(session).await;
    results.finish(outcome).await
}

/// What a gateway has sent so far.
struct Results {
    /// Where speech is written.
    file: Option<AudioFile>,
    /// Whether segments are printed as JSON.
    json: bool,
    has_speech: bool,
    has_ended: bool,
    /// Segments that could not be interpreted.
    failed: usize,
    /// The first error that the gateway reported.
    error: Option<String>,
}

impl Results {
    /// Takes all results of a session.
    async fn follow(&mut self, mut session: Interpreting) -> anyhow::Result<()> {
        while let Some(event) = session.next().await? {
            match event {
                ServerEventBody::OutputAudio(audio) => self.write(&audio).await?,
                ServerEventBody::SegmentDone(done) => print_segment(&done, self.json)?,
                ServerEventBody::SegmentFailed(segment) => self.segment_failed(&segment)?,
                ServerEventBody::Error { error } => {
                    note!("{}: {}", error.code, error.message);
                    let text = format!("{}: {}", error.code, error.message);
                    self.error.get_or_insert(text);
                }
                ServerEventBody::Closed {} => self.has_ended = true,
                _ => {}
            }
        }
        Ok(())
    }

    async fn write(&mut self, audio: &AudioDelta) -> anyhow::Result<()> {
        if let Some(open) = self.file.take() {
            let samples = audio.samples().ok_or(ClientError::Protocol)?;
            let clip = Clip::new(SampleRate::HZ_24000, samples);
            self.file = Some(write(open, clip).await?);
            self.has_speech = true;
        }
        Ok(())
    }

    fn segment_failed(&mut self, segment: &SegmentFailed) -> anyhow::Result<()> {
        self.failed += 1;
        if self.json {
            outln!(
                "{}",
                json!({"segment": segment.segment, "error": {"code": segment.code, "message": segment.message}})
            )?;
        }
        note!("segment {}: {}", segment.segment, segment.message);
        Ok(())
    }

    /// Ends the file. Reports what is missing.
    async fn finish(self, outcome: anyhow::Result<()>) -> anyhow::Result<()> {
        let is_complete = outcome.is_ok() && self.has_ended;
        if let Some(file) = self.file.filter(|_| is_complete || self.has_speech) {
            tokio::task::spawn_blocking(move || file.finish()).await??;
        }
        outcome?;
        if let Some(error) = self.error {
            return Err(CliError::failed(error).into());
        }
        if !self.has_ended {
            let message = "the gateway closed before the recording ended";
            return Err(CliError::failed(message).into());
        }
        if self.failed > 0 {
            let message = format!("{} segments could not be interpreted", self.failed);
            return Err(CliError::failed(message).into());
        }
        Ok(())
    }
}

/// Prints a segment that a gateway has interpreted.
fn print_segment(done: &SegmentDone, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        outln!(
            "{}",
            json!({
                "segment": done.segment,
                "start_ms": done.start_ms,
                "end_ms": done.end_ms,
                "source": done.source,
                "source_language": done.source_language,
                "translation": done.translation,
                "engines": done.engines,
                "timings": serde_json::to_value(done.timings)?,
            })
        )?;
    } else {
        let work = done.timings.recognize_ms + done.timings.translate_ms;
        outln!(
            "{} – {}  ({work} ms)",
            clock(done.start_ms),
            clock(done.end_ms)
        )?;
        outln!("  {}\n  {}", done.source, done.translation)?;
    }
    Ok(())
}
