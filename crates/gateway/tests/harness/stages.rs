//! Stages on a bus, scripted: one task does the work of all of them, and goes wrong as it is told.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mynah_audio::{Clip, DecodeLimits, Format, SampleRate, Tags, decode, encode_whole, resample};
use mynah_bus::avro::{BuiltIn, Codec};
use mynah_bus::event::{
    AudioInput, AudioPayload, AudioSynthesis, Body, Chunk, ClientOptions, Event, Kind,
    PartialTranscript, SegmentRange, SessionStatus, TextRecognized, TextTranslated, Times, now_ms,
};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::memory::{MemoryBus, MemoryLimits};
use mynah_bus::record::{Record, topic};
use mynah_bus::{
    Bus, ConsumerEvent, Group, Headers, OffsetReset, PartitionRange, Position, ProducerRecord,
    StartOffset, TopicSpec,
};
use mynah_tone::code;

const PARTITIONS: u32 = 4;
/// So much is looked at together, in samples: 10 ms.
const WINDOW: usize = 160;
/// The silence that closes a segment, in windows.
const SILENCE: usize = 30;

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scenario {
    /// Segments that fail, and where.
    pub(crate) fail: HashMap<u32, Stage>,
    /// Segments without words.
    pub(crate) empty: HashSet<u32>,
    /// Results wait until the sound ends, and come last first.
    pub(crate) backwards: bool,
    /// Every record comes again right behind itself, and says something else.
    pub(crate) twice: bool,
    /// After so many segments the session is given up.
    pub(crate) abort_after: Option<u32>,
    /// So long is worked on each result.
    pub(crate) work: Duration,
    /// Speech comes at this rate.
    pub(crate) rate: Option<u32>,
}

/// A chunk as it came: where it stands, its samples, and the rest of its event.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedChunk {
    pub(crate) session: String,
    pub(crate) chunk: Chunk,
    pub(crate) samples: usize,
    pub(crate) wishes: ClientOptions,
    pub(crate) preview: bool,
    pub(crate) traceparent: Option<String>,
}

/// A bus with stages on it.
#[derive(Clone)]
pub(crate) struct TestBus {
    pub(crate) bus: MemoryBus,
    pub(crate) codec: Codec,
    pub(crate) came: Arc<Mutex<Vec<ReceivedChunk>>>,
}

impl TestBus {
    pub(crate) async fn start() -> Self {
        Self::with(Scenario::default()).await
    }

    pub(crate) async fn with(scenario: Scenario) -> Self {
        let own = Self::idle().await;
        tokio::spawn(own.clone().work(scenario));
        own
    }

    /// A bus without stages.
    pub(crate) async fn idle() -> Self {
        let bus = MemoryBus::new(MemoryLimits::default());
        let specs = topic::ALL.map(|name| TopicSpec {
            name: name.into(),
            partitions: PARTITIONS,
            replication: 1,
            retention: Duration::from_secs(3_600),
            max_bytes: 2 << 20,
        });
        bus.ensure(&specs).await.unwrap();
        Self {
            bus,
            codec: Codec::new(BuiltIn),
            came: Arc::default(),
        }
    }

    pub(crate) async fn publish(&self, event: &Event) {
        let record = ProducerRecord {
            topic: event.kind().topic().into(),
            key: event.session.as_str().to_owned().into(),
            headers: Headers::default(),
            body: self.codec.encode(event).await.unwrap(),
        };
        self.bus.publish(record).await.unwrap();
    }

    /// Something on a result topic of this session that is no event.
    pub(crate) async fn publish_garbage(&self, session: &str) {
        let record = ProducerRecord {
            topic: topic::RECOGNIZED.into(),
            key: session.to_owned().into(),
            headers: Headers::default(),
            body: b"not avro".as_slice().into(),
        };
        self.bus.publish(record).await.unwrap();
    }

    /// Chunks of a session, in order.
    pub(crate) fn chunks(&self, session: &str) -> Vec<ReceivedChunk> {
        let came = self.came.lock().unwrap();
        let own = came.iter().filter(|came| came.session == session);
        own.cloned().collect()
    }

    /// The chunks on the bus of all sessions, whether anybody works on them or not.
    pub(crate) async fn ingress(&self) -> Vec<ReceivedChunk> {
        let spans = (0..PARTITIONS).map(|partition| PartitionRange {
            topic: topic::INGRESS.into(),
            partition,
            start: StartOffset::Earliest,
            stop_at_end: true,
        });
        let mut reader = self.bus.read(spans.collect()).await.unwrap();
        let mut all = Vec::new();
        while let Some(record) = reader.next().await.unwrap() {
            all.push(self.read(&record).await.1);
        }
        all
    }

