//! Changing, listing, deleting, restoring and erasing voices.

use mynah_blobs::BlobError;
use mynah_voices::{VoiceChange, VoiceName, VoiceQuery, VoicesError};

use crate::stores::{Stores, WORKSPACE, create};
use mynah_speech::VoiceIndex as _;

fn all() -> VoiceQuery {
    VoiceQuery {
        limit: 200,
        ..VoiceQuery::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_needs_the_version_that_was_read() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let voice = create(&library, "Ana").await;
        let change = |name: &str| VoiceChange {
            name: Some(VoiceName::new(name).unwrap()),
            speed: Some(0.9),
            ..VoiceChange::default()
        };
        let changed = library
            .change(WORKSPACE, &voice.id, change("Bea"), Some(1))
            .await
            .unwrap();
        assert_eq!((changed.version, changed.speed), (2, 0.9));
        let late = library
            .change(WORKSPACE, &voice.id, change("Cai"), Some(1))
            .await;
        assert!(matches!(late, Err(VoicesError::VersionMismatch(2))));
        assert!(library.find(WORKSPACE, "ANA").is_none());
        assert_eq!(
            library.find(WORKSPACE, "bea").unwrap().id,
            voice.id.as_str()
        );
        create(&library, "Dea").await;
        let taken = library
            .change(WORKSPACE, &voice.id, change("dea"), None)
            .await;
        assert!(matches!(taken, Err(VoicesError::NameTaken)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_voice_is_not_found_until_it_is_restored() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let voice = create(&library, "Ana").await;
        library.delete(WORKSPACE, &voice.id, None).await.unwrap();
        assert!(matches!(
            library.get(WORKSPACE, &voice.id).await,
            Err(VoicesError::NotFound)
        ));
        assert!(library.find(WORKSPACE, voice.id.as_str()).is_none());
        assert_eq!(library.list(WORKSPACE, &all()).await.unwrap().total, 0);
        let again = library.delete(WORKSPACE, &voice.id, None).await;
        assert!(matches!(again, Err(VoicesError::NotFound)));
        let restored = library.restore(WORKSPACE, &voice.id, None).await.unwrap();
        assert_eq!(restored.prompts, voice.prompts);
        assert!(library.find(WORKSPACE, "ana").is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_leaves_neither_sound_nor_words() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let voice = create(&library, "Ana").await;
        let blob = voice.anchor().unwrap().clip.blob.clone();
        library
            .erase(WORKSPACE, &voice.id, Some("key1"))
            .await
            .unwrap();
        assert_eq!(
            stores.blobs().await.get(&blob).await,
            Err(BlobError::Missing)
        );
        let restored = library.restore(WORKSPACE, &voice.id, None).await;
        assert!(matches!(restored, Err(VoicesError::NotFound)));
        // What happened stays known.
        let events: Vec<_> = library.audit(WORKSPACE, &voice.id).await.unwrap();
        let events: Vec<_> = events.iter().map(|entry| entry.event.as_str()).collect();
        assert!(
            events.contains(&"created") && events.contains(&"erased"),
            "{events:?}"
        );
        create(&library, "Ana").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_that_two_voices_share_stays_for_the_other() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let (one, other) = (create(&library, "Ana").await, create(&library, "Bea").await);
        let blob = one.anchor().unwrap().clip.blob.clone();
        assert_eq!(other.anchor().unwrap().clip.blob, blob);
        library.erase(WORKSPACE, &one.id, None).await.unwrap();
        assert!(stores.blobs().await.get(&blob).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_and_come_in_parts() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        for (name, tag) in [
            ("Élan", "book"),
            ("ana", "book"),
            ("Bea", "radio"),
            ("Zoë", "book"),
        ] {
            let voice = create(&library, name).await;
            let change = VoiceChange {
                tags: Some(vec![tag.into()]),
                description: Some(format!("the voice of {name}")),
                ..VoiceChange::default()
            };
            library
                .change(WORKSPACE, &voice.id, change, None)
                .await
                .unwrap();
        }
        let names = async |query: VoiceQuery| {
            let list = library.list(WORKSPACE, &query).await.unwrap();
            let names: Vec<_> = list
                .items
                .iter()
                .map(|voice| voice.name.to_string())
                .collect();
            (names, list.next_cursor, list.total)
        };
        let (found, ..) = names(VoiceQuery {
            text: Some("ELAN voice".into()),
            ..all()
        })
        .await;
        assert_eq!(found, ["Élan"]);
        let query = VoiceQuery {
            tags: vec!["BOOK".into()],
            limit: 2,
            ..all()
        };
        let (first, cursor, total) = names(query.clone()).await;
        assert_eq!((first.len(), total), (2, 3));
        let (second, end, _) = names(VoiceQuery { cursor, ..query }).await;
        let mut both = [first, second].concat();
        both.sort();
        assert_eq!(
            (both, end),
            (vec!["Zoë".into(), "ana".into(), "Élan".into()], None)
        );
    }
}
