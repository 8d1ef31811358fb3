//! The claim check: the same promises of a folder and of S3.
#![allow(clippy::unwrap_used)]

mod failures;
#[path = "../support"]
mod support {
    pub(crate) mod counting;
    pub(crate) mod services;
    pub(crate) mod storage;
}

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mynah_blobs::BlobError;
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
        // An event of another program has neither.
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
        StoreError::from(BlobError::Tampered("digest"))
    );
    assert_eq!(
        got(wrong(None, Some(999))).await,
        StoreError::from(BlobError::Tampered("size"))
    );

    let mut changed = bytes(1_000).to_vec();
    changed[500] ^= 1;
    test.overwrite(&object, changed).await;
    let error = got(object.clone()).await;
    assert_eq!(error, StoreError::from(BlobError::Tampered("digest")));
    assert!(!error.is_transient());
    test.overwrite(&object, vec![0; 10]).await;
    assert_eq!(
        got(object.clone()).await,
        StoreError::from(BlobError::Tampered("size"))
    );

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
    let too_large = StoreError::from(BlobError::TooLarge {
        bytes: 1_001,
        limit: 1_000,
    });
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
    let theirs = test.put_beside("notes/of/another/program.txt").await;
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
