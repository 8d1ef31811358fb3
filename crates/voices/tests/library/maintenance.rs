//! What runs beside the requests.

use bytes::Bytes;
use mynah_blobs::BlobError;

use crate::stores::{Stores, WORKSPACE, create};
use mynah_speech::VoiceIndex as _;

#[tokio::test(flavor = "multi_thread")]
async fn uses_are_counted_by_day_and_key() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let voice = create(&library, "Ana").await;
        let kept = library.find(WORKSPACE, "Ana").unwrap();
        for key in [None, Some("key1"), Some("key1")] {
            library.count_use(&kept, key);
        }
        library.write_uses().await.unwrap();
        library.count_use(&kept, Some("key1"));
        library.write_uses().await.unwrap();
        let mut uses: Vec<_> = library
            .audit(WORKSPACE, &voice.id)
            .await
            .unwrap()
            .into_iter()
            .filter(|entry| entry.event == "used")
            .map(|entry| (entry.key_id, entry.count))
            .collect();
        uses.sort();
        assert_eq!(uses, [(String::new(), 1), ("key1".to_owned(), 3)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_voices_are_erased_and_young_objects_kept() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let (old, young) = (create(&library, "Ana").await, create(&library, "Bea").await);
        for voice in [&old, &young] {
            library.delete(WORKSPACE, &voice.id, None).await.unwrap();
        }
        stores
            .execute("UPDATE voices SET deleted_at = deleted_at - 90000000 WHERE name = 'Ana'")
            .await;
        // Nothing refers to it yet: the row of an object is written after it.
        let id = stores
            .blobs()
            .await
            .put(Bytes::from_static(b"young"))
            .await
            .unwrap();
        library.clean_up().await.unwrap();
        let restored = library.restore(WORKSPACE, &old.id, None).await;
        assert!(restored.is_err());
        library.restore(WORKSPACE, &young.id, None).await.unwrap();
        assert_ne!(stores.blobs().await.get(&id).await, Err(BlobError::Missing));
    }
}
