//! Reading without a group: a consumer with partitions of its own choice, and a thread.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tokio::sync::mpsc;

use super::context::Plain;
use super::member::record;
use super::{error, metadata};
use crate::bus::{From, Reader, Span};
use crate::error::BusError;
use crate::metrics;
use crate::record::Record;

/// How long the thread waits for a record before it looks whether somebody still listens.
const POLL: Duration = Duration::from_millis(50);
/// Records read and not taken.
const UNTAKEN: usize = 256;

struct KafkaReader(mpsc::Receiver<Result<Record, BusError>>);

/// Where spans end that do: by topic and partition.
type Ends = HashMap<(String, u32), i64>;

/// Finds out where to begin and to end, and begins. Blocking.
pub(super) fn open(
    config: &ClientConfig,
    spans: Vec<Span>,
    limit: Duration,
) -> Result<Box<dyn Reader>, BusError> {
    let consumer: BaseConsumer<Plain> = config
        .create_with_context(Plain)
        .map_err(|failure| error::about("", &failure))?;
    let mut list = TopicPartitionList::new();
    let mut ends = Ends::new();
    let mut endless = false;
    for span in spans {
        let (low, high) =
            metadata::watermarks(consumer.client(), &span.topic, span.partition, limit)?;
        let start = start(&consumer, &span, (low, high), limit)?;
        if span.ends && start >= high {
            continue;
        }
        if span.ends {
            ends.insert((span.topic.clone(), span.partition), high);
        } else {
            endless = true;
        }
        list.add_partition_offset(&span.topic, span.partition as i32, Offset::Offset(start))
            .map_err(|failure| error::about(&span.topic, &failure))?;
    }
    let (sender, records) = mpsc::channel(UNTAKEN);
    if list.count() > 0 {
        consumer
            .assign(&list)
            .map_err(|failure| error::about("", &failure))?;
        std::thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || work(&consumer, ends, endless, &sender))
            .map_err(|failure| BusError::Unreachable(failure.to_string()))?;
    }
    Ok(Box::new(KafkaReader(records)))
}

fn start(
    consumer: &BaseConsumer<Plain>,
    span: &Span,
    (low, high): (i64, i64),
    limit: Duration,
) -> Result<i64, BusError> {
    Ok(match span.from {
        From::Earliest => low,
        From::End => high,
        From::Offset(offset) => offset.clamp(low, high),
        From::Time(ms) => {
            let about = |failure| error::about(&span.topic, &failure);
            let number = span.partition as i32;
            let mut asked = TopicPartitionList::new();
            asked
                .add_partition_offset(&span.topic, number, Offset::Offset(ms.max(0)))
                .map_err(about)?;
            let found = consumer.offsets_for_times(asked, limit).map_err(about)?;
            match found
                .find_partition(&span.topic, number)
                .map(|own| own.offset())
            {
                Some(Offset::Offset(offset)) => offset.max(low),
                // Nothing is so young.
                _ => high,
            }
        }
    })
}

/// The thread: until nobody listens, or all that ends has ended.
fn work(
    consumer: &BaseConsumer<Plain>,
    mut ends: Ends,
    endless: bool,
    records: &mpsc::Sender<Result<Record, BusError>>,
) {
    while endless || !ends.is_empty() {
        let told = match consumer.poll(POLL) {
            None => {
                if records.is_closed() {
                    return;
                }
                continue;
            }
            Some(Ok(message)) => {
                let place = (message.topic().to_owned(), message.partition() as u32);
                let end = ends.get(&place).copied();
                let last = end.is_some_and(|end| message.offset() + 1 >= end);
                let beyond = end.is_some_and(|end| message.offset() >= end);
                if last {
                    ends.remove(&place);
                    pause(consumer, &place);
                }
                if beyond {
                    continue;
                }
                Ok(record(&message))
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                forget_deleted(consumer, &mut ends, partition as u32);
                continue;
            }
            Some(Err(failure)) => {
                metrics::fault("reader");
                Err(error::about("", &failure))
            }
        };
        if records.blocking_send(told).is_err() {
            return;
        }
    }
}

fn pause(consumer: &BaseConsumer<Plain>, (topic, partition): &(String, u32)) {
    let mut list = TopicPartitionList::new();
    list.add_partition(topic, *partition as i32);
    if let Err(error) = consumer.pause(&list) {
        tracing::debug!(%error, "a partition that was read to its end is not paused");
    }
}

/// What was to be read may have been deleted meanwhile: then there is nothing to wait for.
fn forget_deleted(consumer: &BaseConsumer<Plain>, ends: &mut Ends, partition: u32) {
    ends.retain(|(topic, own), end| {
        if *own != partition {
            return true;
        }
        let marks = metadata::watermarks(consumer.client(), topic, *own, Duration::from_secs(2));
        marks.is_ok_and(|(low, _)| low < *end)
    });
}

#[async_trait]
impl Reader for KafkaReader {
    async fn next(&mut self) -> Result<Option<Record>, BusError> {
        self.0.recv().await.transpose()
    }
}
