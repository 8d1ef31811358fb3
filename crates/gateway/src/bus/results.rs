//! What comes back of a session: records to body, in order.

use std::time::Duration;

use bytes::Bytes;
use mynah_api::realtime::SegmentTimings;
use mynah_audio::{Clip, DecodeLimits, SampleRate, decode_at};
use mynah_bus::event::{AudioPayload, AudioSynthesis, Body, Kind, SegmentRange, now_ms};
use mynah_bus::identity::SessionId;
use mynah_bus::limits::{MAX_INLINE_BYTES, MAX_OBJECT_BYTES};
use mynah_bus::{Reader, Record};
use mynah_speech::Language;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::assembler::{Acceptance, Assembled, Assembler, StageVisits};
use super::backend::BusParts;
use super::input::SharedArrivalTimes;
use super::publisher::{Failure, Progress};
use super::result_dispatcher::{DeliveredRecord, Inbox, InboxClosed};
use super::seq::{EventKind, Received, seq};
use crate::fault::{End, Fault};
use crate::metrics;
use crate::session_event::{SessionEvent, SessionEventBody, Speech};

/// The least time between two acknowledgements.
const ACKNOWLEDGE_EVERY: Duration = Duration::from_secs(1);

/// How long the end of a session waits for the acknowledgement of its last chunk, which the
/// detector has read by then.
const LAST_ACKNOWLEDGEMENT: Duration = Duration::from_secs(1);

/// How long a registry or store that does not answer is left alone.
const PAUSE: Duration = Duration::from_millis(200);

/// What is put on a thread of its own to be decoded, in bytes: more than a part usually has.
const LARGE: usize = 256 << 10;

/// The longest part of a translation.
const LONGEST: Duration = Duration::from_secs(600);

type Room = Option<OwnedSemaphorePermit>;

/// What a results is made of.
pub(super) struct BusResultsParts {
    pub(super) session: SessionId,
    pub(super) parts: BusParts,
    /// For how long a registry or store may be gone.
    pub(super) patience: Duration,
    pub(super) inbox: Inbox,
    pub(super) results: Option<Box<dyn Reader>>,
    pub(super) received: Received,
    pub(super) progress: watch::Receiver<Progress>,
    pub(super) acknowledged: u64,
    pub(super) arrivals: SharedArrivalTimes,
}

/// One session's results.
pub(crate) struct BusResults {
    own: BusResultsParts,
    assembler: Assembler<Room>,
    /// Whether the publisher may have more to say.
    publishing: bool,
    next_acknowledgement: Instant,
    /// When the first sound of a segment was there.
    first_sound: Option<(u32, i64)>,
    /// All is told but this.
    ending: Option<(u32, Instant)>,
    over: bool,
}

