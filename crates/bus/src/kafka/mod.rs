//! Apache Kafka, by librdkafka.
//!
//! One producer per bus; a thread and a consumer per member of a group; a consumer per reader.
//! Calls that block in librdkafka never run on async threads.

mod admin;
mod callbacks;
mod committer;
mod config;
mod consumer;
mod consumer_state;
mod context;
mod error;
mod instance_ids;
mod message;
mod metadata;
mod partition_start;
mod poll_loop;
mod producer;
mod reader;
mod stall;

use std::time::Duration;

use async_trait::async_trait;
use rdkafka::ClientConfig;

use crate::brokers::Brokers;
use crate::bus::{Bus, Group, GroupConsumer, PartitionRange, Reader, TopicSpec};
use crate::error::BusError;
use crate::record::{ProducerRecord, RecordMetadata};
use crate::settings::BusSettings;
use admin::Admin;
use consumer::Timeouts;
use instance_ids::InstanceIds;
use producer::Producer;

/// The bus over Kafka's brokers.
pub struct KafkaBus {
    settings: BusSettings,
    brokers: Brokers,
    client: ClientConfig,
    producer: Producer,
    instances: InstanceIds,
}

impl KafkaBus {
    /// A bus with these settings. Brokers may be unreachable still: see [`Bus::ready`].
    ///
    /// # Errors
    /// [`BusError::Refused`] if the settings are wrong.
    pub fn new(settings: &BusSettings) -> Result<Self, BusError> {
        let settings = BusSettings {
            kind: crate::settings::BusKind::Kafka,
            ..settings.clone()
        };
        mynah_settings::check(&settings)
            .map_err(|wrong| BusError::Refused(wrong.within("bus").to_string()))?;
        let brokers = Brokers::parse(&settings.brokers);
        let brokers = brokers.map_err(|wrong| BusError::Refused(wrong.join("; ")))?;
        let list = brokers.to_string();
        let producer = Producer::new(
            config::producer(&settings, &list),
            settings.request_timeout(),
            Duration::from_millis(settings.delivery_timeout_ms.into()),
        );
        Ok(Self {
            client: config::client(&settings, &list),
            producer: producer.map_err(|e| error::about("", &e))?,
            instances: InstanceIds::default(),
            brokers,
            settings,
        })
    }

    fn admin(&self) -> Result<Admin, BusError> {
        Admin::new(&self.client, self.settings.request_timeout())
    }

    fn open(&self) -> Result<(), BusError> {
        if self.producer.is_closed() {
            return Err(BusError::Closed);
        }
        Ok(())
    }
}

#[async_trait]
impl Bus for KafkaBus {
    async fn publish(&self, record: ProducerRecord) -> Result<RecordMetadata, BusError> {
        self.producer.publish(&record).await
    }

    async fn join(&self, group: Group) -> Result<Box<dyn GroupConsumer>, BusError> {
        self.open()?;
        self.producer.partitions(&group.topic).await?;
        let instance = self.settings.group_instance_id.as_ref();
        let instance = instance.map(|base| self.instances.acquire(base, &group.name));
        let name = instance.as_ref().map(|own| own.name.as_str());
        let config = config::member(&self.settings, &self.brokers.to_string(), &group, name);
        let timeouts = Timeouts {
            request: self.settings.request_timeout(),
            max_poll: Duration::from_millis(self.settings.max_poll_interval_ms.into()),
        };
        let consumer = consumer::join(config, group, instance, timeouts).await?;
        Ok(Box::new(consumer))
    }

    async fn read(&self, spans: Vec<PartitionRange>) -> Result<Box<dyn Reader>, BusError> {
        self.open()?;
        let config = config::reader(&self.settings, &self.brokers.to_string());
        let reader = reader::open(config, spans, self.settings.request_timeout()).await?;
        Ok(Box::new(reader))
    }

    async fn partitions(&self, topic: &str) -> Result<u32, BusError> {
        self.producer.partitions(topic).await
    }

    async fn ensure(&self, topics: &[TopicSpec]) -> Result<Vec<String>, BusError> {
        let admin = self.admin()?;
        let mut created = Vec::new();
        for spec in topics {
            if admin.ensure(spec, &self.producer).await? {
                created.push(spec.name.clone());
            }
        }
        Ok(created)
    }

    async fn delete_before(
        &self,
        topic: &str,
        partition: u32,
        offset: i64,
    ) -> Result<(), BusError> {
        let (low, high) = self.producer.watermarks(topic, partition).await?;
        let offset = offset.min(high);
        if offset <= low {
            return Ok(());
        }
        self.admin()?.delete_before(topic, partition, offset).await
    }

    async fn ready(&self, limit: Duration) -> Result<(), BusError> {
        admin::ready(&self.brokers, &self.client, limit).await
    }

    async fn close(&self) {
        self.producer.close().await;
    }
}

/// Runs a blocking call on a blocking thread.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, BusError> + Send + 'static,
) -> Result<T, BusError> {
    let done = tokio::task::spawn_blocking(act).await;
    done.map_err(|_| BusError::Closed)?
}
