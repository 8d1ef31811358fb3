//! Encrypted and authenticated connections, judged by a broker with certificates and users.

use std::path::PathBuf;
use std::time::Duration;

use mynah_bus::kafka::KafkaBus;
use mynah_bus::{
    Bus as _, BusError, BusSettings, KafkaSecurity, OffsetReset, SaslMechanism, SecurityProtocol,
    StartOffset,
};

use crate::harness::{self, group, outgoing, record, span, spec, text, unique, within};

/// How long a broker may take to refuse a client.
const READY_LIMIT: Duration = Duration::from_secs(5);

/// The broker that is there, by another of its listeners.
struct Broker {
    settings: BusSettings,
    certificates: PathBuf,
}

impl Broker {
    /// None where there is no broker, which is a failure where services are required.
    fn at(listener: &str) -> Option<Self> {
        let settings = harness::kafka_settings()?;
        let variable = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        let settings = BusSettings {
            brokers: variable(listener),
            request_timeout_ms: 3_000,
            ..settings
        };
        let certificates = variable("MYNAH_TEST_KAFKA_CERTIFICATES").into();
        Some(Self {
            settings,
            certificates,
        })
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        Some(self.certificates.join(name))
    }

    fn bus(&self, security: KafkaSecurity) -> Result<KafkaBus, BusError> {
        KafkaBus::new(&BusSettings {
            security,
            ..self.settings.clone()
        })
    }

    /// With the client certificate that the broker trusts.
    fn with_certificate(&self) -> KafkaSecurity {
        KafkaSecurity {
            protocol: SecurityProtocol::Ssl,
            ca_file: self.file("ca.pem"),
            certificate_file: self.file("client.pem"),
            key_file: self.file("client.key"),
            ..KafkaSecurity::default()
        }
    }

    /// With the user of the broker.
    fn with_user(&self, sasl_mechanism: SaslMechanism) -> KafkaSecurity {
        let variable = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        KafkaSecurity {
            protocol: SecurityProtocol::SaslSsl,
            ca_file: self.file("ca.pem"),
            sasl_mechanism,
            sasl_user: variable("MYNAH_TEST_KAFKA_USER"),
            sasl_password: variable("MYNAH_TEST_KAFKA_PASSWORD").into(),
            ..KafkaSecurity::default()
        }
    }

    /// The message with which a bus by these settings is not ready.
    async fn refusal(&self, security: KafkaSecurity) -> String {
        let bus = self.bus(security).expect("valid settings");
        let error = bus.ready(READY_LIMIT).await.expect_err("it is let in");
        bus.close().await;
        error.to_string()
    }
}

const TLS: &str = "MYNAH_TEST_KAFKA_TLS";
const LOGIN: &str = "MYNAH_TEST_KAFKA_LOGIN";

/// Every kind of client that a bus has: producer, administrator, group, reader.
async fn records_travel(bus: KafkaBus) {
    bus.ready(READY_LIMIT).await.unwrap();
    let topic = unique("secure");
    bus.ensure(&[spec(&topic, 1)]).await.unwrap();
    bus.publish(outgoing(&topic, "session", "sent"))
        .await
        .unwrap();
    let group = group(&topic, OffsetReset::Earliest, true);
    let mut member = bus.join(group).await.unwrap();
    assert_eq!(text(&record(&mut *member).await), "sent");
    member.leave().await.unwrap();
    let spans = vec![span(&topic, 0, StartOffset::Earliest, true)];
    let mut reader = bus.read(spans).await.unwrap();
    assert_eq!(text(&reader.next().await.unwrap().unwrap()), "sent");
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_travel_over_tls_with_client_certificate() {
    let Some(broker) = Broker::at(TLS) else {
        return;
    };
    within(records_travel(
        broker.bus(broker.with_certificate()).unwrap(),
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_travel_over_tls_with_every_scram_mechanism() {
    let Some(broker) = Broker::at(LOGIN) else {
        return;
    };
    for mechanism in [SaslMechanism::ScramSha512, SaslMechanism::ScramSha256] {
        let bus = broker.bus(broker.with_user(mechanism)).unwrap();
        within(records_travel(bus)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_logins_are_named_and_show_no_password() {
    let Some(broker) = Broker::at(LOGIN) else {
        return;
    };
    let right = broker.with_user(SaslMechanism::ScramSha512);
    let wrong = [
        KafkaSecurity {
            sasl_password: "hunter2".to_owned().into(),
            ..right.clone()
        },
        KafkaSecurity {
            sasl_user: "stranger".into(),
            ..right.clone()
        },
        KafkaSecurity {
            sasl_mechanism: SaslMechanism::Plain,
            ..right
        },
    ];
    for security in wrong {
        let message = broker.refusal(security.clone()).await;
        assert!(
            message.contains("refuses the login"),
            "{security:?}: {message}"
        );
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_cannot_be_verified_are_refused() {
    let (Some(tls), Some(login)) = (Broker::at(TLS), Broker::at(LOGIN)) else {
        return;
    };
    let with_user = login.with_user(SaslMechanism::ScramSha512);
    let certificate = tls.with_certificate();
    let cases = [
        // A broker of another authority.
        (
            &login,
            KafkaSecurity {
                ca_file: login.file("other-ca.pem"),
                ..with_user.clone()
            },
        ),
        // The authorities of the system.
        (
            &login,
            KafkaSecurity {
                ca_file: None,
                ..with_user
            },
        ),
        // A client certificate of an authority that the broker does not trust.
        (
            &tls,
            KafkaSecurity {
                certificate_file: tls.file("other-client.pem"),
                key_file: tls.file("other-client.key"),
                ..certificate.clone()
            },
        ),
        // None at all.
        (
            &tls,
            KafkaSecurity {
                certificate_file: None,
                key_file: None,
                ..certificate
            },
        ),
    ];
    for (broker, security) in cases {
        let message = broker.refusal(security.clone()).await;
        assert!(message.contains("by TLS"), "{security:?}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unusable_files_are_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.pem");
    std::fs::write(&damaged, "no certificate").unwrap();
    for file in [folder.path().join("absent.pem"), damaged] {
        let settings = BusSettings {
            brokers: "127.0.0.1:9".into(),
            security: KafkaSecurity {
                protocol: SecurityProtocol::Ssl,
                ca_file: Some(file.clone()),
                ..KafkaSecurity::default()
            },
            ..BusSettings::default()
        };
        let Err(BusError::Refused(message)) = KafkaBus::new(&settings) else {
            panic!("{} is taken", file.display());
        };
        assert!(message.contains("ssl.ca.location"), "{message}");
    }
}
