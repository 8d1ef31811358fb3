//! Buses to test, and short words for what tests do with them.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mynah_bus::memory::{MemoryBus, MemoryLimits};
use mynah_bus::{
    Assigned, Bus, ConsumerEvent, Group, GroupConsumer, Headers, OffsetReset, PartitionRange,
    ProducerRecord, Reader, Record, RecordMetadata, StartOffset, TopicSpec, limits, partition_of,
};

#[cfg(feature = "kafka")]
use crate::committed::committed;
#[cfg(feature = "kafka")]
use crate::services::{Service, are_ready, setting};

/// A test that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// One more client of the bus.
type Connect = Box<dyn Fn() -> Arc<dyn Bus> + Send + Sync>;

/// The interval between checks of a state that is waited for.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Reads the offset up to which a group has committed partition 0 of a topic.
type Committed = Arc<dyn Fn(&Group) -> Option<i64> + Send + Sync>;

/// A bus, and what is needed beside it.
pub(crate) struct Bench {
    pub(crate) bus: Arc<dyn Bus>,
    connect: Connect,
    /// None where a commit is there at once.
    committed: Option<Committed>,
}

pub(crate) fn memory() -> Bench {
    let bus = MemoryBus::new(MemoryLimits::default());
    Bench::new(Box::new(move || Arc::new(bus.clone())))
}

/// None where this machine has no broker.
#[cfg(feature = "kafka")]
pub(crate) fn kafka_settings() -> Option<mynah_bus::BusSettings> {
    if !are_ready(&[Service::Kafka]) {
        return None;
    }
    Some(mynah_bus::BusSettings {
        kind: mynah_bus::BusKind::Kafka,
        brokers: setting("MYNAH_BUS__BROKERS")?,
        ..mynah_bus::BusSettings::default()
    })
}

#[cfg(feature = "kafka")]
pub(crate) async fn kafka() -> Option<Bench> {
    let settings = kafka_settings()?;
    let brokers = settings.brokers.clone();
    let connect = move || {
        let bus = mynah_bus::kafka::KafkaBus::new(&settings);
        Arc::new(bus.expect("settings")) as Arc<dyn Bus>
    };
    let mut bench = Bench::new(Box::new(connect));
    bench.committed = Some(Arc::new(move |group| {
        committed(&brokers, &group.name, &group.topic, 1)[0]
    }));
    let ready = bench.bus.ready(Duration::from_secs(10)).await;
    ready.expect("a broker that answers");
    Some(bench)
}

pub(crate) async fn within(test: impl Future<Output = ()>) {
    let done = tokio::time::timeout(LIMIT, test).await;
    done.expect("the test hangs");
}

/// A name that nothing else has, now or earlier.
pub(crate) fn unique(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).expect("clock");
    format!(
        "test-{what}-{}-{}-{count}",
        now.as_millis(),
        std::process::id()
    )
}

pub(crate) fn spec(name: &str, partitions: u32) -> TopicSpec {
    TopicSpec {
        name: name.to_owned(),
        partitions,
        replication: 1,
        retention: Duration::from_secs(3_600),
        max_bytes: limits::MAX_RECORD_BYTES as u32,
    }
}

impl Bench {
    fn new(connect: Connect) -> Self {
        Self {
            bus: connect(),
            connect,
            committed: None,
        }
    }

    /// Waits until a group has committed partition 0 of its topic up to this offset.
    pub(crate) async fn until_committed(&self, group: &Group, offset: i64) {
        let Some(committed) = &self.committed else {
            return;
        };
        loop {
            let (ask, own) = (Arc::clone(committed), group.clone());
            let found = tokio::task::spawn_blocking(move || ask(&own)).await;
            if found.unwrap() == Some(offset) {
                return;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Another client of the same bus.
    pub(crate) fn other(&self) -> Arc<dyn Bus> {
        (self.connect)()
    }

    /// A new topic.
    pub(crate) async fn topic(&self, partitions: u32) -> String {
        let name = unique("topic");
        let created = self.bus.ensure(&[spec(&name, partitions)]).await.unwrap();
        assert_eq!(created, [name.as_str()]);
        name
    }

    pub(crate) async fn publish(
        &self,
        topic: &str,
        key: &str,
        body: impl ToString,
    ) -> RecordMetadata {
        self.bus.publish(outgoing(topic, key, body)).await.unwrap()
    }

    /// All records of a topic, read by a reader of its own.
    pub(crate) async fn read_all(&self, topic: &str) -> Vec<Record> {
        let partitions = self.bus.partitions(topic).await.unwrap();
        let spans = (0..partitions).map(|own| span(topic, own, StartOffset::Earliest, true));
        let mut reader = self.bus.read(spans.collect()).await.unwrap();
        rest(&mut *reader).await
    }
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "numbers and words read better so"
)]
pub(crate) fn outgoing(topic: &str, key: &str, body: impl ToString) -> ProducerRecord {
    ProducerRecord {
        topic: topic.to_owned(),
        key: key.to_owned().into(),
        headers: Headers::default(),
        body: body.to_string().into(),
    }
}

pub(crate) fn span(
    topic: &str,
    partition: u32,
    start: StartOffset,
    stop_at_end: bool,
) -> PartitionRange {
    let topic = topic.to_owned();
    PartitionRange {
        topic,
        partition,
        start,
        stop_at_end,
    }
}

/// What is left to read until the end.
pub(crate) async fn rest(reader: &mut dyn Reader) -> Vec<Record> {
    let mut records = Vec::new();
    while let Some(record) = reader.next().await.unwrap() {
        records.push(record);
    }
    records
}

pub(crate) fn group(topic: &str, offset_reset: OffsetReset, commits: bool) -> Group {
    Group {
        name: unique("group"),
        topic: topic.to_owned(),
        offset_reset,
        commits,
    }
}

/// A key whose records fall into this partition.
pub(crate) fn key_in(partition: u32, partitions: u32) -> String {
    let keys = (0..).map(|number: u32| format!("key-{number}"));
    let mut fitting = keys.filter(|key| partition_of(key.as_bytes(), partitions) == partition);
    fitting.next().expect("a key")
}

/// Waits until a member has got so many partitions, in order of their numbers. Records may not
/// come before that.
pub(crate) async fn assigned(member: &mut dyn GroupConsumer, count: usize) -> Vec<Assigned> {
    let mut all: Vec<Assigned> = Vec::new();
    while all.len() < count {
        match member.next().await.unwrap() {
            ConsumerEvent::Assigned(assigned) => all.extend(assigned),
            ConsumerEvent::Fault(fault) => println!("{fault}"),
            other => panic!("{other:?} before {count} partitions: {all:?}"),
        }
    }
    all.sort_by_key(|own| own.partition);
    all
}

/// The next record of a member; other events are skipped.
pub(crate) async fn record(member: &mut dyn GroupConsumer) -> Record {
    loop {
        if let ConsumerEvent::Record(record) = member.next().await.unwrap() {
            return record;
        }
    }
}

pub(crate) fn text(record: &Record) -> &str {
    std::str::from_utf8(&record.body).expect("text")
}

pub(crate) fn texts(records: &[Record]) -> Vec<&str> {
    records.iter().map(text).collect()
}
