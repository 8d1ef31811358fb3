//! What only one kind of store has, and stores that fail or do not answer.

use super::*;

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
    assert_eq!(refused.unwrap_err(), StoreError::from(BlobError::Bucket));
}

#[tokio::test]
async fn a_folder_has_no_links_and_goes_away_visibly() {
    let test = TestStore::folder();
    let store = test.store();
    let object = put(&store, &SessionId::fresh(), bytes(10)).await;
    let link = store.link(&object, Duration::from_secs(9)).await;
    assert_eq!(link.unwrap_err(), StoreError::from(BlobError::NoLinks));
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
async fn without_a_store_large_audio_is_refused_with_sizes() {
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
    assert_eq!(error, StoreError::from(BlobError::Bucket));
    // Allowed, it is asked; that there is none may change.
    let store = test.store_with(|own| own.allowed_buckets = vec![other.clone()]);
    let error = store.get(&object).await.unwrap_err();
    assert_eq!(
        error,
        StoreError::from(BlobError::Unreachable("has no such bucket"))
    );
    assert!(error.is_transient());

    let store = test.store_with(|own| own.url = Some(format!("s3://{other}")));
    let error = store.ready().await.unwrap_err();
    assert_eq!(
        error,
        StoreError::from(BlobError::Unreachable("has no such bucket"))
    );
    let put = store
        .put(&SessionId::fresh(), "s", Stage::Detect, bytes(1))
        .await;
    assert_eq!(put.unwrap_err().reason(), "unreachable");
}

#[tokio::test]
async fn wrong_keys_are_reported_without_being_repeated() {
    let Some(test) = TestStore::s3() else { return };
    let store = test.store_with(|own| own.secret_key = "hunter2".to_owned().into());
    for error in [
        store.ready().await.unwrap_err(),
        store
            .put(&SessionId::fresh(), "s", Stage::Detect, bytes(1))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error, StoreError::from(BlobError::Denied));
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
            Err(StoreError::Settings(wrong)) => Some(wrong.problems()[0].setting.clone()),
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
        assert_eq!(field(bad).as_deref(), Some("storage.url"), "{bad}");
    }
    for good in ["", " ", "s3://mynah", "s3://mynah/", "s3://mynah/a/b/"] {
        assert_eq!(field(good), None, "{good}");
    }
}
