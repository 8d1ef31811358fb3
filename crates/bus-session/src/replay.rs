//! The state of a session that another connection, perhaps of another gateway, began.

use mynah_bus::event::{Body, ClientOptions, Kind};
use mynah_bus::identity::SessionId;
use mynah_bus::record::topic;
use mynah_bus::{BusError, PartitionRange, Reader, Record, StartOffset};

use crate::arrival_times::ArrivalTimes;
use crate::chunker::Next;
use crate::input::{BusInput, client_samples};
use crate::metrics;
use crate::result_dispatcher::RESULTS;
use crate::results::BusResults;
use crate::sessions::BusParts;
use mynah_api::realtime::ReceivedSeq;

/// How much earlier than the session's first event reading begins, in milliseconds: clocks of
/// machines differ.
const CLOCKS_DIFFER_MS: i64 = 10_000;

/// A session that was resumed.
pub struct Resumed {
    /// Where its audio continues; none where its last chunk was sent already.
    pub input: Option<BusInput>,
    /// Its results.
    pub results: BusResults,
    /// The last options of its client; none where it never sent audio.
    pub options: Option<ClientOptions>,
    /// Whether its client requested previews.
    pub preview: bool,
    /// The client's samples that are on the bus, at 24 kHz for every rate.
    pub through_sample: u64,
}

/// The state of a session on the bus; empty for a new session.
#[derive(Default)]
pub(crate) struct SessionReplay {
    pub(crate) next: Next,
    /// Those of its latest chunk.
    pub(crate) options: Option<ClientOptions>,
    pub(crate) preview: bool,
    /// Whether its last chunk was published.
    pub(crate) ended: bool,
    pub(crate) arrivals: ArrivalTimes,
    /// Reads its results again, among those of other sessions.
    pub(crate) results: Option<Box<dyn Reader>>,
    pub(crate) received: ReceivedSeq,
}

impl SessionReplay {
    /// Reads the session's chunks, and prepares to read its results.
    pub(crate) async fn read(
        parts: &BusParts,
        session: &SessionId,
        partition: u32,
        since_ms: i64,
        last_seq: &[u64],
    ) -> Result<Self, BusError> {
        let span = |topic: &str| PartitionRange {
            topic: topic.to_owned(),
            partition,
            start: StartOffset::Timestamp(since_ms - CLOCKS_DIFFER_MS),
            stop_at_end: true,
        };
        let mut replay = Self {
            received: ReceivedSeq::new(last_seq),
            ..Self::default()
        };
        let mut chunks = parts.bus.read(vec![span(topic::INGRESS)]).await?;
        loop {
            match chunks.next().await {
                Ok(Some(record)) if record.session() == Some(session.as_str()) => {
                    replay.push(parts, &record).await?;
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) if error.is_transient() => metrics::bus_fault(),
                Err(error) => return Err(error),
            }
        }
        // Earlier previews are replaced by later ones.
        let durable = RESULTS.iter().filter(|topic| **topic != topic::PARTIAL);
        let spans = durable.map(|topic| span(topic)).collect();
        replay.results = Some(parts.bus.read(spans).await?);
        Ok(replay)
    }

    /// The client's samples that are on the bus, at 24 kHz for every rate.
    pub(crate) const fn received_samples(&self) -> u64 {
        client_samples(self.next.start - self.next.inserted)
    }

    async fn push(&mut self, parts: &BusParts, record: &Record) -> Result<(), BusError> {
        let event = match parts.codec.decode(Kind::AudioInput, &record.body).await {
            Ok(event) => event,
            Err(error) if error.is_transient() => {
                return Err(BusError::Unreachable(error.to_string()));
            }
            Err(error) => {
                metrics::skipped(error.reason());
                return Ok(());
            }
        };
        let Body::AudioInput(input) = event.body else {
            return Ok(());
        };
        let Some(chunk) = input.chunk else {
            return Ok(());
        };
        if chunk.sequence >= self.next.sequence {
            self.next.sequence = chunk.sequence + 1;
            self.options = Some(input.options);
            self.preview = input.preview;
        }
        // A chunk may be on the bus twice; its samples are counted once.
        let fresh = chunk
            .end_sample
            .saturating_sub(self.next.start.max(chunk.start_sample));
        if chunk.inserted_silence {
            self.next.inserted += fresh;
        }
        self.next.start = self.next.start.max(chunk.end_sample);
        self.ended |= chunk.is_last;
        self.arrivals.mark(chunk.end_sample, record.timestamp_ms);
        Ok(())
    }
}
