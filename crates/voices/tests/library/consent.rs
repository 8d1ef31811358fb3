//! Consents.

use mynah_speech::{Consent, ConsentBasis, VoiceIndex as _};

use crate::stores::{Stores, WORKSPACE, consent, create};

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_consent_stops_the_voice_in_every_process() {
    for stores in Stores::all().await {
        let (library, other) = (stores.library().await, stores.library().await);
        let voice = create(&library, "Ana").await;
        other.refresh().await.unwrap();
        let spoken = other.find(WORKSPACE, "Ana").unwrap();
        assert!(spoken.permission.is_given());

        assert!(other.confirm(&spoken).await.unwrap());
        let revoked = library
            .revoke_consent(WORKSPACE, &voice.id, Some("key1"))
            .await
            .unwrap();
        assert!(!revoked.may_speak());
        // Also for speech that has begun, and at once.
        assert!(!other.confirm(&spoken).await.unwrap());
        for library in [&library, &other] {
            let found = library.find(WORKSPACE, "Ana").unwrap();
            assert!(!found.permission.is_given());
            assert!(library.voices(WORKSPACE).is_empty());
        }

        let own = Consent {
            basis: ConsentBasis::Own,
            ..consent()
        };
        let given = library
            .give_consent(WORKSPACE, &voice.id, own, None)
            .await
            .unwrap();
        assert_eq!(given.consent.unwrap().basis, ConsentBasis::Own);
        other.refresh().await.unwrap();
        assert!(other.find(WORKSPACE, "Ana").unwrap().permission.is_given());
        assert!(!spoken.permission.is_given());
    }
}
