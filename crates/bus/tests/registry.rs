//! The client of the schema registry, against a stand-in and against a real one.
#![allow(clippy::unwrap_used)]

mod support {
    pub(crate) mod registry;
    pub(crate) mod services;
}

use std::time::{Duration, Instant};

use mynah_bus::avro::{Codec, DecodeError, SchemaError, Schemas as _};
use mynah_bus::event::{Body, Event, Kind, SessionStatus};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::registry::{Registry, RegistryOptions};
use support::registry::{Mood, StandIn};
use support::services::{Service, are_ready, setting};

fn quick(url: &str) -> RegistryOptions {
    RegistryOptions {
        timeout: Duration::from_millis(300),
        unknown_for: Duration::ZERO,
        ..RegistryOptions::new(url)
    }
}

fn to(stand_in: &StandIn) -> Registry {
    Registry::new(quick(&stand_in.url)).unwrap()
}

fn event() -> Event {
    let status = SessionStatus::Ended { segments: 3 };
    Event::new(
        SessionId::fresh(),
        Stage::Detect,
        Body::SessionStatus(status),
    )
}

/// What holds of every registry.
async fn registers_reads_and_refuses(url: &str) {
    let registry = Registry::new(RegistryOptions::new(url)).unwrap();
    registry.ready().await.unwrap();
    let first = registry.register_all().await.unwrap();
    let subjects: Vec<_> = first.iter().map(|own| own.subject.clone()).collect();
    assert_eq!(subjects, Kind::ALL.map(Kind::subject));

    let other = Registry::new(RegistryOptions::new(url)).unwrap();
    let second = other.register_all().await.unwrap();
    assert!(second.iter().all(|own| !own.new), "{second:?}");
    let ids =
        |all: &[mynah_bus::registry::Registered]| all.iter().map(|own| own.id).collect::<Vec<_>>();
    assert_eq!(ids(&first), ids(&second));

    // A writer and a reader that share nothing but the registry.
    let writer = Codec::new(Registry::new(RegistryOptions::new(url)).unwrap());
    let reader = Codec::new(Registry::new(RegistryOptions::new(url)).unwrap());
    writer.ready().await.unwrap();
    let event = event();
    let body = writer.encode(&event).await.unwrap();
    let id = first
        .iter()
        .find(|own| own.subject == Kind::SessionStatus.subject())
        .unwrap()
        .id;
    assert_eq!(body[..5], [&[0], id.to_be_bytes().as_slice()].concat());
    assert_eq!(
        reader.decode(Kind::SessionStatus, &body).await.unwrap(),
        event
    );

    let unknown = reader
        .decode(Kind::SessionStatus, &[0, 0x7f, 0xff, 0xff, 0xf0])
        .await;
    let unknown = unknown.unwrap_err();
    assert_eq!(
        unknown,
        DecodeError::Schema(SchemaError::Unknown(0x7fff_fff0))
    );
    assert!(!unknown.is_transient());
}

