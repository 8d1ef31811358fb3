//! English utterances of people, sent at the speed of speech and interpreted into Portuguese: how soon
//! after the last word is the first audio there, and are the recognized words right?

use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use mynah_audio::{Clip, DecodeLimits, decode};
use mynah_speech::Language;
use mynah_speech_translation::session_audio;
use mynah_synthesis::SpeechJob;
use tokio::time::Instant;

use super::EngineBench;
use crate::figure::percentile;
use crate::pipeline::{SessionPlan, SessionResult, Timeline, run_session};
use crate::program::Server;
use crate::speech_set::comparable;
use crate::words::WordErrors;
use crate::{Figure, SpeechSet};

const TARGET: &str = "pt";

pub(super) async fn measure(bench: &EngineBench) -> anyhow::Result<Vec<Figure>> {
    check_engines(bench)?;
    let english = Language::english();
    let mut set = SpeechSet::read(&bench.speech.join("live"), english.clone())?;
    set.clips.truncate(bench.limit);
    let server = Server::start(&bench.program, &bench.environment())?;
    server.ready(&reqwest::Client::new()).await?;
    let (mut times, mut errors, mut cut, mut seconds) = (Vec::new(), WordErrors::default(), 0, 0.0);
    // The first one opens the engines, and is measured again.
    for (index, clip) in set.clips.iter().take(1).chain(&set.clips).enumerate() {
        let bytes = std::fs::read(&clip.file).with_context(|| clip.file.display().to_string())?;
        let sound = decode(bytes, &DecodeLimits::default())?.clip;
        let session = interpreted(&server, &sound, "en", TARGET)
            .await
            .with_context(|| clip.file.display().to_string())?;
        if index == 0 {
            continue;
        }
        times.push(session.first_audio_ms);
        seconds += session.speech_seconds;
        cut += usize::from(session.segments > 1);
        errors.add(
            &comparable(&clip.text, &english),
            &comparable(&session.source, &english),
        );
    }
    let count = times.len();
    let name = format!(
        "live en→pt, {count} utterances of {:.1} s in the mean",
        seconds / count.max(1) as f64
    );
    Ok(vec![
        Figure::new(
            format!("{name}, first audio after the last word, median"),
            percentile(&mut times, 0.5),
            "ms",
        ),
        Figure::new(
            format!("{name}, first audio after the last word, p95"),
            percentile(&mut times, 0.95),
            "ms",
        )
        .with_max(1800.0),
        Figure::new(
            format!("{name}, word errors of the source"),
            errors.percent(),
            "%",
        )
        .with_max(8.0),
        Figure::new(format!("{name}, of more than one segment"), cut as f64, ""),
    ])
}

/// What came of an utterance.
pub(super) struct Interpreted {
    /// Milliseconds from the last audible sample to the first audible audio of the last segment's
    /// translation.
    pub(super) first_audio_ms: f64,
    /// The recognized text.
    pub(super) source: String,
    /// The segments that the detector found.
    pub(super) segments: usize,
    /// The length of the speech, to its last audible sample.
    pub(super) speech_seconds: f64,
}

/// Interprets one utterance in a session of its own, at the speed of speech, silence after it.
///
/// # Errors
/// The session broke, a segment failed, or no audible translation arrived.
pub(super) async fn interpreted(
    server: &Server,
    sound: &Clip,
    from: &str,
    to: &str,
) -> anyhow::Result<Interpreted> {
    let timeline = Arc::new(Timeline::new(&session_audio(sound), 1)?);
    let result = run_session(SessionPlan {
        gateway: server.address.replacen("http", "ws", 1),
        key: None,
        from: from.to_owned(),
        to: to.to_owned(),
        voice: None,
        timeline: Arc::clone(&timeline),
        begin: Instant::now(),
    })
    .await;
    let SessionResult {
        segments,
        failed,
        error,
        ended,
        ..
    } = &result;
    if let Some(error) = error {
        bail!("{error}");
    }
    ensure!(failed.is_empty(), "segments failed: {failed:?}");
    ensure!(*ended, "the session was not closed by the server");
    let audible = segments.last().and_then(|segment| segment.audible);
    let audible = audible.context("no audible translation arrived")?;
    let end = timeline.speech_duration();
    Ok(Interpreted {
        first_audio_ms: (audible.as_secs_f64() - end.as_secs_f64()) * 1000.0,
        source: result.words().join(" "),
        segments: segments.len(),
        speech_seconds: end.as_secs_f64(),
    })
}

/// Every stage is to be a neural engine.
fn check_engines(bench: &EngineBench) -> anyhow::Result<()> {
    let route = bench
        .engines
        .translation_route(&Language::english(), &TARGET.parse()?)
        .context("nothing here translates en→pt")?;
    ensure!(
        !route.engine.info().demo,
        "{} translates en→pt, which is a demo engine",
        route.engine.info().id
    );
    let job = SpeechJob {
        language: TARGET.parse()?,
        ..SpeechJob::new("Bom dia.")
    };
    let engine = bench.synthesis.plan(job)?.engine();
    ensure!(engine.as_str() == "kokoro", "{engine} speaks Portuguese");
    Ok(())
}