    async fn read(&self, record: &Record) -> (Event, ReceivedChunk, Vec<f32>) {
        let event = self
            .codec
            .decode(Kind::AudioInput, &record.body)
            .await
            .unwrap();
        let Body::AudioInput(AudioInput {
            audio: AudioPayload::Inline(wav),
            chunk: Some(chunk),
            options: wishes,
            preview,
            sample_rate,
        }) = event.body.clone()
        else {
            panic!("not a chunk: {event:?}");
        };
        assert_eq!(sample_rate, 16_000);
        let samples = if chunk.start_sample == chunk.end_sample {
            Vec::new()
        } else {
            let decoded = decode(&wav, &DecodeLimits::default()).unwrap();
            assert_eq!(decoded.clip.rate, SampleRate::HZ_16000);
            decoded.clip.samples
        };
        let came = ReceivedChunk {
            session: event.session.to_string(),
            chunk,
            samples: samples.len(),
            wishes,
            preview,
            traceparent: record.headers.text("traceparent").map(str::to_owned),
        };
        (event, came, samples)
    }

    async fn work(self, scenario: Scenario) {
        let group = Group {
            name: "all-stages".into(),
            topic: topic::INGRESS.into(),
            offset_reset: OffsetReset::Earliest,
            commits: true,
        };
        let mut member = self.bus.join(group).await.unwrap();
        let mut sessions: HashMap<SessionId, Detector> = HashMap::new();
        let mut seen = HashSet::new();
        loop {
            let Ok(ConsumerEvent::Record(record)) = member.next().await else {
                continue;
            };
            let (event, came, samples) = self.read(&record).await;
            member.mark_processed(Position {
                partition: record.partition,
                offset: record.offset + 1,
                metadata: String::new(),
                metadata_at_release: None,
            });
            self.came.lock().unwrap().push(came.clone());
            if !seen.insert(event.id) {
                continue;
            }
            let detector = sessions
                .entry(event.session.clone())
                .or_insert_with(|| Detector::new(event.session.clone(), scenario.clone()));
            for event in detector.accept(&came, &samples) {
                tokio::time::sleep(scenario.work).await;
                self.publish(&event).await;
            }
        }
    }
}

/// One session's sound, and what becomes of it.
struct Detector {
    session: SessionId,
    scenario: Scenario,
    samples: Vec<f32>,
    /// Where the open segment begins, and the wishes that hold for it.
    open: Option<(usize, ClientOptions)>,
    last_wishes: Option<ClientOptions>,
    looked: usize,
    silent: usize,
    segments: u32,
    revision: u32,
    held: Vec<Event>,
    over: bool,
}

impl Detector {
    fn new(session: SessionId, scenario: Scenario) -> Self {
        Self {
            session,
            scenario,
            samples: Vec::new(),
            open: None,
            last_wishes: None,
            looked: 0,
            silent: 0,
            segments: 0,
            revision: 0,
            held: Vec::new(),
            over: false,
        }
    }

    fn accept(&mut self, came: &ReceivedChunk, samples: &[f32]) -> Vec<Event> {
        if self.over {
            return Vec::new();
        }
        let chunk = came.chunk;
        assert_eq!(chunk.start_sample, self.samples.len() as u64, "a hole");
        let mut told = Vec::new();
        if self
            .last_wishes
            .as_ref()
            .is_some_and(|own| *own != came.wishes)
        {
            told.extend(self.close());
            self.looked = self.samples.len();
        }
        self.last_wishes = Some(came.wishes.clone());
        self.samples.extend_from_slice(samples);
        while self.looked + WINDOW <= self.samples.len() {
            let window = &self.samples[self.looked..self.looked + WINDOW];
            let loud = window.iter().any(|sample| sample.abs() > 0.05);
            if loud {
                self.silent = 0;
                self.open.get_or_insert((self.looked, came.wishes.clone()));
            } else {
                self.silent += 1;
            }
            self.looked += WINDOW;
            if self.silent >= SILENCE {
                told.extend(self.close());
            }
        }
        if came.preview
            && let Some((start, _)) = &self.open
        {
            let partial = PartialTranscript {
                text: code::decode(&self.samples[*start..]),
                index: self.segments,
                start_sample: *start as u64,
                revision: self.revision,
                language: None,
            };
            self.revision += 1;
            told.push(self.event(Stage::Recognize, Body::PartialTranscript(partial)));
        }
        if self.scenario.abort_after == Some(self.segments) {
            let (segments, code) = (self.segments, "hole".into());
            told.push(self.status(SessionStatus::Aborted { segments, code }));
            self.over = true;
        } else if chunk.is_last {
            told.extend(self.close());
            let segments = self.segments;
            told.push(self.status(SessionStatus::Ended { segments }));
            self.over = true;
        }
        if self.scenario.backwards {
            self.held.extend(told);
            if !self.over {
                return Vec::new();
            }
            told = std::mem::take(&mut self.held);
            told.reverse();
        }
        told
    }