async fn a_schema_that_cannot_read_what_is_there_is_refused(url: &str) {
    let registry = Registry::new(RegistryOptions::new(url)).unwrap();
    let subject = format!("mynah-test-{}-value", SessionId::fresh());
    let schema = |fields: &str| format!(r#"{{"type":"record","name":"T","fields":[{fields}]}}"#);
    let one = schema(r#"{"name":"a","type":"string"}"#);
    let two =
        schema(r#"{"name":"a","type":"string"},{"name":"b","type":["null","int"],"default":null}"#);
    let bad = schema(r#"{"name":"a","type":"string"},{"name":"c","type":"int"}"#);
    assert!(registry.register(&subject, &one).await.unwrap().new);
    assert!(registry.register(&subject, &two).await.unwrap().new);
    assert!(!registry.register(&subject, &one).await.unwrap().new);
    let error = registry.register(&subject, &bad).await.unwrap_err();
    assert!(matches!(error, SchemaError::Refused(_)), "{error:?}");
    assert!(error.to_string().starts_with(&subject), "{error}");
    assert!(error.to_string().len() < 400, "{error}");
    println!("{error}");
}

#[tokio::test]
async fn the_stand_in_registers_and_returns_schemas() {
    let stand_in = StandIn::start().await;
    registers_reads_and_refuses(&stand_in.url).await;
    a_schema_that_cannot_read_what_is_there_is_refused(&stand_in.url).await;
    for kind in Kind::ALL {
        let set = stand_in.compatibility(&kind.subject());
        assert_eq!(set.unwrap(), "BACKWARD_TRANSITIVE", "{kind:?}");
    }
}

#[tokio::test]
async fn a_real_registry_registers_and_returns_schemas() {
    if !are_ready(&[Service::Registry]) {
        return;
    }
    let Some(url) = setting("MYNAH_BUS__REGISTRY") else {
        return;
    };
    registers_reads_and_refuses(&url).await;
    a_schema_that_cannot_read_what_is_there_is_refused(&url).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for kind in Kind::ALL {
        let config = format!("{}/config/{}", url.trim_end_matches('/'), kind.subject());
        let answer = http.get(config).send().await.unwrap().text().await.unwrap();
        assert!(answer.contains("BACKWARD_TRANSITIVE"), "{kind:?}: {answer}");
    }
}

#[tokio::test]
async fn cached_schemas_are_not_requested_again_and_outlive_an_outage() {
    let stand_in = StandIn::start().await;
    to(&stand_in).register_all().await.unwrap();
    let codec = Codec::new(to(&stand_in));
    let reader = Codec::new(to(&stand_in));
    let body = codec.encode(&event()).await.unwrap();
    reader.decode(Kind::SessionStatus, &body).await.unwrap();
    stand_in.requests();
    stand_in.mood(Mood::Silent);
    let again = codec.encode(&event()).await.unwrap();
    codec.decode(Kind::SessionStatus, &again).await.unwrap();
    reader.decode(Kind::SessionStatus, &again).await.unwrap();
    assert_eq!(stand_in.requests(), Vec::<String>::new());

    // An id that was not requested before is unavailable now, and available after the outage.
    let unknown = [&[0, 0, 0, 0, 1], &again[5..]].concat();
    let error = reader.decode(Kind::AudioInput, &unknown).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    stand_in.mood(Mood::Well);
    let error = reader.decode(Kind::AudioInput, &unknown).await.unwrap_err();
    assert!(!error.is_transient(), "{error}");
}

#[tokio::test]
async fn transient_faults_are_retried_and_permanent_ones_are_not() {
    let stand_in = StandIn::start().await;
    let registry = to(&stand_in);
    registry.register_all().await.unwrap();
    let first = || async {
        stand_in.requests();
        to(&stand_in).writer(1).await
    };
    stand_in.mood(Mood::Failing(2));
    first().await.unwrap();
    assert_eq!(stand_in.requests().len(), 3);

    stand_in.mood(Mood::Failing(99));
    assert!(first().await.unwrap_err().is_transient());
    assert_eq!(stand_in.requests().len(), RegistryOptions::MAX_ATTEMPTS);
    assert!(registry.ready().await.unwrap_err().is_transient());
    assert_eq!(stand_in.requests().len(), 1);

    // A proxy's 404 is no response about schemas.
    for mood in [Mood::Stranger, Mood::Garbage] {
        stand_in.mood(mood);
        assert!(first().await.unwrap_err().is_transient(), "{mood:?}");
        assert_eq!(stand_in.requests().len(), 1, "{mood:?}");
    }

    stand_in.mood(Mood::Well);
    assert_eq!(
        to(&stand_in).writer(77).await.unwrap_err(),
        SchemaError::Unknown(77)
    );
}

#[tokio::test]
async fn a_silent_registry_costs_a_stated_time() {
    let stand_in = StandIn::start().await;
    stand_in.mood(Mood::Silent);
    let registry = to(&stand_in);
    let began = Instant::now();
    let error = registry.writer(1).await.unwrap_err();
    assert_eq!(
        error,
        SchemaError::Unreachable("no response in time".into())
    );
    // Three times 0.3 s, and two pauses of at most 0.2 and 0.4 s.
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );

    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret-path", unused.local_addr().unwrap());
    drop(unused);
    let error = Registry::new(quick(&url))
        .unwrap()
        .ready()
        .await
        .unwrap_err();
    assert_eq!(error, SchemaError::Unreachable("no connection".into()));
}

#[tokio::test]
async fn an_unknown_id_is_not_requested_again_at_once() {
    let stand_in = StandIn::start().await;
    let options = RegistryOptions {
        unknown_for: Duration::from_secs(60),
        ..quick(&stand_in.url)
    };
    let registry = Registry::new(options).unwrap();
    for _ in 0..3 {
        let unknown = registry.writer(5).await.unwrap_err();
        assert_eq!(unknown, SchemaError::Unknown(5));
    }
    assert_eq!(stand_in.requests().len(), 1);
}

#[tokio::test]
async fn requests_have_credentials_and_messages_have_none() {
    // ann:hunter2
    let stand_in = StandIn::start_with(Some("Basic YW5uOmh1bnRlcjI=")).await;
    let options = RegistryOptions {
        user: Some("ann".into()),
        password: "hunter2".to_owned().into(),
        ..quick(&stand_in.url)
    };
    assert!(!format!("{options:?}").contains("hunter2"));
    Registry::new(options.clone())
        .unwrap()
        .register_all()
        .await
        .unwrap();

    let wrong = RegistryOptions {
        password: "hunter3".to_owned().into(),
        ..options
    };
    for registry in [Registry::new(wrong).unwrap(), to(&stand_in)] {
        stand_in.requests();
        let error = registry.writer(1).await.unwrap_err();
        // The operator's to mend, so nothing is thrown away meanwhile.
        assert!(error.is_transient(), "{error}");
        assert!(!error.to_string().contains("hunter"), "{error}");
        assert_eq!(stand_in.requests().len(), 1);
        assert!(registry.ready().await.is_err());
    }
}

#[tokio::test]
async fn an_unregistered_schema_is_named_with_the_command_for_it() {
    let stand_in = StandIn::start().await;
    let error = Codec::new(to(&stand_in)).ready().await.unwrap_err();
    assert_eq!(error, SchemaError::NotRegistered("AudioInputEvent"));
    assert!(error.to_string().contains("mynah pipeline init"));
}
