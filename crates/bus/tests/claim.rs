//! The claim check: the same promises of a folder and of S3.
#![allow(clippy::unwrap_used)]

mod support {
    pub(crate) mod counting;
    pub(crate) mod services;
    pub(crate) mod storage;
}

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mynah_bus::claim::{StorageSettings, Store, StoreError, run_sweeper};
use mynah_bus::event::{AudioPayload, StoredObject};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::limits::{MAX_INLINE_BYTES, MAX_INLINE_REFERENCE_BYTES};
use support::counting::Counting;
use support::storage::TestStore;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

fn bytes(size: usize) -> Bytes {
    (0..size).map(|at| (at * 31 % 251) as u8).collect()
}

async fn put(store: &Store, session: &SessionId, bytes: Bytes) -> StoredObject {
    store
        .put(session, "segment-1", Stage::Detect, bytes)
        .await
        .unwrap()
}

macro_rules! of_every_store {
    ($($name:ident)+) => {
        mod folder {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::TestStore::folder()).await;
            })+
        }
        mod s3 {
            $(#[tokio::test]
            async fn $name() {
                if let Some(test) = super::TestStore::s3() {
                    super::$name(test).await;
                }
            })+
        }
    };
}

of_every_store! {
    what_is_put_away_comes_back
    the_same_bytes_again_are_the_same_object
    the_threshold_is_exact
    what_was_changed_is_not_returned
    what_is_too_large_is_not_downloaded
    other_addresses_are_refused
    an_odd_session_stays_in_its_place
    a_session_is_deleted_and_no_other
    what_is_old_is_swept_and_what_others_put_there_stays
    it_is_ready_without_writing
}

async fn what_is_put_away_comes_back(test: TestStore) {
    let (store, session) = (test.store(), SessionId::fresh());
    for size in [1, 1_000, 3_000_000] {
        let object = put(&store, &session, bytes(size)).await;
        assert_eq!(object.size, Some(size as u64));
        let digest = object.sha256.clone().unwrap();
        let key = format!("{session}/segment-1/vad/{digest}");
        assert!(object.uri.ends_with(&key), "{}", object.uri);
        assert_eq!(store.get(&object).await.unwrap(), bytes(size));
        // An event of others says neither.
        let bare = StoredObject {
            sha256: None,
            size: None,
            ..object
        };
        assert_eq!(store.get(&bare).await.unwrap(), bytes(size));
    }
}

async fn the_same_bytes_again_are_the_same_object(test: TestStore) {
    let (store, session) = (test.store(), SessionId::fresh());
    let first = put(&store, &session, bytes(100)).await;
    assert_eq!(put(&store, &session, bytes(100)).await, first);
    assert_eq!(store.list_session(&session).await.unwrap(), [first]);
    let other = put(&store, &session, bytes(101)).await;
    let listed = store.list_session(&session).await.unwrap();
    assert!(listed.len() == 2 && listed.contains(&other), "{listed:?}");
}

async fn the_threshold_is_exact(test: TestStore) {
    let store = test.store_with(|own| own.threshold_bytes = 1_000);
    let session = SessionId::fresh();
    let audio = async |size| {
        let made = store.store_audio(&session, "s", Stage::Synthesize, bytes(size));
        let audio = made.await.unwrap();
        assert_eq!(store.fetch(&audio).await.unwrap(), bytes(size));
        audio
    };
    assert!(matches!(audio(1_000).await, AudioPayload::Inline(_)));
    assert!(matches!(audio(1_001).await, AudioPayload::Stored(_)));
    let reference = async |size| store.store_reference(&session, bytes(size)).await.unwrap();
    assert!(matches!(
        reference(MAX_INLINE_REFERENCE_BYTES).await,
        AudioPayload::Inline(_)
    ));
    assert!(matches!(
        reference(MAX_INLINE_REFERENCE_BYTES + 1).await,
        AudioPayload::Stored(_)
    ));
}

async fn what_was_changed_is_not_returned(test: TestStore) {
    let (store, session) = (test.store(), SessionId::fresh());
    let object = put(&store, &session, bytes(1_000)).await;
    let wrong = |sha256: Option<&str>, size| StoredObject {
        sha256: sha256.map(str::to_owned),
        size,
        ..object.clone()
    };
    let got = async |object: StoredObject| store.get(&object).await.unwrap_err();
    let other = "0".repeat(64);
    assert_eq!(
        got(wrong(Some(&other), None)).await,
        StoreError::Tampered("digest")
    );
    assert_eq!(
        got(wrong(None, Some(999))).await,
        StoreError::Tampered("size")
    );

    let mut changed = bytes(1_000).to_vec();
    changed[500] ^= 1;
    test.overwrite(&object, changed).await;
    let error = got(object.clone()).await;
    assert_eq!(error, StoreError::Tampered("digest"));
    assert!(!error.is_transient());
    test.overwrite(&object, vec![0; 10]).await;
    assert_eq!(got(object.clone()).await, StoreError::Tampered("size"));

    store.delete_session(&session).await.unwrap();
    let error = got(object.clone()).await;
    assert_eq!((error.reason(), error.is_transient()), ("missing", false));
}

