//! The settings of the bus.

use std::time::Duration;

use garde::Validate;
use mynah_secret::Secret;
use mynah_settings::rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::brokers::Brokers;
use crate::security::KafkaSecurity;

/// How events travel between the stages: within one process, or by Apache Kafka.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct BusSettings {
    /// Which bus: `memory` (within this process, not durable) or `kafka`. Default `memory`.
    pub kind: BusKind,
    /// Where Kafka's brokers listen: `host:port`, several with commas between, an IPv6 address in
    /// brackets. The port is 9092 where none is named. No default; needed for `kafka`.
    #[garde(custom(are_brokers(self.kind)))]
    pub brokers: String,
    /// Encryption and authentication of the connections to the brokers.
    #[garde(dive)]
    pub security: KafkaSecurity,
    /// The schema registry's URL (Confluent's REST interface), with `http` or `https` and without a
    /// user or password in it. Default none.
    #[garde(custom(is_registry))]
    pub registry: String,
    /// The user of the schema registry. Default none.
    #[garde(custom(rule(
        self.registry_user.is_empty() || !self.registry.is_empty(),
        "needs registry"
    )))]
    pub registry_user: String,
    /// The password of that user. Default none.
    #[garde(custom(rule(
        self.registry_password.is_empty() || !self.registry_user.is_empty(),
        "needs registry_user"
    )))]
    pub registry_password: Secret,
    /// Partitions of each topic, the same for all: how many processes can share a stage. It can't be
    /// changed for topics that are there. Default 4.
    #[garde(range(min = 1, max = 1_024))]
    pub partitions: u32,
    /// On how many brokers each record lies. Default 1.
    #[garde(range(min = 1, max = 16))]
    pub replication: u16,
    /// Hours for which records are kept. Default 24.
    #[garde(range(min = 1, max = 8_760))]
    pub retention_hours: u32,
    /// Milliseconds without a heartbeat after which a consumer loses its partitions. At least three
    /// times `heartbeat_interval_ms`. Kafka's brokers accept 6000 to 1800000 by default. Default 6000.
    #[garde(range(min = 1_000, max = 1_800_000))]
    #[garde(custom(rule(
        self.session_timeout_ms >= self.heartbeat_interval_ms.saturating_mul(3),
        "must be at least three times heartbeat_interval_ms"
    )))]
    pub session_timeout_ms: u32,
    /// Milliseconds between heartbeats. Default 2000.
    #[garde(range(min = 100, max = 600_000))]
    pub heartbeat_interval_ms: u32,
    /// Milliseconds without a poll after which a consumer is considered stuck and loses its
    /// partitions. More than `session_timeout_ms`. Default 300000.
    #[garde(range(min = 2_000, max = 3_600_000))]
    #[garde(custom(rule(
        self.max_poll_interval_ms > self.session_timeout_ms,
        "must be more than session_timeout_ms"
    )))]
    pub max_poll_interval_ms: u32,
    /// Milliseconds for which a record is tried to be delivered. At least `request_timeout_ms` +
    /// `linger_ms`. Default 30000.
    #[garde(range(min = 1_000, max = 600_000))]
    #[garde(custom(rule(
        self.delivery_timeout_ms >= self.request_timeout_ms.saturating_add(self.linger_ms),
        "must be at least request_timeout_ms + linger_ms"
    )))]
    pub delivery_timeout_ms: u32,
    /// Milliseconds for which one request to a broker may take. Default 5000.
    #[garde(range(min = 1_000, max = 60_000))]
    pub request_timeout_ms: u32,
    /// Milliseconds for which a record may wait for others to travel with. Default 1.
    #[garde(range(max = 100))]
    pub linger_ms: u32,
    /// A name of this process that stays over a restart (static membership): its partitions wait for
    /// it until `session_timeout_ms`. Must differ between processes. 1 to 200 characters of `A-Z a-z
    /// 0-9 . _ -`. Default none: off.
    #[garde(inner(custom(is_instance_id)))]
    pub group_instance_id: Option<String>,
}

/// Which bus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BusKind {
    /// Within this process.
    #[default]
    Memory,
    /// Apache Kafka.
    Kafka,
}

impl Default for BusSettings {
    fn default() -> Self {
        Self {
            kind: BusKind::Memory,
            brokers: String::new(),
            security: KafkaSecurity::default(),
            registry: String::new(),
            registry_user: String::new(),
            registry_password: Secret::default(),
            partitions: 4,
            replication: 1,
            retention_hours: 24,
            session_timeout_ms: 6_000,
            heartbeat_interval_ms: 2_000,
            max_poll_interval_ms: 300_000,
            delivery_timeout_ms: 30_000,
            request_timeout_ms: 5_000,
            linger_ms: 1,
            group_instance_id: None,
        }
    }
}

impl BusSettings {
    /// For how long records are kept.
    pub fn retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.retention_hours) * 3_600)
    }

    /// For how long one request may take.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms.into())
    }
}

/// For a rule: the brokers can be read; where Kafka is used there is one.
fn are_brokers(kind: BusKind) -> impl FnOnce(&str, &()) -> garde::Result {
    move |brokers, &()| match Brokers::parse(brokers) {
        Ok(_) => Ok(()),
        Err(_) if brokers.is_empty() => rule(
            kind != BusKind::Kafka,
            "must name at least one broker, such as localhost:9092",
        )(brokers, &()),
        Err(wrong) => Err(garde::Error::new(format!(
            "has errors: {}",
            wrong.join(", ")
        ))),
    }
}

