//! What must hold, judged by the topics and by what clients received. Works on identities: a physical
//! duplicate is counted; one that was used is a defect.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use mynah_api::realtime::ServerEventBody;
use mynah_bus::event::{AudioPayload, Body, Event, Kind, SessionStatus};
use mynah_bus::{PartitionRange, Record, StartOffset};
use uuid::Uuid;

use crate::client::{LastSeq, kind};
use crate::cluster::{RESUME_KEY, SPEECH, TestCluster};
use crate::support::setting;

/// What one client received.
#[derive(Default, Debug)]
pub(crate) struct ClientResult {
    pub(crate) session: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) last_seq: LastSeq,
    seqs: HashSet<u64>,
    pub(crate) repeated: Vec<u64>,
    pub(crate) done: BTreeMap<u64, (String, String)>,
    pub(crate) failed: BTreeSet<u64>,
    pub(crate) errors: Vec<String>,
    /// `session.closed` came.
    pub(crate) closed: bool,
    /// The connection ended without it.
    pub(crate) cut: bool,
}

impl ClientResult {
    pub(crate) fn record(&mut self, event: ServerEventBody) {
        match event {
            ServerEventBody::Created { session } => {
                let id = session.id.trim_start_matches("sess_").to_owned();
                self.session = Uuid::parse_str(&id).ok().map(|id| id.to_string());
                self.token = session.resume_token;
            }
            ServerEventBody::InputTranscript(own) | ServerEventBody::OutputTranscript(own) => {
                self.number(own.seq);
            }
            ServerEventBody::OutputAudio(own) => self.number(own.seq),
            ServerEventBody::SegmentDone(own) => {
                self.number(own.seq);
                self.done.insert(own.segment, (own.source, own.translation));
            }
            ServerEventBody::SegmentFailed(own) => {
                self.number(own.seq);
                self.failed.insert(own.segment);
            }
            ServerEventBody::Error { error } => self.errors.push(error.code),
            ServerEventBody::Closed {} => self.closed = true,
            _ => {}
        }
    }

    fn number(&mut self, seq: Option<u64>) {
        let Some(seq) = seq else { return };
        if !self.seqs.insert(seq) {
            self.repeated.push(seq);
        }
        let last = self.last_seq.entry(kind(seq)).or_default();
        *last = seq.max(*last);
    }
}

/// What the topics hold of one session: the first record of each identity.
#[derive(Default, Debug)]
pub(crate) struct TopicContents {
    names: HashSet<Uuid>,
    pub(crate) duplicates: usize,
    /// Up to where its audio has been published, in milliseconds.
    pub(crate) published_ms: u64,
    pub(crate) segments: BTreeSet<u32>,
    /// Segments whose audio is in the store.
    pub(crate) stored: BTreeSet<u32>,
    pub(crate) texts: BTreeMap<u32, String>,
    pub(crate) translations: BTreeMap<u32, String>,
    parts: BTreeMap<u32, BTreeSet<u32>>,
    last: BTreeMap<u32, u32>,
    pub(crate) failed: BTreeSet<u32>,
    pub(crate) ends: Vec<SessionStatus>,
}

impl TopicContents {
    fn record(&mut self, event: Event) {
        if !self.names.insert(event.id) {
            self.duplicates += 1;
            return;
        }
        match event.body {
            Body::AudioInput(own) => {
                let end = own.chunk.map_or(0, |chunk| chunk.end_sample);
                self.published_ms = self.published_ms.max(end / 16);
            }
            Body::SpeechSegment(own) => {
                self.segments.insert(own.segment.index);
                if matches!(own.audio, AudioPayload::Stored(_)) {
                    self.stored.insert(own.segment.index);
                }
            }
            Body::TextRecognized(own) => {
                self.texts.insert(own.segment.index, own.text);
            }
            Body::TextTranslated(own) => {
                self.translations.insert(own.segment.index, own.text);
            }
            Body::AudioSynthesis(own) => {
                self.parts
                    .entry(own.segment.index)
                    .or_default()
                    .insert(own.part);
                if own.is_last {
                    self.last.insert(own.segment.index, own.part);
                }
            }
            Body::SessionStatus(SessionStatus::SegmentFailed { segment, .. }) => {
                self.failed.insert(segment.index);
            }
            Body::SessionStatus(end) => self.ends.push(end),
            _ => {}
        }
    }

