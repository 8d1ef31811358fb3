//! The results of a session of this process.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mynah_api::realtime::{EventKind, ReceivedSeq, SegmentEngines, SegmentTimings, event_seq};
use mynah_bus_session::{SessionEvent, SessionEventBody, Speech};
use mynah_speech::{Cancel, Language};
use mynah_speech_translation::{SessionEvent as EngineEvent, SessionEvents};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::history::History;
use super::resumable::Resumable;
use crate::backend::ResultStream;
use crate::fault::End;

/// The least time between two acknowledgements.
const ACKNOWLEDGEMENT_INTERVAL: Duration = Duration::from_secs(1);

/// The engines' events under one configuration.
pub(super) struct LocalStream {
    pub(super) events: SessionEvents,
    /// The session's audio before it, in milliseconds.
    pub(super) offset_ms: u64,
    pub(super) target: Language,
}

/// A session's results, with or without a connection.
pub(super) struct ResultsState {
    streams: mpsc::Receiver<LocalStream>,
    current: Option<LocalStream>,
    /// Segments of earlier configurations.
    segments_before: u64,
    /// The next part of the segment that is spoken.
    next_part: (u64, u32),
    /// The client's samples that were taken, and those that were acknowledged.
    taken: watch::Receiver<u64>,
    acknowledged: u64,
    next_acknowledgement: Instant,
    /// None where the session can't be resumed, or not any more.
    history: Option<History>,
    /// Events that come before those of the engines.
    replayed: VecDeque<SessionEvent>,
}

impl ResultsState {
    pub(super) fn new(
        streams: mpsc::Receiver<LocalStream>,
        taken: watch::Receiver<u64>,
        max_history_bytes: Option<usize>,
    ) -> Self {
        Self {
            streams,
            current: None,
            segments_before: 0,
            next_part: (0, 0),
            taken,
            acknowledged: 0,
            next_acknowledgement: Instant::now(),
            history: max_history_bytes.map(History::new),
            replayed: VecDeque::new(),
        }
    }

    /// Returns all events again, for a client that has these.
    pub(super) fn replay(&mut self, last_seq: &[u64]) {
        if let Some(history) = &self.history {
            self.replayed = history.replay(&ReceivedSeq::new(last_seq));
        }
    }

    /// Whether a client can get all events again.
    const fn has_history(&self) -> bool {
        self.history.is_some()
    }

    /// So many samples count as acknowledged.
    pub(super) const fn acknowledged_through(&mut self, sample: u64) {
        self.acknowledged = sample;
    }

    async fn next(&mut self) -> Option<SessionEvent> {
        if let Some(event) = self.replayed.pop_front() {
            return Some(event);
        }
        let is_resumable = self.history.is_some();
        loop {
            let taken = *self.taken.borrow();
            let is_behind = is_resumable && taken > self.acknowledged;
            tokio::select! {
                biased;
                event = engine_event(&mut self.current, &mut self.streams) => match event {
                    Some(event) => {
                        if let Some(event) = self.event(event) {
                            return Some(event);
                        }
                    }
                    // All audio was taken.
                    None if is_behind => return Some(self.acknowledgement()),
                    None => return None,
                },
                () = sleep_until(self.next_acknowledgement), if is_behind => {
                    return Some(self.acknowledgement());
                }
                Ok(()) = self.taken.changed(), if is_resumable && !is_behind => {}
            }
        }
    }

    fn acknowledgement(&mut self) -> SessionEvent {
        let through_sample = *self.taken.borrow();
        self.acknowledged = through_sample;
        self.next_acknowledgement = Instant::now() + ACKNOWLEDGEMENT_INTERVAL;
        SessionEventBody::Acknowledged { through_sample }.into()
    }

