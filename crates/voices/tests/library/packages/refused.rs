//! What is refused, by its document or its recording.

use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
use mynah_speech::VoiceIndex as _;
use mynah_voices::{ImportConflict, PackageVersion, VoicesError};

use super::{code, export, import, rebuilt, rich_voice, version_1, with_text};
use crate::stores::{Stores, WORKSPACE, samples, tone};

#[tokio::test]
async fn recordings_that_no_voice_can_be_made_of_are_refused() {
    let stores = Stores::local();
    let library = stores.library().await;
    for recording in [b"no sound".to_vec(), tone(2.0, 220.0)] {
        let refused = import(&library, &version_1(&recording), ImportConflict::Fail).await;
        assert!(
            matches!(refused, Err(VoicesError::Recording(_))),
            "{refused:?}"
        );
    }
    assert!(library.voices(WORKSPACE).is_empty());
}

#[tokio::test]
async fn documents_that_say_what_no_voice_is_are_refused() {
    let stores = Stores::local();
    let library = stores.library().await;
    let voice = rich_voice(&library).await;
    let package = export(&library, &voice, PackageVersion::V2).await;
    library.erase(WORKSPACE, &voice.id, None).await.unwrap();
    let documents = [
        ("voice.json", "\"recording\"", "\"description\""),
        ("voice.json", "\"recording\"", "\"speaker\""),
        ("voice.json", "\"recording\"", "\"rumour\""),
        ("voice.json", "\"speed\": 1.1", "\"speed\": 9"),
        ("voice.json", "pt-BR", "portuguese!"),
        ("voice.json", "\"warm\"", "\"\""),
        ("voice.json", "voc_", "voice_"),
        ("consent.json", "permission", "gossip"),
        ("consent.json", "Ana Lima", ""),
        ("consent.json", "Ana Lima", "Rui Lima"),
        ("consent.json", "\"given_at\": 1", "\"given_at\": 9"),
        (
            "prompts/1/prompt.json",
            "\"anchor\": true",
            "\"anchor\": false",
        ),
        (
            "prompts/2/prompt.json",
            "\"anchor\": false",
            "\"anchor\": true",
        ),
        ("prompts/1/prompt.json", "\"recorded\"", "\"bought\""),
        (
            "prompts/2/prompt.json",
            "\"x_vector_only\": true",
            "\"x_vector_only\": false",
        ),
        ("prompts/2/prompt.json", "sad/", "Sad/"),
    ];
    for (document, from, to) in documents {
        let package = with_text(&package, document, from, to);
        let error = import(&library, &package, ImportConflict::Fail)
            .await
            .unwrap_err();
        assert_eq!(code(error), "package_document_invalid", "{document} {to}");
    }
    for recording in [b"fLaC".to_vec(), tone(4.0, 220.0), flac(2.0), flac(61.0)] {
        let package = rebuilt(&package, true, |entries| {
            for path in ["prompts/1/reference.flac", "prompts/2/reference.flac"] {
                entries.insert(path.to_owned(), recording.clone());
            }
        });
        let error = import(&library, &package, ImportConflict::Fail)
            .await
            .unwrap_err();
        assert_eq!(code(error), "package_recording_invalid");
    }
    // A style that is none here is kept, and reported.
    let other = with_text(&package, "prompts/2/prompt.json", "sad/", "wistful/");
    let report = import(&library, &other, ImportConflict::Fail)
        .await
        .unwrap();
    assert_eq!(report.unknown_styles.len(), 1);
    assert!(
        report.unknown_styles[0].starts_with("wistful/"),
        "{report:?}"
    );
    assert_eq!(library.voices(WORKSPACE).len(), 1);
}

/// A tone of so many seconds as clips are kept.
fn flac(seconds: f32) -> Vec<u8> {
    let clip = Clip::new(SampleRate::HZ_24000, samples(seconds, 220.0));
    encode_whole(&clip, Format::Flac, &Tags::new()).unwrap()
}
