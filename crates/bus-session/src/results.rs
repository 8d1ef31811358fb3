//! The results of a session: from records to events, in order.

use std::sync::Arc;
use std::time::Duration;

use backon::Retryable;
use bytes::Bytes;
use mynah_api::realtime::SegmentTimings;
use mynah_bus::event::{AudioPayload, Body, Kind, SegmentRange, now_ms};
use mynah_bus::identity::SessionId;
use mynah_bus::{Reader, Record, TraceContext, record_failure};
use mynah_speech::Language;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};
use tracing::{Instrument as _, Span, field};

use crate::assembler::{Acceptance, Assembled, Assembler, StageVisits};
use crate::error::SessionError;
use crate::event::{SessionEvent, SessionEventBody, Speech};
use crate::input::SharedArrivalTimes;
use crate::metrics;
use crate::part_audio::PartAudio;
use crate::publisher::{Failure, Progress};
use crate::result_dispatcher::{DeliveredRecord, Inbox, InboxClosed};
use crate::retry::{RETRY_DELAY, each};
use crate::sessions::BusParts;
use mynah_api::realtime::{EventKind, ReceivedSeq, event_seq};

/// The minimum time between two acknowledgements.
const ACKNOWLEDGEMENT_INTERVAL: Duration = Duration::from_secs(1);

/// How long the end of a session waits for the acknowledgement of its last chunk, which the
/// detector has read by then.
const LAST_ACKNOWLEDGEMENT_TIMEOUT: Duration = Duration::from_secs(1);

type Permit = Option<OwnedSemaphorePermit>;

/// The parts of a session's results.
pub(crate) struct BusResultsParts {
    pub(crate) session: SessionId,
    pub(crate) parts: BusParts,
    /// For how long a registry or store may be unreachable.
    pub(crate) retry_limit: Duration,
    pub(crate) inbox: Inbox,
    pub(crate) results: Option<Box<dyn Reader>>,
    pub(crate) received: ReceivedSeq,
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) acknowledged: u64,
    pub(crate) arrivals: SharedArrivalTimes,
}

/// One session's results.
pub struct BusResults {
    own: BusResultsParts,
    assembler: Assembler<Permit>,
    /// Whether the publisher may acknowledge more.
    publishing: bool,
    next_acknowledgement: Instant,
    /// When the first audio of a segment was received.
    first_sound: Option<(u32, i64)>,
    /// The number of segments, once all other events have been returned.
    ending: Option<(u32, Instant)>,
    over: bool,
}

impl BusResultsParts {
    fn part_audio(&self) -> PartAudio<'_> {
        PartAudio {
            session: &self.session,
            store: &*self.parts.object_store,
            retry_limit: self.retry_limit,
        }
    }
}

impl BusResults {
    pub(crate) fn new(own: BusResultsParts) -> Self {
        let mut assembler = Assembler::new();
        assembler.set_replaying(own.results.is_some());
        Self {
            own,
            assembler,
            publishing: true,
            next_acknowledgement: Instant::now(),
            first_sound: None,
            ending: None,
            over: false,
        }
    }

    /// The next event; none at the end.
    ///
    /// # Errors
    /// The session ended early.
    pub async fn next(&mut self) -> Result<Option<SessionEvent>, SessionError> {
        loop {
            if self.over {
                return Ok(None);
            }
            let now = Instant::now();
            if let Some(news) = self.acknowledgement(now) {
                return Ok(Some(news.into()));
            }
            if let Some((segments, until)) = self.ending
                && (!self.publishing || until <= now || self.own.progress.borrow().complete)
            {
                self.over = true;
                let segments = segments.into();
                return Ok(Some(SessionEventBody::Ended { segments }.into()));
            }
            if self.ending.is_none()
                && let Some(out) = self.assembler.next(now)
            {
                match self.event(out).await? {
                    Some(event) => return Ok(Some(event)),
                    None => continue,
                }
            }
            self.wait(now).await?;
        }
    }

