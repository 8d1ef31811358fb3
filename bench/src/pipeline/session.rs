//! One session: sends speech in real time, and receives.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use mynah_api::realtime::{
    AudioDelta, SegmentDone, ServerEventBody, SessionUpdate, TranscriptDelta,
};
use mynah_bus::event::now_ms;
use mynah_realtime_client::{ClientError, EventReceiver, EventSender, connect};
use serde_json::json;
use tokio::time::{Instant, sleep_until, timeout};
use uuid::Uuid;

use super::session_result::{Segment, SessionResult};
use super::timeline::{AUDIBLE_THRESHOLD, Timeline};

/// What a microphone hands over at once.
const SEND_INTERVAL: Duration = Duration::from_millis(40);
/// How long the gateway may send nothing.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What a session is to do.
pub(crate) struct SessionPlan {
    pub(crate) gateway: String,
    pub(crate) key: Option<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) voice: Option<String>,
    pub(crate) timeline: Arc<Timeline>,
    pub(crate) begin: Instant,
}

/// Runs a session to its end, whatever that is.
pub(crate) async fn run(plan: SessionPlan) -> SessionResult {
    let mut results = SessionResult::default();
    if let Err(error) = converse(plan, &mut results).await {
        results.error = Some(format!("{error:#}"));
    }
    results
}

async fn converse(plan: SessionPlan, results: &mut SessionResult) -> anyhow::Result<()> {
    sleep_until(plan.begin).await;
    let (mut speaking, mut hearing) = connect(&plan.gateway, "mynah", plan.key.as_deref()).await?;
    let session = json!({"audio": {
        "input": {"language": plan.from, "transcription": {"model": "any"}},
        "output": {"language": plan.to, "voice": plan.voice},
    }});
    let update = SessionUpdate {
        event_id: None,
        session: serde_json::from_value(session)?,
    };
    speaking.update(update).await?;
    configured(&mut hearing, results).await?;
    let began = Instant::now();
    results.began_ms = now_ms();
    let speech = tokio::spawn(speak(speaking, plan.timeline, began));
    let outcome = listen(&mut hearing, began, results).await;
    if outcome.is_err() {
        speech.abort();
    }
    outcome?;
    results.late = speech.await??;
    Ok(())
}

/// Waits until the gateway has taken the configuration.
async fn configured(
    hearing: &mut EventReceiver,
    results: &mut SessionResult,
) -> anyhow::Result<()> {
    loop {
        match next(hearing).await? {
            Some(ServerEventBody::Created { session }) => {
                let id = session.id.trim_start_matches("sess_");
                results.session = Uuid::parse_str(id).ok().map(|id| id.to_string());
            }
            Some(ServerEventBody::Updated { .. }) => return Ok(()),
            Some(ServerEventBody::Error { error }) => bail!("{}: {}", error.code, error.message),
            Some(_) => {}
            None => bail!("the gateway closed at once"),
        }
    }
}

/// Says everything in real time. Returns by how much it was late at worst.
async fn speak(
    mut speaking: EventSender,
    timeline: Arc<Timeline>,
    began: Instant,
) -> Result<Duration, ClientError> {
    let mut late = Duration::ZERO;
    for (spoken, block) in timeline.blocks(SEND_INTERVAL) {
        sleep_until(began + spoken).await;
        speaking.append(block).await?;
        late = late.max(began.elapsed().saturating_sub(spoken));
    }
    speaking.close().await?;
    Ok(late)
}

async fn next(hearing: &mut EventReceiver) -> anyhow::Result<Option<ServerEventBody>> {
    let event = timeout(TIMEOUT, hearing.next()).await;
    Ok(event.context("the gateway said nothing for a minute")??)
}

/// What came of the segments that are not done.
#[derive(Default)]
struct Open {
    captions: Vec<(u64, Duration)>,
    translations: Vec<(u64, Duration)>,
    sound: Option<Duration>,
    audible: Option<Duration>,
}

async fn listen(
    hearing: &mut EventReceiver,
    began: Instant,
    results: &mut SessionResult,
) -> anyhow::Result<()> {
    let mut open = Open::default();
    while let Some(event) = next(hearing).await? {
        let at = began.elapsed();
        match event {
            ServerEventBody::InputTranscript(TranscriptDelta { elapsed_ms, .. }) => {
                open.captions.push((elapsed_ms, at));
            }
            ServerEventBody::OutputTranscript(TranscriptDelta { elapsed_ms, .. }) => {
                open.translations.push((elapsed_ms, at));
            }
            ServerEventBody::OutputAudio(audio) => open.audio(&audio, at)?,
            ServerEventBody::SegmentDone(done) => results.segments.push(open.done(done, at)),
            ServerEventBody::SegmentFailed(failed) => {
                results.failed.push((failed.segment, failed.code));
                (open.sound, open.audible) = (None, None);
            }
            ServerEventBody::Error { error } => bail!("{}: {}", error.code, error.message),
            ServerEventBody::Closed {} => results.ended = true,
            _ => {}
        }
    }
    if !results.ended {
        bail!("the gateway closed before the session ended");
    }
    Ok(())
}

impl Open {
    fn audio(&mut self, audio: &AudioDelta, at: Duration) -> anyhow::Result<()> {
        self.sound.get_or_insert(at);
        if self.audible.is_none() {
            let samples = audio.samples().ok_or(ClientError::Protocol)?;
            if samples
                .iter()
                .any(|sample| sample.abs() > AUDIBLE_THRESHOLD)
            {
                self.audible = Some(at);
            }
        }
        Ok(())
    }

    fn done(&mut self, done: SegmentDone, at: Duration) -> Segment {
        Segment {
            index: done.segment,
            end_ms: done.end_ms,
            source: done.source,
            caption: first(&mut self.captions, done.end_ms),
            translated: first(&mut self.translations, done.end_ms),
            sound: self.sound.take(),
            audible: self.audible.take(),
            done: at,
            timings: done.timings,
        }
    }
}

/// The first text of the segment that ended there. Those of earlier ones are forgotten.
fn first(texts: &mut Vec<(u64, Duration)>, end_ms: u64) -> Option<Duration> {
    let found = texts.iter().find(|(end, _)| *end == end_ms);
    let found = found.map(|(_, at)| *at);
    texts.retain(|(end, _)| *end > end_ms);
    found
}
