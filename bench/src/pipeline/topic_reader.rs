//! The topics, read from outside while the sessions run.

use std::collections::HashSet;

use mynah_bus::avro::Codec;
use mynah_bus::event::{Event, Kind};
use mynah_bus::{Bus, BusError, PartitionRange, Reader, Record, StartOffset};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::session_result::SessionResult;

/// What is read. Partial transcripts are best effort, and have no threshold.
const TOPIC_KINDS: [Kind; 6] = [
    Kind::AudioInput,
    Kind::SpeechSegment,
    Kind::TextRecognized,
    Kind::TextTranslated,
    Kind::AudioSynthesis,
    Kind::SessionStatus,
];

/// Reads until it is stopped.
pub(super) struct TopicReader {
    codec: Codec,
    stop: oneshot::Sender<()>,
    reading: JoinHandle<Result<Vec<Record>, BusError>>,
}

impl TopicReader {
    /// Begins with the next record of every topic.
    pub(super) async fn start(bus: &dyn Bus, codec: Codec) -> anyhow::Result<Self> {
        let mut spans = Vec::new();
        for kind in TOPIC_KINDS {
            for partition in 0..bus.partitions(kind.topic()).await? {
                spans.push(PartitionRange {
                    topic: kind.topic().to_owned(),
                    partition,
                    start: StartOffset::Latest,
                    stop_at_end: false,
                });
            }
        }
        let reader = bus.read(spans).await?;
        let (stop, stopped) = oneshot::channel();
        Ok(Self {
            codec,
            stop,
            reading: tokio::spawn(read(reader, stopped)),
        })
    }

    /// The events of these sessions, in the order in which they were read. They are decoded only
    /// now, when nothing is measured any more.
    pub(super) async fn stop(self, results: &[SessionResult]) -> anyhow::Result<Vec<Event>> {
        // A task that is gone already has ended with an error, which comes next.
        let _ = self.stop.send(());
        let records = self.reading.await??;
        let ours: HashSet<&str> = results
            .iter()
            .filter_map(|session| session.session.as_deref())
            .collect();
        let mut events = Vec::new();
        for record in records {
            let mine = record.session().is_some_and(|key| ours.contains(key));
            if let (true, Some(kind)) = (mine, Kind::of_topic(&record.topic)) {
                events.push(self.codec.decode(kind, &record.body).await?);
            }
        }
        Ok(events)
    }
}

async fn read(
    mut reader: Box<dyn Reader>,
    mut stopped: oneshot::Receiver<()>,
) -> Result<Vec<Record>, BusError> {
    let mut records = Vec::new();
    loop {
        let next = tokio::select! {
            _ = &mut stopped => return Ok(records),
            next = reader.next() => next,
        };
        match next {
            Ok(Some(record)) => records.push(record),
            Ok(None) => return Ok(records),
            Err(BusError::Closed) => return Err(BusError::Closed),
            // The reader recovers by itself, and misses nothing.
            Err(_) => {}
        }
    }
}