async fn what_is_too_large_is_not_downloaded(test: TestStore) {
    let session = SessionId::fresh();
    let object = put(&test.store(), &session, bytes(1_001)).await;
    let small = test.store_with(|own| {
        own.threshold_bytes = 100;
        own.max_object_bytes = 1_000;
    });
    let too_large = StoreError::TooLarge {
        bytes: 1_001,
        limit: 1_000,
    };
    for size in [Some(1_001), None, Some(7)] {
        let object = StoredObject {
            size,
            ..object.clone()
        };
        assert_eq!(small.get(&object).await.unwrap_err(), too_large);
    }
    let put = small.put(&session, "s", Stage::Detect, bytes(1_001)).await;
    assert_eq!(put.unwrap_err(), too_large);
    assert!(
        small
            .put(&session, "s", Stage::Detect, bytes(1_000))
            .await
            .is_ok()
    );
}

async fn other_addresses_are_refused(test: TestStore) {
    let (store, session) = (test.store(), SessionId::fresh());
    let object = put(&store, &session, bytes(10)).await;
    let (root, key) = test.split(&object.uri);
    let foreign = [
        "https://example.org/x".to_owned(),
        "http://169.254.169.254/latest".into(),
        "gs://mynah/x".into(),
        "s3://not-allowed/x".into(),
        "file:///etc/passwd".into(),
        format!("{root}/../{key}"),
        format!("{root}/{session}/../../x"),
        format!("{root}/%2e%2e/%2e%2e/etc/passwd"),
        format!("{root}//etc/passwd"),
        format!("{root}x/{key}"),
        format!("{root}/{key}?versionId=1"),
        root.to_owned(),
    ];
    for uri in foreign {
        let object = StoredObject {
            uri: uri.clone(),
            sha256: None,
            size: None,
        };
        let error = store.get(&object).await.unwrap_err();
        let refused = matches!(error.reason(), "address" | "bucket" | "missing");
        assert!(refused && !error.is_transient(), "{uri}: {error}");
    }
}

async fn an_odd_session_stays_in_its_place(test: TestStore) {
    let store = test.store();
    for name in [
        "..",
        "../../x",
        "/etc",
        "a/b",
        "a b",
        "ä#?%2F",
        "~",
        &"ß".repeat(64),
    ] {
        let session = SessionId::parse(name).unwrap();
        let object = store.put(&session, "../x", Stage::Detect, bytes(10)).await;
        let object = object.unwrap();
        let (_, key) = test.split(&object.uri);
        assert_eq!(key.split('/').count(), 4, "{name}: {key}");
        assert_eq!(store.get(&object).await.unwrap(), bytes(10), "{name}");
        assert_eq!(store.list_session(&session).await.unwrap(), [object]);
        assert_eq!(store.delete_session(&session).await.unwrap(), 1);
    }
}

async fn a_session_is_deleted_and_no_other(test: TestStore) {
    let store = test.store();
    let named = |name: &str| SessionId::parse(name).unwrap();
    let (ann, annabel) = (named("ann"), named("annabel"));
    for size in 1..=5 {
        put(&store, &ann, bytes(size)).await;
    }
    let stays = put(&store, &annabel, bytes(9)).await;
    assert_eq!(store.delete_session(&ann).await.unwrap(), 5);
    assert_eq!(store.list_session(&ann).await.unwrap(), []);
    assert_eq!(store.delete_session(&ann).await.unwrap(), 0);
    assert_eq!(store.get(&stays).await.unwrap(), bytes(9));
}

async fn what_is_old_is_swept_and_what_others_put_there_stays(test: TestStore) {
    let (store, session) = (test.store(), SessionId::fresh());
    let object = put(&store, &session, bytes(1)).await;
    put(&store, &session, bytes(2)).await;
    let theirs = test.put_beside("notes/of/somebody/else.txt").await;
    assert_eq!(store.sweep(Duration::from_secs(3_600)).await.unwrap(), 0);
    store.get(&object).await.unwrap();
    // The store's clock counts in milliseconds or seconds.
    let (began, mut swept) = (Instant::now(), 0);
    while swept < 2 {
        swept += store.sweep(Duration::ZERO).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(10), "{swept}");
        tokio::task::yield_now().await;
    }
    assert_eq!(swept, 2);
    assert_eq!(store.list_session(&session).await.unwrap(), []);
    assert!(test.is_there(&theirs).await);
}