impl BusResults {
    pub(super) fn new(own: BusResultsParts) -> Self {
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

    /// What is told next; none at the end.
    ///
    /// # Errors
    /// The session is over before its time.
    pub(crate) async fn next(&mut self) -> Result<Option<SessionEvent>, End> {
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
                match self.tell(out).await? {
                    Some(told) => return Ok(Some(told)),
                    None => continue,
                }
            }
            self.wait(now).await?;
        }
    }

    /// What the bus has of the client's sound, where that is to be told now.
    fn acknowledgement(&mut self, now: Instant) -> Option<SessionEventBody> {
        let progress = *self.own.progress.borrow();
        let due = progress.complete || self.next_acknowledgement <= now;
        if !self.own.parts.durable || progress.through <= self.own.acknowledged || !due {
            return None;
        }
        self.own.acknowledged = progress.through;
        self.next_acknowledgement = now + ACKNOWLEDGE_EVERY;
        Some(SessionEventBody::Acknowledged {
            through_sample: progress.through,
        })
    }

    /// Waits until something happens, and takes it in.
    async fn wait(&mut self, now: Instant) -> Result<(), End> {
        let progress = *self.own.progress.borrow();
        match progress.failed {
            Some(Failure::Bus) => return Err(End::bus_unavailable()),
            Some(Failure::Chunk) => return Err(End::internal()),
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
                Ok(DeliveredRecord { record, room }) => self.read(record, Some(room)).await,
                Err(InboxClosed::Overflowed) => Err(End::results_overflow()),
                Err(InboxClosed::Replaced) => Err(End::resumed_elsewhere()),
                Err(InboxClosed::Closed) => Err(End::bus_unavailable()),
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
                    Err(_) => return Err(End::bus_unavailable()),
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

    /// Takes in a record. What can't be read is counted and left out.
    async fn read(&mut self, record: Record, room: Room) -> Result<(), End> {
        let Some(kind) = Kind::of_topic(&record.topic) else {
            return Ok(());
        };
        let began = Instant::now();
        let event = loop {
            match self.own.parts.codec.decode(kind, &record.body).await {
                Ok(event) => break event,
                Err(error) if error.is_transient() => {
                    if began.elapsed() > self.own.patience {
                        return Err(End::bus_unavailable());
                    }
                    sleep(PAUSE).await;
                }
                Err(error) => {
                    metrics::skipped(error.reason());
                    tracing::warn!(
                        session = %self.own.session,
                        topic = record.topic,
                        partition = record.partition,
                        offset = record.offset,
                        reason = error.reason(),
                        "a result can't be read and is left out"
                    );
                    return Ok(());
                }
            }
        };
        if event.session != self.own.session {
            metrics::skipped("other_session");
            return Ok(());
        }
        let mut event = event;
        let mut room = room;
        if let Body::AudioSynthesis(speech) = &mut event.body
            && self.has(speech.segment, EventKind::Speech, speech.part)
        {
            // Only how long it was is of use.
            speech.audio = AudioPayload::Inline(Bytes::new());
            room = None;
        }
        match self.assembler.accept(event, room, Instant::now()) {
            Acceptance::Kept => {}
            Acceptance::Repeated => metrics::repeated(kind.topic()),
            Acceptance::Foreign => metrics::skipped("foreign"),
        }
        Ok(())
    }

    fn has(&self, place: SegmentRange, kind: EventKind, part: u32) -> bool {
        self.own.received.has(place.index, kind, part)
    }

    async fn tell(&mut self, out: Assembled<Room>) -> Result<Option<SessionEvent>, End> {
        let durable = |results: &Self,
                       body: SessionEventBody,
                       place: SegmentRange,
                       kind: EventKind,
                       part: u32| SessionEvent {
            body,
            seq: results
                .own
                .parts
                .durable
                .then(|| seq(place.index, kind, part)),
            known: results.has(place, kind, part),
        };
        Ok(Some(match out {
            Assembled::Preview { segment, text } => SessionEventBody::Preview {
                segment: segment.into(),
                text,
            }
            .into(),
            Assembled::Recognized {
                place,
                text,
                language,
            } => {
                let body = SessionEventBody::Recognized {
                    end_ms: place.end_ms(),
                    text,
                    language: known_language(&language),
                };
                durable(self, body, place, EventKind::Recognized, 0)
            }
            Assembled::Translated {
                place,
                text,
                language,
            } => {
                let body = SessionEventBody::Translated {
                    end_ms: place.end_ms(),
                    text,
                    language: known_language(&language),
                };
                durable(self, body, place, EventKind::Translated, 0)
            }
            Assembled::Speech { speech, room } => {
                let (place, part) = (speech.segment, speech.part);
                let sound = if self.has(place, EventKind::Speech, part) {
                    Speech::Known(Duration::from_millis(speech.duration_ms))
                } else {
                    match self.sound(*speech).await? {
                        Ok(clip) => Speech::Clip(clip),
                        Err(fault) => return Ok(Some(SessionEventBody::Missing(fault).into())),
                    }
                };
                drop(room);
                if self
                    .first_sound
                    .is_none_or(|(index, _)| index != place.index)
                {
                    self.first_sound = Some((place.index, now_ms()));
                }
                let body = SessionEventBody::Speech {
                    end_ms: place.end_ms(),
                    sound,
                };
                durable(self, body, place, EventKind::Speech, part)
            }
            Assembled::Done {
                place,
                source,
                source_language,
                translation,
                spent,
            } => {
                let body = SessionEventBody::Done {
                    segment: place.index.into(),
                    start_ms: place.start_ms(),
                    end_ms: place.end_ms(),
                    source,
                    source_language,
                    translation,
                    timings: self.timings(place, spent),
                };
                durable(self, body, place, EventKind::Settled, 0)
            }
            Assembled::Failed {
                place,
                code,
                message,
            } => {
                let body = SessionEventBody::Failed {
                    segment: place.index.into(),
                    code,
                    message,
                };
                durable(self, body, place, EventKind::Settled, 0)
            }
            Assembled::Ended { segments } => {
                self.ending = Some((segments, Instant::now() + LAST_ACKNOWLEDGEMENT));
                return Ok(None);
            }
            Assembled::Aborted { code } => return Err(End::aborted(&code)),
        }))
    }

    /// The sound of a part, at the rate that clients get.
    async fn sound(&mut self, speech: AudioSynthesis) -> Result<Result<Clip, Fault>, End> {
        let began = Instant::now();
        let wav = match speech.audio {
            AudioPayload::Inline(bytes) => Ok(bytes),
            stored @ AudioPayload::Stored(_) => loop {
                match self.own.parts.object_store.fetch(&stored).await {
                    Ok(bytes) => break Ok(bytes),
                    Err(error) if error.is_transient() && began.elapsed() < self.own.patience => {
                        sleep(PAUSE).await;
                    }
                    Err(error) => break Err(error.to_string()),
                }
            },
        };
        let clip = match wav {
            Ok(wav) if wav.len() > LARGE => tokio::task::spawn_blocking(move || clip(&wav))
                .await
                .map_err(|_| End::internal())?,
            Ok(wav) => clip(&wav),
            Err(reason) => Err(reason),
        };
        Ok(clip.map_err(|reason| {
            metrics::skipped("unreadable_sound");
            let segment = speech.segment.index;
            tracing::warn!(
                session = %self.own.session,
                segment,
                part = speech.part,
                reason,
                "a part of a translation can't be read and is left out"
            );
            let message =
                format!("a part of the speech of segment {segment} is lost; its text is complete");
            Fault::server("speech_lost", message)
        }))
    }

    /// Where the time went, by the clocks of all machines.
    fn timings(&self, place: SegmentRange, spent: StageVisits) -> SegmentTimings {
        let arrived = self.own.arrivals.lock().of(place.end_sample);
        let between = |from: Option<i64>, to: Option<i64>| match (from, to) {
            (Some(from), Some(to)) => u64::try_from(to - from).unwrap_or(0),
            _ => 0,
        };
        let visits = [spent.recognizing, spent.translating, spent.speaking];
        let waited = visits.iter().flatten().map(|visit| visit.times);
        let work = |visit: Option<super::assembler::StageVisit>| {
            visit.map_or(0, |visit| {
                between(visit.times.started_at, Some(visit.made_at))
            })
        };
        let first = self.first_sound.filter(|(index, _)| *index == place.index);
        SegmentTimings {
            detect_ms: between(
                arrived,
                spent.recognizing.and_then(|visit| visit.times.received_at),
            ),
            queue_ms: waited
                .map(|times| between(times.received_at, times.started_at))
                .sum(),
            recognize_ms: work(spent.recognizing),
            translate_ms: work(spent.translating),
            first_audio_ms: first.map(|(_, at)| between(arrived, Some(at))),
            total_ms: between(arrived, Some(now_ms())),
        }
    }
}

/// A WAV as a clip at the rate that clients get.
fn clip(wav: &[u8]) -> Result<Clip, String> {
    let limits = DecodeLimits {
        max_bytes: MAX_INLINE_BYTES.max(MAX_OBJECT_BYTES as usize),
        max_duration: LONGEST,
        ..DecodeLimits::default()
    };
    match decode_at(wav, &limits, SampleRate::HZ_24000) {
        Ok(decoded) if decoded.container == "wav" => Ok(decoded.clip),
        Ok(decoded) => Err(format!("it is {} and not wav", decoded.container)),
        Err(error) => Err(error.to_string()),
    }
}

/// A language by its tag; where that is none, one that is written with spaces.
fn known_language(tag: &str) -> Language {
    tag.parse().unwrap_or_else(|_| Language::english())
}

/// The next record of a reader that may be there.
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
