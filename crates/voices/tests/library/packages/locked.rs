//! Voices without a consent, and consents that hold no longer.

use mynah_speech::{Consent, VoiceIndex as _};
use mynah_voices::{ImportConflict, Origin, PackageVersion, VoicesError};

use super::{export, file, import, rebuilt, rich_voice, version_1};
use crate::stores::{Stores, WORKSPACE, consent, create, tone};

#[tokio::test]
async fn a_voice_without_consent_is_locked_until_it_is_given() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let report = import(
            &library,
            &version_1(&tone(4.0, 220.0)),
            ImportConflict::Fail,
        )
        .await
        .unwrap();
        assert_eq!((report.version, report.locked), (1, true));
        let voice = report.voice.unwrap();
        assert_eq!(
            (voice.name.as_str(), voice.origin),
            ("Maya", Origin::Recording)
        );
        assert_eq!(
            (voice.description.as_str(), voice.consent.is_none()),
            ("bright", true)
        );
        // 2026-02-03T04:05:06Z
        assert_eq!(voice.created_at, 1_770_091_506_000);
        assert_eq!(
            voice.anchor().unwrap().transcript.as_deref(),
            Some("A tone.")
        );
        assert!(!voice.may_speak());
        // Found by its name, so that no engine's voice speaks in its place, and not spoken.
        assert!(
            !library
                .find(WORKSPACE, "maya")
                .unwrap()
                .permission
                .is_given()
        );
        let version = PackageVersion::V2;
        let exported = library
            .export(WORKSPACE, &voice.id, version, file(b""), None)
            .await;
        assert!(matches!(exported, Err(VoicesError::NoConsent)));
        let revoked = library.revoke_consent(WORKSPACE, &voice.id, None).await;
        assert!(matches!(revoked, Err(VoicesError::NotFound)));

        let given = library
            .give_consent(WORKSPACE, &voice.id, consent(), None)
            .await
            .unwrap();
        assert!(given.may_speak());
        assert!(
            library
                .find(WORKSPACE, "maya")
                .unwrap()
                .permission
                .is_given()
        );
        // Its one recording comes out again for earlier servers, as WAV.
        let out = export(&library, &given, PackageVersion::V1).await;
        let again = import(&library, &out, ImportConflict::Rename)
            .await
            .unwrap();
        assert_eq!(
            (again.version, again.locked, again.name.as_str()),
            (1, true, "Maya 2")
        );
        library
            .revoke_consent(WORKSPACE, &voice.id, None)
            .await
            .unwrap();
        let exported = library
            .export(WORKSPACE, &voice.id, version, file(b""), None)
            .await;
        assert!(matches!(exported, Err(VoicesError::NoConsent)));
        library.erase(WORKSPACE, &voice.id, None).await.unwrap();
        let given = library
            .give_consent(WORKSPACE, &voice.id, consent(), None)
            .await;
        assert!(matches!(given, Err(VoicesError::NotFound)));
    }
}

#[tokio::test]
async fn an_older_file_does_not_bring_a_revoked_consent_back() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let voice = create(&library, "Ana").await;
        let package = export(&library, &voice, PackageVersion::V2).await;
        let revoked = library.revoke_consent(WORKSPACE, &voice.id, None).await;
        revoked.unwrap();
        for conflict in [ImportConflict::Rename, ImportConflict::Replace] {
            let report = import(&library, &package, conflict).await.unwrap();
            assert!(report.locked && !report.voice.unwrap().may_speak());
        }
        let elsewhere = Stores::local();
        let report = import(&elsewhere.library().await, &package, ImportConflict::Fail).await;
        assert!(!report.unwrap().locked);
    }
}

#[tokio::test]
async fn a_locked_voice_is_unlocked_by_the_speaker_of_its_recordings() {
    let stores = Stores::local();
    let library = stores.library().await;
    let voice = rich_voice(&library).await;
    let package = export(&library, &voice, PackageVersion::V2).await;
    library.erase(WORKSPACE, &voice.id, None).await.unwrap();
    // Without the voice's consent; the second recording has its own.
    let locked = rebuilt(&package, true, |entries| {
        entries.remove("consent.json");
    });
    let report = import(&library, &locked, ImportConflict::Fail)
        .await
        .unwrap();
    assert!(report.locked);
    let id = report.voice.unwrap().id;
    let other = Consent::now("Rui Lima", "I agree.").unwrap();
    let given = library.give_consent(WORKSPACE, &id, other, None).await;
    assert!(
        matches!(
            given,
            Err(VoicesError::Field {
                field: "speaker",
                ..
            })
        ),
        "{given:?}"
    );
    let given = library.give_consent(WORKSPACE, &id, consent(), None).await;
    assert!(given.unwrap().may_speak());
}
