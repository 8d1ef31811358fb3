//! Publishing: idempotent, acknowledged by all, in order.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::producer::{
    BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer,
};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task;

use super::config::{QUEUE_BYTES, QUEUE_RECORD_BYTES};
use super::{blocking, context, error, metadata};
use crate::error::BusError;
use crate::metrics;
use crate::record::{ProducerRecord, RecordMetadata, partition_of};

type Client = ThreadedProducer<DeliveryCallbacks>;
type Delivered = Result<RecordMetadata, KafkaError>;

/// Sends records, each to the partition of its key.
pub(super) struct Producer {
    config: ClientConfig,
    /// Replaced after a fatal error.
    client: Mutex<Arc<Client>>,
    topics: Mutex<HashMap<String, Arc<Topic>>>,
    /// Bytes that may still be queued, acquired in the order of the requests.
    queue_space: Arc<Semaphore>,
    closed: AtomicBool,
    request_timeout: Duration,
    delivery_timeout: Duration,
}

/// The state of a topic.
#[derive(Default)]
struct Topic {
    /// Held while a record is passed to librdkafka, so that records that wait (for the number of
    /// partitions, for queue space) are not overtaken.
    send_order: AsyncMutex<()>,
    /// The number of partitions; 0 is unknown.
    partitions: AtomicU32,
    /// Why the number of partitions could not be fetched, and when: the error also ends the callers
    /// that waited meanwhile, so that they do not each wait for it again.
    unknown: Mutex<Option<(Instant, BusError)>>,
}

impl Topic {
    fn unknown(&self) -> std::sync::MutexGuard<'_, Option<(Instant, BusError)>> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unknown_since(&self, requested_at: Instant) -> Option<BusError> {
        let unknown = self.unknown();
        let (when, why) = unknown.as_ref()?;
        (*when >= requested_at).then(|| why.clone())
    }

    fn set_unknown(&self, why: &BusError) {
        *self.unknown() = Some((Instant::now(), why.clone()));
    }
}

/// Receives the delivery reports.
struct DeliveryCallbacks;

/// Travels with a record: the receiver of its delivery report, and its queue space.
struct DeliveryHandle {
    done: oneshot::Sender<Delivered>,
    _queue_space: OwnedSemaphorePermit,
}

impl ClientContext for DeliveryCallbacks {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, _reason: &str) {
        metrics::fault("producer");
        tracing::debug!(target: "librdkafka", %error, "producer");
    }
}

impl ProducerContext for DeliveryCallbacks {
    type DeliveryOpaque = Box<DeliveryHandle>;

    fn delivery(&self, result: &DeliveryResult<'_>, handle: Box<DeliveryHandle>) {
        let delivered = match result {
            Ok(message) => Ok(RecordMetadata {
                partition: message.partition() as u32,
                offset: message.offset(),
            }),
            Err((error, _)) => Err(error.clone()),
        };
        // The caller may have been dropped.
        let _ = handle.done.send(delivered);
    }
}

impl Producer {
    pub(super) fn new(
        config: ClientConfig,
        request_timeout: Duration,
        delivery_timeout: Duration,
    ) -> Result<Self, KafkaError> {
        Ok(Self {
            client: Mutex::new(Arc::new(config.create_with_context(DeliveryCallbacks)?)),
            config,
            topics: Mutex::default(),
            queue_space: Arc::new(Semaphore::new(QUEUE_BYTES)),
            closed: AtomicBool::new(false),
            request_timeout,
            delivery_timeout,
        })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn client(&self) -> Arc<Client> {
        let client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&client)
    }