/// For a rule. The message never repeats the URL: it may hold a password.
fn is_registry(registry: &str, &(): &()) -> garde::Result {
    let wrong = match Url::parse(registry) {
        _ if registry.is_empty() => None,
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            if !url.username().is_empty() || url.password().is_some() {
                Some("must not hold a user or password: use registry_user and registry_password")
            } else if url.query().is_some() || url.fragment().is_some() {
                Some("must have no query and no fragment")
            } else {
                None
            }
        }
        _ => Some("must be a URL with http or https"),
    };
    rule(wrong.is_none(), wrong.unwrap_or_default())(registry, &())
}

/// For a rule: an id of static membership is 1 to 200 plain characters.
fn is_instance_id(id: &str, &(): &()) -> garde::Result {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let holds = (1..=200).contains(&id.len()) && id.chars().all(plain);
    rule(holds, "must be 1 to 200 of A-Z a-z 0-9 . _ -")(id, &())
}

#[cfg(test)]
mod tests {
    use mynah_settings::{InvalidSettings, check};

    use super::*;

    fn wrong(change: impl FnOnce(&mut BusSettings)) -> Vec<String> {
        let mut settings = BusSettings::default();
        change(&mut settings);
        let error = check(&settings).err();
        let problems = error.iter().flat_map(InvalidSettings::problems);
        problems.map(ToString::to_string).collect()
    }

    #[test]
    fn the_defaults_are_valid_and_every_range_has_its_ends() {
        assert_eq!(check(&BusSettings::default()), Ok(()));
        type Change = fn(&mut BusSettings, u32);
        let ranges: [(&str, u32, u32, Change); 9] = [
            ("partitions", 1, 1_024, |s, v| s.partitions = v),
            ("replication", 1, 16, |s, v| s.replication = v as u16),
            ("retention_hours", 1, 8_760, |s, v| s.retention_hours = v),
            ("session_timeout_ms", 1_000, 1_800_000, |s, v| {
                s.heartbeat_interval_ms = 300;
                s.max_poll_interval_ms = 3_600_000;
                s.session_timeout_ms = v;
            }),
            ("heartbeat_interval_ms", 100, 600_000, |s, v| {
                s.session_timeout_ms = 1_800_000;
                s.max_poll_interval_ms = 3_600_000;
                s.heartbeat_interval_ms = v;
            }),
            ("max_poll_interval_ms", 2_000, 3_600_000, |s, v| {
                s.heartbeat_interval_ms = 300;
                s.session_timeout_ms = 1_000;
                s.max_poll_interval_ms = v;
            }),
            ("delivery_timeout_ms", 1_000, 600_000, |s, v| {
                s.request_timeout_ms = 1_000;
                s.linger_ms = 0;
                s.delivery_timeout_ms = v;
            }),
            ("request_timeout_ms", 1_000, 60_000, |s, v| {
                s.delivery_timeout_ms = 600_000;
                s.request_timeout_ms = v;
            }),
            ("linger_ms", 0, 100, |s, v| s.linger_ms = v),
        ];
        for (name, min, max, change) in ranges {
            for inside in [min, max] {
                assert_eq!(wrong(|s| change(s, inside)), Vec::<String>::new(), "{name}");
            }
            for outside in [min.checked_sub(1), Some(max + 1)].into_iter().flatten() {
                let found = wrong(|s| change(s, outside));
                let expected = format!("{name} must be {min} to {max}");
                assert!(found.contains(&expected), "{name} = {outside}: {found:?}");
            }
        }
    }

    #[test]
    fn all_errors_are_listed_at_once() {
        let found = wrong(|s| {
            s.kind = BusKind::Kafka;
            s.registry = "https://me:hunter2@registry".to_owned();
            s.heartbeat_interval_ms = 2_001;
            s.max_poll_interval_ms = 6_000;
            s.delivery_timeout_ms = 5_000;
            s.linger_ms = 101;
            s.group_instance_id = Some(String::new());
        });
        assert_eq!(found.len(), 7, "{found:?}");
        assert!(!found.concat().contains("hunter2"));
        let relations = wrong(|s| s.heartbeat_interval_ms = 2_001);
        assert_eq!(
            relations,
            ["session_timeout_ms must be at least three times heartbeat_interval_ms"]
        );
    }

    #[test]
    fn credentials_in_addresses_are_refused() {
        let found = wrong(|s| s.brokers = "me:hunter2@kafka:9092,ok:9092".to_owned());
        assert_eq!(found.len(), 1);
        assert!(!found[0].contains("hunter2"), "{found:?}");
        assert!(wrong(|s| s.registry = "http://[::1]:8081/apis/ccompat/v7".to_owned()).is_empty());
        assert_eq!(wrong(|s| s.registry = "ftp://registry".to_owned()).len(), 1);
        assert_eq!(wrong(|s| s.registry_user = "me".to_owned()).len(), 1);
        assert_eq!(
            wrong(|s| s.registry_password = "x".to_owned().into()).len(),
            1
        );
    }

    #[test]
    fn unknown_settings_are_errors() {
        let read = |text| serde_json::from_str::<BusSettings>(text);
        assert_eq!(read(r#"{"kind":"kafka"}"#).unwrap().kind, BusKind::Kafka);
        assert!(read(r#"{"broker":"localhost"}"#).is_err());
    }
}
