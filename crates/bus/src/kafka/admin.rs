//! Administration of topics, and the readiness of brokers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use backon::{ConstantBuilder, Retryable as _};
use rdkafka::ClientConfig;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, ConfigSource, NewTopic, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::{Offset, TopicPartitionList};

use super::context::Plain;
use super::producer::{Producer, drop_aside};
use super::{blocking, error};
use crate::brokers::Brokers;
use crate::bus::TopicSpec;
use crate::error::BusError;
use crate::limits::MAX_DEAD_LETTER_BYTES;
use crate::record::topic;

/// How long a new topic may take until every partition has a leader.
const LEADERS_WITHIN: Duration = Duration::from_secs(10);

/// The interval between requests to a broker for the leaders of a new topic.
const LEADER_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// How long queued events may take to be read.
const EVENTS_WITHIN: Duration = Duration::from_millis(500);

/// An admin client, made for each rare change.
pub(super) struct Admin {
    client: Option<AdminClient<Plain>>,
    options: AdminOptions,
}

impl Admin {
    pub(super) fn new(config: &ClientConfig, limit: Duration) -> Result<Self, BusError> {
        let mut config = config.clone();
        // The logs of this client are not read, and librdkafka would keep them.
        config.set_log_level(rdkafka::config::RDKafkaLogLevel::Emerg);
        let client = config.create_with_context(Plain);
        let options = AdminOptions::new()
            .request_timeout(Some(limit))
            .operation_timeout(Some(limit));
        Ok(Self {
            client: Some(client.map_err(|e| error::about("", &e))?),
            options,
        })
    }

    fn client(&self) -> Result<&AdminClient<Plain>, BusError> {
        self.client.as_ref().ok_or(BusError::Closed)
    }

    /// Creates a topic, or applies the settings to an existing one. Returns whether it was created.
    pub(super) async fn ensure(
        &self,
        spec: &TopicSpec,
        producer: &Producer,
    ) -> Result<bool, BusError> {
        let created = match producer.partitions(&spec.name).await {
            Ok(_) => false,
            Err(BusError::NoTopic(_)) => self.create(spec).await?,
            Err(error) => return Err(error),
        };
        let found = self.settled(spec, producer, created).await?;
        if found != spec.partitions {
            return Err(BusError::Refused(format!(
                "{} has {found} partitions, and {} are set; delete the topic, or set bus.partitions",
                spec.name, spec.partitions
            )));
        }
        if !created {
            self.alter(spec).await?;
        }
        Ok(created)
    }

    async fn create(&self, spec: &TopicSpec) -> Result<bool, BusError> {
        let wanted = wanted(spec);
        let replication = TopicReplication::Fixed(spec.replication.into());
        let mut new = NewTopic::new(&spec.name, spec.partitions as i32, replication);
        for (key, value) in &wanted {
            new = new.set(key, value);
        }
        let results = self.client()?.create_topics(&[new], &self.options).await;
        let results = results.map_err(|e| error::about(&spec.name, &e))?;
        match results.into_iter().next() {
            Some(Ok(_)) => Ok(true),
            // Another process was faster.
            Some(Err((_, Code::TopicAlreadyExists))) => Ok(false),
            Some(Err((name, code))) => Err(error::about_code(&name, code)),
            None => Err(BusError::Unreachable(
                "no response about a topic".to_owned(),
            )),
        }
    }

    /// Waits until every broker has the metadata of a new topic.
    async fn settled(
        &self,
        spec: &TopicSpec,
        producer: &Producer,
        created: bool,
    ) -> Result<u32, BusError> {
        let deadline = Instant::now() + LEADERS_WITHIN;
        let policy = ConstantBuilder::default()
            .with_delay(LEADER_POLL_INTERVAL)
            .without_max_times();
        (|| led(&spec.name, producer))
            .retry(policy)
            .when(|error| {
                let may_change = match error {
                    BusError::NoTopic(_) => created,
                    error => error.is_transient(),
                };
                may_change && Instant::now() < deadline
            })
            .await
    }