    /// The client's samples that the bus has, where an acknowledgement is due.
    fn acknowledgement(&mut self, now: Instant) -> Option<SessionEventBody> {
        let progress = *self.own.progress.borrow();
        let due = progress.complete || self.next_acknowledgement <= now;
        if !self.own.parts.durable || progress.through <= self.own.acknowledged || !due {
            return None;
        }
        self.own.acknowledged = progress.through;
        self.next_acknowledgement = now + ACKNOWLEDGEMENT_INTERVAL;
        Some(SessionEventBody::Acknowledged {
            through_sample: progress.through,
        })
    }

    /// Waits for the next input, and processes it.
    async fn wait(&mut self, now: Instant) -> Result<(), SessionError> {
        let progress = *self.own.progress.borrow();
        match progress.failed {
            Some(Failure::Bus) => return Err(SessionError::BusUnavailable),
            Some(Failure::Chunk) => return Err(SessionError::Internal),
            None => {}
        }
        let behind = self.own.parts.durable && progress.through > self.own.acknowledged;
        let acknowledgement = behind.then_some(self.next_acknowledgement);
        let wake = [
            acknowledgement,
            self.assembler.next_timeout(now),
            self.ending.map(|(_, until)| until),
        ];
        let wake = wake.into_iter().flatten().min();
        tokio::select! {
            delivered = self.own.inbox.next() => match delivered {
                Ok(DeliveredRecord { record, permit }) => self.read(record, Some(permit)).await,
                Err(InboxClosed::Overflowed) => Err(SessionError::ResultsOverflow),
                Err(InboxClosed::Replaced) => Err(SessionError::ResumedElsewhere),
                Err(InboxClosed::Closed) => Err(SessionError::BusUnavailable),
            },
            record = next_of(&mut self.own.results) => {
                match record {
                    Ok(Some(record)) => {
                        if record.session() == Some(self.own.session.as_str()) {
                            return self.read(record, None).await;
                        }
                    }
                    Ok(None) => {
                        self.own.results = None;
                        self.assembler.set_replaying(false);
                    }
                    Err(error) if error.is_transient() => metrics::bus_fault(),
                    Err(_) => return Err(SessionError::BusUnavailable),
                }
                Ok(())
            }
            changed = self.own.progress.changed(), if self.publishing => {
                self.publishing = changed.is_ok();
                Ok(())
            }
            () = at(wake) => Ok(()),
        }
    }

    /// Processes a record within a span of its trace.
    async fn read(&mut self, record: Record, permit: Permit) -> Result<(), SessionError> {
        let span = tracing::info_span!(
            "deliver",
            otel.kind = "consumer",
            messaging.destination.name = %record.topic,
            otel.status_code = field::Empty,
            otel.status_description = field::Empty,
        );
        TraceContext::of_span(&span, TraceContext::extract(&record.headers).as_ref());
        self.decode(record, permit).instrument(span).await
    }

    /// Decodes a record and passes it to the assembler. One that cannot be decoded is counted and
    /// skipped.
    async fn decode(&mut self, record: Record, permit: Permit) -> Result<(), SessionError> {
        let Some(kind) = Kind::of_topic(&record.topic) else {
            return Ok(());
        };
        let (codec, began) = (&self.own.parts.codec, Instant::now());
        let decoded = (|| codec.decode(kind, &record.body))
            .retry(each(RETRY_DELAY))
            .when(|error| error.is_transient() && began.elapsed() <= self.own.retry_limit)
            .await;
        let event = match decoded {
            Ok(event) => event,
            Err(error) if error.is_transient() => return Err(SessionError::BusUnavailable),
            Err(error) => {
                metrics::skipped(error.reason());
                record_failure(&Span::current(), error.reason());
                tracing::warn!(
                    session = %self.own.session,
                    topic = record.topic,
                    partition = record.partition,
                    offset = record.offset,
                    reason = error.reason(),
                    "a result cannot be read and is skipped"
                );
                return Ok(());
            }
        };
        if event.session != self.own.session {
            metrics::skipped("other_session");
            return Ok(());
        }
        let mut event = event;
        let mut permit = permit;
        if let Body::AudioSynthesis(speech) = &mut event.body
            && self.has(speech.segment, EventKind::Speech, speech.part)
        {
            // Only its duration is used.
            speech.audio = AudioPayload::Inline(Bytes::new());
            permit = None;
        }
        match self.assembler.accept(event, permit, Instant::now()) {
            Acceptance::Kept => {}
            Acceptance::Repeated => metrics::repeated(kind.topic()),
            Acceptance::Foreign => metrics::skipped("foreign"),
        }
        Ok(())
    }