async fn it_is_ready_without_writing(test: TestStore) {
    let store = test.store();
    store.ready().await.unwrap();
    assert_eq!(test.count().await, 0);
}

#[tokio::test]
async fn a_link_works_without_credentials_until_it_ends() {
    let Some(test) = TestStore::s3() else { return };
    let store = test.store();
    let object = put(&store, &SessionId::fresh(), bytes(5_000)).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let status = async |url: &str| http.get(url).send().await.unwrap().status().as_u16();

    let link = store.link(&object, Duration::from_secs(900)).await.unwrap();
    let answer = http.get(link.expose()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.bytes().await.unwrap(), bytes(5_000));
    assert_eq!(format!("{link:?}"), "***");
    assert!(!object.uri.contains("Signature"));

    let (head, last) = link.expose().split_at(link.expose().len() - 1);
    let flipped = if last == "0" { "1" } else { "0" };
    assert_eq!(status(&format!("{head}{flipped}")).await, 403);
    let (bare, _) = link.expose().split_once('?').unwrap();
    assert_eq!(status(bare).await, 403);

    let short = store.link(&object, Duration::from_secs(1)).await.unwrap();
    let began = Instant::now();
    while status(short.expose()).await != 403 {
        assert!(began.elapsed() < Duration::from_secs(10));
    }

    for seconds in [0, 901] {
        let refused = store.link(&object, Duration::from_secs(seconds)).await;
        let limit = StoreError::LinkTime { limit: 900 };
        assert_eq!(refused.unwrap_err(), limit, "{seconds}");
    }
    let other = StoredObject {
        uri: "s3://not-allowed/x".into(),
        ..object
    };
    let refused = store.link(&other, Duration::from_secs(9)).await;
    assert_eq!(refused.unwrap_err(), StoreError::Bucket);
}

#[tokio::test]
async fn a_folder_has_no_links_and_goes_away_visibly() {
    let test = TestStore::folder();
    let store = test.store();
    let object = put(&store, &SessionId::fresh(), bytes(10)).await;
    let link = store.link(&object, Duration::from_secs(9)).await;
    assert_eq!(link.unwrap_err(), StoreError::NoLinks);
    test.remove();
    let error = store.ready().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn beginnings_of_files_that_a_killed_process_left_go_too() {
    let test = TestStore::folder();
    let (store, session) = (test.store(), SessionId::fresh());
    let object = put(&store, &session, bytes(10)).await;
    let file = test.file(&object);
    let left = |number: u32| PathBuf::from(format!("{}#{number}", file.display()));
    let write = |number: u32, old: u64| {
        let made = std::fs::File::create(left(number)).unwrap();
        let at = std::time::SystemTime::now() - Duration::from_secs(old);
        made.set_modified(at).unwrap();
    };
    write(1, 7_200);
    write(2, 60);
    store.sweep(Duration::from_secs(3_600)).await.unwrap();
    assert!(!left(1).exists() && left(2).exists() && file.exists());
    // A file that may still be written stays.
    write(3, 0);
    store.delete_session(&session).await.unwrap();
    assert!(!left(2).exists() && left(3).exists() && !file.exists());
}

#[tokio::test]
async fn without_a_store_what_fits_goes_and_the_rest_is_refused_with_sizes() {
    let (store, session) = (Store::off(), SessionId::fresh());
    let audio = async |size| {
        store
            .store_audio(&session, "s", Stage::Detect, bytes(size))
            .await
    };
    assert!(matches!(
        audio(MAX_INLINE_BYTES).await,
        Ok(AudioPayload::Inline(_))
    ));
    let off = StoreError::Off {
        bytes: MAX_INLINE_BYTES as u64 + 1,
        limit: MAX_INLINE_BYTES as u64,
    };
    assert_eq!(audio(MAX_INLINE_BYTES + 1).await.unwrap_err(), off);
    assert!(off.to_string().contains("1310721"));
    let reference = store
        .store_reference(&session, bytes(MAX_INLINE_REFERENCE_BYTES + 1))
        .await;
    assert_eq!(reference.unwrap_err().reason(), "storage_off");
    let stored = AudioPayload::Stored(StoredObject {
        uri: "s3://mynah/x".into(),
        sha256: None,
        size: None,
    });
    assert_eq!(store.fetch(&stored).await.unwrap_err(), StoreError::NoStore);
    store.ready().await.unwrap();
    assert_eq!(store.delete_session(&session).await.unwrap(), 0);
    assert_eq!(store.sweep(Duration::ZERO).await.unwrap(), 0);
    assert!(!Store::new(StorageSettings::default()).unwrap().is_on());
}

#[tokio::test]
async fn other_buckets_are_read_only_where_they_are_allowed() {
    let Some(test) = TestStore::s3() else { return };
    let other = format!("mynah-test-{}", SessionId::fresh());
    let object = StoredObject {
        uri: format!("s3://{other}/x.wav"),
        sha256: None,
        size: None,
    };
    let error = test.store().get(&object).await.unwrap_err();
    assert_eq!(error, StoreError::Bucket);
    // Allowed, it is asked; that there is none may change.
    let store = test.store_with(|own| own.allowed_buckets = vec![other.clone()]);
    let error = store.get(&object).await.unwrap_err();
    assert_eq!(error, StoreError::Unreachable("has no such bucket"));
    assert!(error.is_transient());

    let store = test.store_with(|own| own.url = Some(format!("s3://{other}")));
    let error = store.ready().await.unwrap_err();
    assert_eq!(error, StoreError::Unreachable("has no such bucket"));
    let put = store
        .put(&SessionId::fresh(), "s", Stage::Detect, bytes(1))
        .await;
    assert_eq!(put.unwrap_err().reason(), "unreachable");
}

#[tokio::test]
async fn wrong_keys_are_told_without_being_repeated() {
    let Some(test) = TestStore::s3() else { return };
    let store = test.store_with(|own| own.secret_key = "hunter2".to_owned().into());
    for error in [
        store.ready().await.unwrap_err(),
        store
            .put(&SessionId::fresh(), "s", Stage::Detect, bytes(1))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error, StoreError::Denied);
        assert!(error.is_transient() && !error.to_string().contains("hunter"));
    }
}