    /// An event of the engines in the numbers of the whole session; none for what clients do not
    /// get.
    fn event(&mut self, event: EngineEvent) -> Option<SessionEvent> {
        let stream = self.current.as_ref()?;
        let at = |ms: u64| stream.offset_ms + ms;
        let number = |segment: u64| self.segments_before + segment;
        let (segment, kind, body) = match event {
            EngineEvent::Opened { .. } => return None,
            EngineEvent::Ended { segments, .. } => {
                self.segments_before += segments;
                self.current = None;
                return None;
            }
            EngineEvent::Preview { segment, text } => {
                let segment = number(segment);
                return Some(SessionEventBody::Preview { segment, text }.into());
            }
            EngineEvent::Recognized {
                segment,
                end_ms,
                transcript,
                language,
                ..
            } => {
                let body = SessionEventBody::Recognized {
                    end_ms: at(end_ms),
                    text: transcript.text,
                    language,
                };
                (number(segment), EventKind::Recognized, body)
            }
            EngineEvent::Translated {
                segment,
                end_ms,
                text,
            } => {
                let body = SessionEventBody::Translated {
                    end_ms: at(end_ms),
                    text,
                    language: stream.target.clone(),
                };
                (number(segment), EventKind::Translated, body)
            }
            EngineEvent::Speech {
                segment,
                end_ms,
                clip,
            } => {
                let body = SessionEventBody::Speech {
                    end_ms: at(end_ms),
                    sound: Speech::Clip(Arc::new(clip)),
                };
                (number(segment), EventKind::Speech, body)
            }
            EngineEvent::Done {
                segment,
                start_ms,
                end_ms,
                source,
                source_language,
                translation,
                engines,
                timings,
            } => {
                let body = SessionEventBody::Done {
                    segment: number(segment),
                    start_ms: at(start_ms),
                    end_ms: at(end_ms),
                    source,
                    source_language: source_language.to_string(),
                    translation,
                    engines: named(engines),
                    timings: in_milliseconds(&timings),
                };
                (number(segment), EventKind::Settled, body)
            }
            EngineEvent::Failed {
                segment,
                code,
                message,
                ..
            } => {
                let body = SessionEventBody::Failed {
                    segment: number(segment),
                    code: code.as_str().into(),
                    message,
                };
                (number(segment), EventKind::Settled, body)
            }
        };
        let Some(history) = &mut self.history else {
            return Some(body.into());
        };
        let mut part = 0;
        if kind == EventKind::Speech {
            if self.next_part.0 != segment {
                self.next_part = (segment, 0);
            }
            part = self.next_part.1;
            self.next_part.1 += 1;
        }
        let segment = u32::try_from(segment).unwrap_or(u32::MAX);
        if history.push((segment, kind, part), body.clone()).is_err() {
            self.history = None;
            self.replayed
                .push_back(SessionEventBody::NotResumable.into());
        }
        Some(SessionEvent {
            body,
            seq: Some(event_seq(segment, kind, part)),
            known: false,
        })
    }
}

/// The engines' next event, of whichever configuration; none once the audio is closed and all of
/// it interpreted.
async fn engine_event(
    current: &mut Option<LocalStream>,
    streams: &mut mpsc::Receiver<LocalStream>,
) -> Option<EngineEvent> {
    loop {
        if let Some(stream) = current {
            match stream.events.next().await {
                Some(event) => return Some(event),
                None => *current = None,
            }
        }
        *current = Some(streams.recv().await?);
    }
}

fn named(engines: mynah_speech_translation::SegmentEngines) -> SegmentEngines {
    let translators = engines.translators.iter();
    SegmentEngines {
        recognizer: Some(engines.recognizer.to_string()),
        translators: translators.map(ToString::to_string).collect(),
        via: engines.via.map(String::from),
        voice: engines.voice,
    }
}

fn in_milliseconds(timings: &mynah_speech_translation::SegmentTimings) -> SegmentTimings {
    let ms = |time: Duration| time.as_millis() as u64;
    SegmentTimings {
        detect_ms: ms(timings.detect),
        queue_ms: ms(timings.queue),
        recognize_ms: ms(timings.recognize),
        translate_ms: ms(timings.translate),
        first_audio_ms: timings.first_audio.map(ms),
        total_ms: ms(timings.total),
    }
}

/// A session's results, of the connection that has the session.
pub(super) struct LocalResults {
    state: Option<ResultsState>,
    resumable: Option<Arc<Resumable>>,
    /// Cancelled when another connection takes the session.
    superseded: Cancel,
}

impl LocalResults {
    pub(super) const fn new(
        state: ResultsState,
        resumable: Option<Arc<Resumable>>,
        superseded: Cancel,
    ) -> Self {
        Self {
            state: Some(state),
            resumable,
            superseded,
        }
    }
}

#[async_trait]
impl ResultStream for LocalResults {
    async fn next(&mut self) -> Result<Option<SessionEvent>, End> {
        let Some(state) = &mut self.state else {
            return Ok(None);
        };
        tokio::select! {
            biased;
            () = self.superseded.cancelled() => Err(End::resumed_elsewhere()),
            event = state.next() => {
                if !state.has_history() && let Some(resumable) = self.resumable.take() {
                    resumable.forget();
                }
                Ok(event)
            }
        }
    }

    fn superseded(&self) -> Cancel {
        self.superseded.clone()
    }
}

impl Drop for LocalResults {
    fn drop(&mut self) {
        if let (Some(state), Some(resumable)) = (self.state.take(), &self.resumable) {
            resumable.detach_results(state);
        }
    }
}