    fn has(&self, range: SegmentRange, kind: EventKind, part: u32) -> bool {
        self.own.received.has(range.index, kind, part)
    }

    async fn event(
        &mut self,
        out: Assembled<Permit>,
    ) -> Result<Option<SessionEvent>, SessionError> {
        let durable = |results: &Self,
                       body: SessionEventBody,
                       range: SegmentRange,
                       kind: EventKind,
                       part: u32| SessionEvent {
            body,
            seq: results
                .own
                .parts
                .durable
                .then(|| event_seq(range.index, kind, part)),
            known: results.has(range, kind, part),
        };
        Ok(Some(match out {
            Assembled::Preview { segment, text } => SessionEventBody::Preview {
                segment: segment.into(),
                text,
            }
            .into(),
            Assembled::Recognized {
                range,
                text,
                language,
            } => {
                let body = SessionEventBody::Recognized {
                    end_ms: range.end_ms(),
                    text,
                    language: known_language(&language),
                };
                durable(self, body, range, EventKind::Recognized, 0)
            }
            Assembled::Translated {
                range,
                text,
                language,
            } => {
                let body = SessionEventBody::Translated {
                    end_ms: range.end_ms(),
                    text,
                    language: known_language(&language),
                };
                durable(self, body, range, EventKind::Translated, 0)
            }
            Assembled::Speech { speech, permit } => {
                let (range, part) = (speech.segment, speech.part);
                let sound = if self.has(range, EventKind::Speech, part) {
                    Speech::Known(Duration::from_millis(speech.duration_ms))
                } else {
                    match self.own.part_audio().fetch(*speech).await? {
                        Some(clip) => Speech::Clip(Arc::new(clip)),
                        None => {
                            let segment = range.index.into();
                            return Ok(Some(SessionEventBody::SpeechLost { segment }.into()));
                        }
                    }
                };
                drop(permit);
                if self
                    .first_sound
                    .is_none_or(|(index, _)| index != range.index)
                {
                    self.first_sound = Some((range.index, now_ms()));
                }
                let body = SessionEventBody::Speech {
                    end_ms: range.end_ms(),
                    sound,
                };
                durable(self, body, range, EventKind::Speech, part)
            }
            Assembled::Done {
                range,
                source,
                source_language,
                translation,
                engines,
                spent,
            } => {
                let body = SessionEventBody::Done {
                    segment: range.index.into(),
                    start_ms: range.start_ms(),
                    end_ms: range.end_ms(),
                    source,
                    source_language,
                    translation,
                    engines: *engines,
                    timings: self.timings(range, spent),
                };
                durable(self, body, range, EventKind::Settled, 0)
            }
            Assembled::Failed {
                range,
                code,
                message,
            } => {
                let body = SessionEventBody::Failed {
                    segment: range.index.into(),
                    code,
                    message,
                };
                durable(self, body, range, EventKind::Settled, 0)
            }
            Assembled::Ended { segments } => {
                self.ending = Some((segments, Instant::now() + LAST_ACKNOWLEDGEMENT_TIMEOUT));
                return Ok(None);
            }
            Assembled::Aborted { code } => return Err(SessionError::Aborted(code)),
        }))
    }

    /// The time of each step of a segment.
    fn timings(&self, range: SegmentRange, spent: StageVisits) -> SegmentTimings {
        let arrived = self.own.arrivals.lock().of(range.end_sample);
        let first = self.first_sound.filter(|(index, _)| *index == range.index);
        spent.timings(arrived, first.map(|(_, at)| at))
    }
}

/// A language by its tag; where that is none, one that is written with spaces.
fn known_language(tag: &str) -> Language {
    tag.parse().unwrap_or_else(|_| Language::english())
}

/// The next record of an optional reader.
async fn next_of(
    reader: &mut Option<Box<dyn Reader>>,
) -> Result<Option<Record>, mynah_bus::BusError> {
    match reader {
        Some(reader) => reader.next().await,
        None => std::future::pending().await,
    }
}

async fn at(wake: Option<Instant>) {
    match wake {
        Some(wake) => sleep_until(wake).await,
        None => std::future::pending().await,
    }
}