fn somewhere(address: std::net::SocketAddr) -> Store {
    let settings = StorageSettings {
        url: Some("s3://mynah-test".into()),
        endpoint: Some(format!("http://{address}")),
        access_key: "key".to_owned().into(),
        secret_key: "hunter2".to_owned().into(),
        timeout_ms: 300,
        ..StorageSettings::default()
    };
    Store::new(settings).unwrap()
}

#[tokio::test]
async fn a_store_that_does_not_answer_costs_a_stated_time() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stores = [silent.local_addr().unwrap(), gone.local_addr().unwrap()].map(somewhere);
    drop(gone);
    for store in stores {
        let began = Instant::now();
        let put = store
            .put(&SessionId::fresh(), "s", Stage::Detect, bytes(1))
            .await;
        let error = put.unwrap_err();
        assert!(error.is_transient(), "{error}");
        let took = began.elapsed();
        println!("{error}, after {took:?}");
        assert!(took < Duration::from_secs(11), "{took:?}");
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    }
    drop(silent);
}

#[tokio::test]
async fn failures_are_counted_by_their_reason() {
    let counting = Counting::default();
    let _guard = metrics::set_default_local_recorder(&counting);
    let test = TestStore::folder();
    let (store, session) = (test.store(), SessionId::fresh());
    let object = put(&store, &session, bytes(10)).await;
    store.get(&object).await.unwrap();
    store.delete_session(&session).await.unwrap();
    for _ in 0..2 {
        store.get(&object).await.unwrap_err();
    }
    let too_large = bytes(MAX_INLINE_BYTES + 1);
    Store::off()
        .store_audio(&session, "s", Stage::Detect, too_large)
        .await
        .unwrap_err();
    let name = mynah_bus::metrics::names::CLAIM_CHECK_FAILURES;
    assert_eq!(counting.count(name, "missing"), 2);
    assert_eq!(counting.count(name, "storage_off"), 1);
    assert_eq!(counting.count(name, "tampered"), 0);
}

#[tokio::test]
async fn the_sweeper_stops_when_it_is_told_to() {
    let test = TestStore::folder();
    let stop = CancellationToken::new();
    let sweeper = tokio::spawn(run_sweeper(test.store(), stop.clone()));
    stop.cancel();
    let stopped = tokio::time::timeout(Duration::from_secs(5), sweeper).await;
    stopped.unwrap().unwrap();
    run_sweeper(Store::off(), CancellationToken::new()).await;
}

#[test]
fn settings_that_cannot_be_are_named() {
    let field = |url: &str| {
        let settings = StorageSettings {
            url: Some(url.into()),
            access_key: "key".to_owned().into(),
            secret_key: "hunter2".to_owned().into(),
            ..StorageSettings::default()
        };
        match Store::new(settings) {
            Err(StoreError::Settings { field, .. }) => Some(field),
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        }
    };
    for bad in [
        "mynah",
        "gs://mynah",
        "s3://",
        "s3://ab",
        "s3://u:p@mynah",
        "s3://mynah/../x",
        "file://mynah/x",
        "file:///dev/null/x",
    ] {
        assert_eq!(field(bad), Some("url"), "{bad}");
    }
    for good in ["", " ", "s3://mynah", "s3://mynah/", "s3://mynah/a/b/"] {
        assert_eq!(field(good), None, "{good}");
    }
}
