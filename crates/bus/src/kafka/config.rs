//! Settings, in librdkafka's format
//! (<https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md>).

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use crate::bus::{Group, OffsetReset};
use crate::limits::MAX_DEAD_LETTER_BYTES;
use crate::security::{KafkaSecurity, SaslMechanism, SecurityProtocol};
use crate::settings::BusSettings;

/// The maximum number of bytes that wait to be sent; further publishers wait.
pub(super) const QUEUE_BYTES: usize = 64 << 20;

/// The minimum size that a queued record counts, so that their number is bounded too.
pub(super) const QUEUE_RECORD_BYTES: usize = 1 << 10;

/// The maximum number of kibibytes of a partition that are prefetched.
const FETCHED_KIB: usize = 4 << 10;

/// Milliseconds between the statistics with the end offsets.
const STATISTICS_MS: u32 = 1_000;

/// The settings of all clients. `brokers` is parsed: it holds no user and no password.
pub(super) fn client(settings: &BusSettings, brokers: &str) -> ClientConfig {
    let timeout = settings.request_timeout_ms;
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("client.id", "mynah")
        .set("allow.auto.create.topics", "false")
        .set("socket.timeout.ms", timeout.to_string())
        .set("socket.connection.setup.timeout.ms", timeout.to_string())
        .set("socket.nagle.disable", "true")
        .set("reconnect.backoff.ms", "100")
        .set("reconnect.backoff.max.ms", "1000")
        .set("log.connection.close", "false")
        .set_log_level(RDKafkaLogLevel::Info);
    secure(&mut config, &settings.security);
    config
}

/// Sets encryption and authentication. The settings are valid.
fn secure(config: &mut ClientConfig, security: &KafkaSecurity) {
    let protocol = match security.protocol {
        SecurityProtocol::Plaintext => return,
        SecurityProtocol::Ssl => "ssl",
        SecurityProtocol::SaslSsl => "sasl_ssl",
    };
    config.set("security.protocol", protocol);
    for (key, file) in [
        ("ssl.ca.location", &security.ca_file),
        ("ssl.certificate.location", &security.certificate_file),
        ("ssl.key.location", &security.key_file),
    ] {
        if let Some(file) = file {
            config.set(key, file.to_string_lossy());
        }
    }
    if !security.key_password.is_empty() {
        config.set("ssl.key.password", security.key_password.expose());
    }
    if security.protocol == SecurityProtocol::SaslSsl {
        let mechanism = match security.sasl_mechanism {
            SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
            SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
            SaslMechanism::Plain => "PLAIN",
        };
        config
            .set("sasl.mechanism", mechanism)
            .set("sasl.username", &security.sasl_user)
            .set("sasl.password", security.sasl_password.expose());
    }
}

/// Every record acknowledged by all replicas in sync, once, and in order.
pub(super) fn producer(settings: &BusSettings, brokers: &str) -> ClientConfig {
    // QUEUE_BYTES is the only limit: librdkafka's own queue must not be full before it.
    let queue_kib = 2 * QUEUE_BYTES / 1_024;
    let queue_records = 2 * QUEUE_BYTES / QUEUE_RECORD_BYTES;
    let mut config = client(settings, brokers);
    config
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("message.max.bytes", MAX_DEAD_LETTER_BYTES.to_string())
        .set("queue.buffering.max.kbytes", queue_kib.to_string())
        .set("queue.buffering.max.messages", queue_records.to_string())
        .set("linger.ms", settings.linger_ms.to_string())
        .set(
            "request.timeout.ms",
            settings.request_timeout_ms.to_string(),
        )
        .set(
            "message.timeout.ms",
            settings.delivery_timeout_ms.to_string(),
        );
    config
}

fn consumer(settings: &BusSettings, brokers: &str) -> ClientConfig {
    let wait = (settings.request_timeout_ms / 4).min(500);
    let mut config = client(settings, brokers);
    config
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("message.max.bytes", MAX_DEAD_LETTER_BYTES.to_string())
        .set("fetch.message.max.bytes", MAX_DEAD_LETTER_BYTES.to_string())
        .set("fetch.max.bytes", (8 * MAX_DEAD_LETTER_BYTES).to_string())
        .set("fetch.wait.max.ms", wait.to_string())
        .set("fetch.queue.backoff.ms", "20")
        .set("fetch.error.backoff.ms", "100")
        .set("queued.min.messages", "1000")
        .set("queued.max.messages.kbytes", FETCHED_KIB.to_string());
    config
}

/// A group consumer; `instance` makes its membership static.
pub(super) fn member(
    settings: &BusSettings,
    brokers: &str,
    group: &Group,
    instance: Option<&str>,
) -> ClientConfig {
    let reset = match group.offset_reset {
        OffsetReset::Earliest => "earliest",
        OffsetReset::Latest => "latest",
    };
    let mut config = consumer(settings, brokers);
    config
        .set("group.id", &group.name)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("auto.offset.reset", reset)
        .set(
            "session.timeout.ms",
            settings.session_timeout_ms.to_string(),
        )
        .set(
            "heartbeat.interval.ms",
            settings.heartbeat_interval_ms.to_string(),
        )
        .set(
            "max.poll.interval.ms",
            settings.max_poll_interval_ms.to_string(),
        )
        .set("statistics.interval.ms", STATISTICS_MS.to_string());
    if let Some(instance) = instance {
        config.set("group.instance.id", instance);
    }
    config
}

/// A reader without a group. The group is only a name: nothing joins it or commits to it.
pub(super) fn reader(settings: &BusSettings, brokers: &str) -> ClientConfig {
    let mut config = consumer(settings, brokers);
    config
        .set("group.id", "mynah-reader")
        .set("auto.offset.reset", "earliest")
        .set("enable.partition.eof", "true");
    config
}