    /// All faults of this session.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let count = match self.ends.as_slice() {
            [SessionStatus::Ended { segments } | SessionStatus::Aborted { segments, .. }] => {
                *segments
            }
            ends => {
                faults.push(format!("a session has one end, and not {ends:?}"));
                return faults;
            }
        };
        if self.segments != (0..count).collect() {
            faults.push(format!("segments {:?} of {count}", self.segments));
        }
        for index in (0..count).filter(|own| !self.failed.contains(own)) {
            let Some(text) = self.texts.get(&index) else {
                faults.push(format!("segment {index} of {count} was not recognized"));
                continue;
            };
            if text.is_empty() {
                continue;
            }
            if !self.translations.contains_key(&index) {
                faults.push(format!("segment {index} was not translated"));
                continue;
            }
            let spoken = self
                .last
                .get(&index)
                .is_some_and(|last| self.parts.get(&index) == Some(&(0..=*last).collect()));
            if !spoken {
                faults.push(format!(
                    "segment {index} was not spoken whole: {:?}",
                    self.parts.get(&index)
                ));
            }
        }
        faults
    }

    /// All faults of what a client received of it.
    pub(crate) fn differences(&self, result: &ClientResult) -> Vec<String> {
        let mut faults = Vec::new();
        if !result.repeated.is_empty() {
            faults.push(format!("received twice: {:?}", result.repeated));
        }
        for (index, text) in &self.texts {
            let number = u64::from(*index);
            match result.done.get(&number) {
                Some((source, translation)) => {
                    let own = self.translations.get(index);
                    if source != text || Some(translation) != own {
                        faults.push(format!("segment {index}: not the first record was used"));
                    }
                }
                None if text.is_empty() || result.failed.contains(&number) => {}
                None => faults.push(format!("segment {index} did not arrive")),
            }
        }
        faults
    }
}

/// Reads all topics since the test began.
pub(crate) async fn topics(cluster: &TestCluster) -> HashMap<String, TopicContents> {
    let mut sessions: HashMap<String, TopicContents> = HashMap::new();
    for kind in Kind::ALL {
        for (_, event) in events(cluster, kind).await {
            sessions
                .entry(event.session.to_string())
                .or_default()
                .record(event);
        }
    }
    sessions
}

/// Reads the topic of these events since the test began. Poison of other tests is passed over.
pub(crate) async fn events(cluster: &TestCluster, kind: Kind) -> Vec<(Record, Event)> {
    let partitions = cluster.bus.partitions(kind.topic()).await.unwrap();
    let span = |partition| PartitionRange {
        topic: kind.topic().to_owned(),
        partition,
        start: StartOffset::Timestamp(cluster.began_ms),
        stop_at_end: true,
    };
    let spans = (0..partitions).map(span).collect();
    let mut reader = cluster.bus.read(spans).await.unwrap();
    let mut events = Vec::new();
    while let Some(record) = reader.next().await.unwrap() {
        if let Ok(event) = cluster.codec.decode(kind, &record.body).await {
            events.push((record, event));
        }
    }
    events
}

/// All faults of these sessions.
pub(crate) async fn check(cluster: &TestCluster, result: &[ClientResult]) -> Vec<String> {
    let sessions = topics(cluster).await;
    let mut faults = Vec::new();
    let mut duplicates = 0;
    for own in result {
        let name = own.session.clone().unwrap_or_default();
        let Some(on_topics) = sessions.get(&name) else {
            faults.push(format!("{name} is on no topic"));
            continue;
        };
        duplicates += on_topics.duplicates;
        let mut wrong = on_topics.faults();
        wrong.extend(on_topics.differences(own));
        faults.extend(wrong.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    eprintln!(
        "{} sessions, {duplicates} physical duplicates",
        result.len()
    );
    faults
}

/// Secrets that logs and traces must not hold: texts, their translations, audio,
/// tokens, keys and signed links. Names what it is, and not how often.
pub(crate) fn leaked(cluster: &TestCluster, result: &[ClientResult]) -> Vec<String> {
    let mut secrets: Vec<String> = ["RIFF", "UklGR", "X-Amz-Signature", RESUME_KEY]
        .map(str::to_owned)
        .to_vec();
    secrets.extend(
        ["MYNAH_STORAGE__ACCESS_KEY", "MYNAH_STORAGE__SECRET_KEY"]
            .iter()
            .filter_map(|own| setting(own)),
    );
    secrets.extend(SPEECH.split(". ").map(str::to_owned));
    for own in result {
        secrets.extend(own.token.clone());
        for (source, translation) in own.done.values() {
            secrets.extend([source.clone(), translation.clone()]);
        }
    }
    // A single short word may stand in a log for other reasons.
    secrets.retain(|own| own.len() > 3 && (own.len() > 8 || !own.chars().all(char::is_lowercase)));
    let logs = cluster.logs();
    assert!(
        logs.iter().any(|log| log.contains("partition assigned")),
        "logs are written"
    );
    let shown = |own: &&String| logs.iter().any(|log| log.contains(own.as_str()));
    secrets.iter().filter(shown).cloned().collect()
}
