//! The index in memory.

use mynah_voices::VoiceChange;

use crate::stores::{Stores, WORKSPACE, create};
use mynah_speech::VoiceIndex as _;

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_another_process_are_followed() {
    for stores in Stores::all().await {
        let (library, other) = (stores.library().await, stores.library().await);
        let voice = create(&library, "Ana").await;
        assert!(other.find(WORKSPACE, "Ana").is_none());
        other.refresh().await.unwrap();
        assert_eq!(other.find(WORKSPACE, "Ana").unwrap().id, voice.id.as_str());
        library.delete(WORKSPACE, &voice.id, None).await.unwrap();
        other.refresh().await.unwrap();
        assert!(other.find(WORKSPACE, "Ana").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn speech_that_has_begun_outlasts_changes_but_not_deletion() {
    let stores = Stores::local();
    let library = stores.library().await;
    let voice = create(&library, "Ana").await;
    let spoken = library.find(WORKSPACE, "Ana").unwrap();
    let change = VoiceChange {
        description: Some("calm".into()),
        ..VoiceChange::default()
    };
    library
        .change(WORKSPACE, &voice.id, change, None)
        .await
        .unwrap();
    assert!(spoken.permission.is_given());
    library.delete(WORKSPACE, &voice.id, None).await.unwrap();
    assert!(!spoken.permission.is_given());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_voice_is_found_by_its_id_elsewhere() {
    let stores = Stores::local();
    let library = stores.library().await;
    let voice = create(&library, "Ana").await;
    let index = &library;
    assert!(index.find("elsewhere", voice.id.as_str()).is_none());
    let change = VoiceChange {
        public: Some(true),
        ..VoiceChange::default()
    };
    library
        .change(WORKSPACE, &voice.id, change, None)
        .await
        .unwrap();
    assert!(index.find("elsewhere", voice.id.as_str()).is_some());
    assert!(index.find("elsewhere", "Ana").is_none());
    assert_eq!(index.voices("elsewhere").len(), 1);
}