    fn topic(&self, name: &str) -> Arc<Topic> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(topic) = topics.get(name) {
            return Arc::clone(topic);
        }
        Arc::clone(topics.entry(name.to_owned()).or_default())
    }

    /// Where the number of partitions is cached and there is queue space, the record is passed to
    /// librdkafka before the first await.
    pub(super) async fn publish(
        &self,
        record: &ProducerRecord,
    ) -> Result<RecordMetadata, BusError> {
        record.check_size()?;
        let began = Instant::now();
        let published = self.deliver(record).await;
        let took = published.is_ok().then(|| began.elapsed());
        metrics::published(&record.topic, took);
        published
    }

    async fn deliver(&self, record: &ProducerRecord) -> Result<RecordMetadata, BusError> {
        let topic = self.topic(&record.topic);
        let (client, delivery) = self.enqueue(&topic, record).await?;
        let delivered = delivery.await.map_err(|_| BusError::Closed)?;
        delivered.map_err(|failure| self.failed(&client, &topic, record, &failure))
    }

    async fn enqueue(
        &self,
        topic: &Topic,
        record: &ProducerRecord,
    ) -> Result<(Arc<Client>, oneshot::Receiver<Delivered>), BusError> {
        let requested_at = Instant::now();
        let _order: MutexGuard<'_, ()> = match topic.send_order.try_lock() {
            Ok(send_order) => send_order,
            // Unconstrained: the scheduler's budget must not let other callers overtake.
            Err(_) => task::unconstrained(topic.send_order.lock()).await,
        };
        if self.is_closed() {
            return Err(BusError::Closed);
        }
        let partitions = match topic.partitions.load(Ordering::Acquire) {
            0 => {
                if let Some(why) = topic.unknown_since(requested_at) {
                    return Err(why);
                }
                let found = self.partitions(&record.topic).await;
                let found = found.inspect_err(|why| topic.set_unknown(why))?;
                topic.partitions.store(found, Ordering::Release);
                found
            }
            result => result,
        };
        let queue_space = self.queue_space(record).await?;
        let client = self.client();
        let (done, delivery) = oneshot::channel();
        let handle = Box::new(DeliveryHandle {
            done,
            _queue_space: queue_space,
        });
        let headers = record.headers.iter();
        let headers = headers.fold(OwnedHeaders::new(), |all, (key, value)| {
            let value = Some(value.as_ref());
            all.insert(Header { key, value })
        });
        let base = BaseRecord::with_opaque_to(&record.topic, handle)
            .partition(partition_of(&record.key, partitions) as i32)
            .key(record.key.as_ref())
            .payload(record.body.as_ref())
            .headers(headers);
        let refused = client.send(base).err().map(|(failure, _)| failure);
        if let Some(failure) = refused {
            return Err(self.failed(&client, topic, record, &failure));
        }
        Ok((client, delivery))
    }

    /// Waits until there is queue space for a record.
    async fn queue_space(&self, record: &ProducerRecord) -> Result<OwnedSemaphorePermit, BusError> {
        let bytes = record.bytes().max(QUEUE_RECORD_BYTES) as u32;
        if let Ok(queue_space) = Arc::clone(&self.queue_space).try_acquire_many_owned(bytes) {
            return Ok(queue_space);
        }
        let queue_space = Arc::clone(&self.queue_space).acquire_many_owned(bytes);
        task::unconstrained(queue_space)
            .await
            .map_err(|_| BusError::Closed)
    }

    fn failed(
        &self,
        client: &Arc<Client>,
        topic: &Topic,
        record: &ProducerRecord,
        failure: &KafkaError,
    ) -> BusError {
        let code = error::code_of(failure);
        match error::about(&record.topic, failure) {
            missing @ BusError::NoTopic(_) => {
                topic.partitions.store(0, Ordering::Release);
                missing
            }
            _ if code == Some(Code::MessageSizeTooLarge) => BusError::TooLarge {
                bytes: record.bytes(),
                limit: record.bytes_max(),
            },
            other => {
                if client.client().fatal_error().is_some() {
                    self.replace(client);
                    return BusError::Unreachable("the Kafka producer was replaced".to_owned());
                }
                other
            }
        }
    }

    /// An idempotent producer that has lost its order cannot be used any more
    /// (<https://github.com/confluentinc/librdkafka/blob/v2.12.1/INTRODUCTION.md#fatal-errors>).
    fn replace(&self, spent: &Arc<Client>) {
        let mut current = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&current, spent) || self.is_closed() {
            return;
        }
        tracing::warn!("the Kafka producer had a fatal error and is replaced");
        match self.config.create_with_context(DeliveryCallbacks) {
            Ok(fresh) => drop_aside(std::mem::replace(&mut *current, Arc::new(fresh))),
            Err(error) => tracing::error!(%error, "the Kafka producer could not be replaced"),
        }
    }

    /// The number of partitions of a topic.
    pub(super) async fn partitions(&self, topic: &str) -> Result<u32, BusError> {
        let (client, limit) = (self.client(), self.request_timeout);
        let name = topic.to_owned();
        blocking(move || metadata::partitions(client.client(), &name, limit)).await
    }

    /// The offset of the first record and the one after the last record.
    pub(super) async fn watermarks(
        &self,
        topic: &str,
        partition: u32,
    ) -> Result<(i64, i64), BusError> {
        let (client, limit) = (self.client(), self.request_timeout);
        let name = topic.to_owned();
        blocking(move || metadata::watermarks(client.client(), &name, partition, limit)).await
    }

    /// Flushes the queue; later records are refused.
    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let (client, limit) = (self.client(), self.delivery_timeout);
        let flushed = blocking(move || client.flush(limit).map_err(|e| error::about("", &e)));
        if let Err(error) = flushed.await {
            tracing::warn!(%error, "some records were not published before the bus was closed");
        }
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        drop_aside(self.client());
    }
}

/// Drops a client on a thread of its own: that waits for the client's threads.
pub(super) fn drop_aside<T: Send + 'static>(client: T) {
    let dropping = std::thread::Builder::new().name("bus-drop".to_owned());
    // Without a thread it is dropped here.
    let _ = dropping.spawn(move || drop(client));
}