    /// `AlterConfigs` resets what it does not name, so other settings are named too.
    async fn alter(&self, spec: &TopicSpec) -> Result<(), BusError> {
        let resource = [ResourceSpecifier::Topic(&spec.name)];
        let described = self.client()?.describe_configs(&resource, &self.options);
        let described = described.await.map_err(|e| error::about(&spec.name, &e))?;
        let described = described.into_iter().next();
        let described = described.ok_or_else(|| BusError::NoTopic(spec.name.clone()))?;
        let described = described.map_err(|code| error::about_code(&spec.name, code))?;
        let entries = described.entries.into_iter();
        let own: BTreeMap<String, String> = entries
            .filter(|entry| entry.source == ConfigSource::DynamicTopic)
            .filter_map(|entry| Some((entry.name, entry.value?)))
            .collect();
        let mut merged = own.clone();
        merged.extend(wanted(spec).map(|(key, value)| (key.to_owned(), value)));
        if merged == own {
            return Ok(());
        }
        let mut change = AlterConfig::new(ResourceSpecifier::Topic(&spec.name));
        for (key, value) in &merged {
            change = change.set(key, value);
        }
        let results = self.client()?.alter_configs(&[change], &self.options).await;
        let results = results.map_err(|e| error::about(&spec.name, &e))?;
        match results.into_iter().next() {
            Some(Err((_, code))) => Err(error::about_code(&spec.name, code)),
            _ => Ok(()),
        }
    }

    pub(super) async fn delete_before(
        &self,
        topic: &str,
        partition: u32,
        offset: i64,
    ) -> Result<(), BusError> {
        let mut offsets = TopicPartitionList::new();
        let added = offsets.add_partition_offset(topic, partition as i32, Offset::Offset(offset));
        added.map_err(|e| error::about(topic, &e))?;
        let deleted = self.client()?.delete_records(&offsets, &self.options).await;
        let deleted = deleted.map_err(|e| error::about(topic, &e))?;
        for element in deleted.elements() {
            element.error().map_err(|e| error::about(topic, &e))?;
        }
        Ok(())
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop_aside(client);
        }
    }
}

/// The number of partitions, once each has a leader.
async fn led(topic: &str, producer: &Producer) -> Result<u32, BusError> {
    let count = producer.partitions(topic).await?;
    for partition in 0..count {
        producer.watermarks(topic, partition).await?;
    }
    Ok(count)
}

fn wanted(spec: &TopicSpec) -> [(&'static str, String); 4] {
    let mut max_bytes = spec.max_bytes;
    if spec.name.ends_with(topic::DEAD_LETTER_SUFFIX) {
        max_bytes = max_bytes.max(MAX_DEAD_LETTER_BYTES as u32);
    }
    [
        ("cleanup.policy", "delete".to_owned()),
        ("max.message.bytes", max_bytes.to_string()),
        ("message.timestamp.type", "LogAppendTime".to_owned()),
        ("retention.ms", spec.retention.as_millis().to_string()),
    ]
}

/// Requests metadata from each broker in turn, until one responds.
pub(super) async fn ready(
    brokers: &Brokers,
    config: &ClientConfig,
    limit: Duration,
) -> Result<(), BusError> {
    let mut silent = Vec::new();
    let mut failures = Vec::new();
    for broker in brokers.iter() {
        let mut config = config.clone();
        config.set("bootstrap.servers", broker.to_string());
        match blocking(move || probe(&config, limit)).await {
            Ok(None) => return Ok(()),
            Ok(Some(failure)) => failures.push(format!("{broker} {failure}")),
            Err(error) => {
                tracing::debug!(%broker, %error, "a broker does not respond");
                silent.push(broker.to_string());
            }
        }
    }
    if !silent.is_empty() {
        // A broker that refuses a client certificate closes the connection without an error.
        let by_tls = match config.get("security.protocol") {
            None => "",
            Some(_) => " by TLS (bus.security.protocol, ca_file, certificate_file)",
        };
        failures.insert(0, format!("no response from {}{by_tls}", silent.join(", ")));
    }
    Err(BusError::Unreachable(failures.join("; ")))
}

/// Connects to a broker: none if it responds, else why it refuses the login. Blocking.
fn probe(config: &ClientConfig, limit: Duration) -> Result<Option<&'static str>, BusError> {
    let client: BaseConsumer<Plain> = config
        .create_with_context(Plain)
        .map_err(|e| error::about("", &e))?;
    let metadata = client.fetch_metadata(Some(topic::INGRESS), limit);
    // The failure of a handshake is an event of its own; the request only times out.
    let mut failure = None;
    let deadline = Instant::now() + EVENTS_WITHIN;
    while metadata.is_err() && failure.is_none() && Instant::now() < deadline {
        if let Some(Err(event)) = client.poll(EVENTS_WITHIN / 10) {
            failure = error::code_of(&event).and_then(error::login_failure);
        }
    }
    drop_aside(client);
    match (metadata, failure) {
        (Ok(_), _) => Ok(None),
        (Err(_), Some(failure)) => Ok(Some(failure)),
        (Err(error), None) => Err(error::about("", &error)),
    }
}