    fn close(&mut self) -> Vec<Event> {
        let Some((start, wishes)) = self.open.take() else {
            return Vec::new();
        };
        let index = self.segments;
        self.segments += 1;
        self.revision = 0;
        let place = SegmentRange {
            index,
            start_sample: start as u64,
            end_sample: self.looked.max(start + 1) as u64,
        };
        let text = code::decode(&self.samples[start..self.looked.max(start)]);
        let first = self.results(place, &text, &wishes);
        if !self.scenario.twice {
            return first;
        }
        let again = self.results(place, "something else", &wishes);
        let mut again: BTreeMap<_, _> = again.into_iter().map(|own| (own.id, own)).collect();
        let both = |own: Event| {
            let other = again.remove(&own.id);
            [Some(own), other].into_iter().flatten()
        };
        first.into_iter().flat_map(both).collect()
    }

    fn results(&self, place: SegmentRange, text: &str, wishes: &ClientOptions) -> Vec<Event> {
        let times = Times {
            received_at: Some(now_ms()),
            started_at: Some(now_ms()),
        };
        let fails = self.scenario.fail.get(&place.index).copied();
        let failed = |stage: Stage| {
            let status = SessionStatus::SegmentFailed {
                segment: place,
                stage: stage.as_str().into(),
                code: "unsupported".into(),
                message: "this can't be done".into(),
            };
            self.event(stage, Body::SessionStatus(status))
        };
        let recognized = |text: &str| {
            let body = Body::TextRecognized(TextRecognized {
                segment: place,
                text: text.into(),
                language: wishes.source.clone().unwrap_or("en".into()),
                confidence: None,
                recognizer: None,
                options: wishes.clone(),
                times,
            });
            self.event(Stage::Recognize, body)
        };
        if self.scenario.empty.contains(&place.index) {
            return vec![recognized("")];
        }
        if fails == Some(Stage::Recognize) {
            return vec![failed(Stage::Recognize)];
        }
        let mut events = vec![recognized(text)];
        if fails == Some(Stage::Translate) {
            events.push(failed(Stage::Translate));
            return events;
        }
        let target = wishes.target.clone().unwrap_or("??".into());
        let translation = format!("{target}: {text}");
        let translated = Body::TextTranslated(TextTranslated {
            segment: place,
            text: translation.clone(),
            source_language: "en".into(),
            target_language: target,
            quality: None,
            translators: Vec::new(),
            via: None,
            options: wishes.clone(),
            times,
        });
        events.push(self.event(Stage::Translate, translated));
        if fails == Some(Stage::Synthesize) {
            events.push(failed(Stage::Synthesize));
            return events;
        }
        let rate = SampleRate::new(self.scenario.rate.unwrap_or(24_000)).unwrap();
        let clip = resample(&code::encode(&translation), rate);
        let parts: Vec<_> = clip.samples.chunks(rate.hz() as usize / 2).collect();
        for (part, samples) in parts.iter().enumerate() {
            let clip = Clip::new(rate, samples.to_vec());
            let wav = encode_whole(&clip, Format::Wav, &Tags::new()).unwrap();
            let body = Body::AudioSynthesis(AudioSynthesis {
                segment: place,
                part: part as u32,
                is_last: part + 1 == parts.len(),
                duration_ms: (clip.duration().as_millis() as u64).max(1),
                audio: AudioPayload::Inline(wav.into()),
                sample_rate: rate.hz(),
                model: None,
                target_language: wishes.target.clone(),
                voice: wishes.voice.clone(),
                speaker_id: None,
                snippet: None,
                times,
            });
            events.push(self.event(Stage::Synthesize, body));
        }
        events
    }

    fn status(&self, status: SessionStatus) -> Event {
        self.event(Stage::Detect, Body::SessionStatus(status))
    }

    fn event(&self, stage: Stage, body: Body) -> Event {
        Event::new(self.session.clone(), stage, body)
    }
}
