//! Voices as files, out of one library and into another.

mod locked;
mod refused;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read as _, Seek as _, Write as _};

use mynah_blobs::BlobId;
use mynah_speech::{StyleName, VoiceIndex as _};
use mynah_voices::{
    ImportConflict, ImportOptions, ImportedVoice, Library, NewPrompt, PackageVersion, StoredVoice,
    VoiceChange, VoicesError,
};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::stores::{Stores, WORKSPACE, consent, create, named, recorded};

type Entries = BTreeMap<String, Vec<u8>>;

/// A voice with a neutral recording and a sad one, and what a person said about it.
async fn rich_voice(library: &Library) -> StoredVoice {
    let voice = create(library, "Ána / 声").await;
    let change = VoiceChange {
        description: Some("calm".into()),
        languages: Some(vec!["pt-BR".parse().unwrap()]),
        tags: Some(vec!["warm".into()]),
        speed: Some(1.1),
        public: Some(true),
        ..VoiceChange::default()
    };
    let changed = library.change(WORKSPACE, &voice.id, change, None);
    changed.await.unwrap();
    let sad = NewPrompt {
        style: Some(StyleName::Emotion {
            key: "sad".parse().unwrap(),
            intensity: None,
        }),
        tags: vec!["evening".into()],
        recorded: recorded(None),
    };
    let added = library.add_prompt(WORKSPACE, &voice.id, sad, consent(), None, ());
    added.await.unwrap();
    library.get(WORKSPACE, &voice.id).await.unwrap()
}

async fn export(library: &Library, voice: &StoredVoice, version: PackageVersion) -> Vec<u8> {
    let file = tempfile::tempfile().unwrap();
    let exported = library.export(WORKSPACE, &voice.id, version, file, Some("key_1"));
    let mut file = exported.await.unwrap();
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

async fn import(
    library: &Library,
    bytes: &[u8],
    on_conflict: ImportConflict,
) -> Result<ImportedVoice, VoicesError> {
    let options = ImportOptions {
        on_conflict,
        dry_run: false,
    };
    let imported = library.import(WORKSPACE, file(bytes), options, Some("key_2"), ());
    imported.await
}

/// The entries of a package by their paths, changed. `relist` says whether the manifest lists them as they are
/// then.
fn rebuilt(package: &[u8], relist: bool, change: impl FnOnce(&mut Entries)) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(package)).unwrap();
    let mut entries = Entries::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let path = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        entries.insert(path, bytes);
    }
    let manifest = entries.remove("manifest.json").unwrap();
    change(&mut entries);
    let mut manifest: Value = serde_json::from_slice(&manifest).unwrap();
    if relist {
        let listed = entries.iter().map(|(path, bytes)| {
            let sha256 = BlobId::of(bytes).to_string();
            json!({"path": path, "bytes": bytes.len(), "sha256": sha256})
        });
        manifest["entries"] = listed.collect();
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let manifest = (
        "manifest.json".to_owned(),
        manifest.to_string().into_bytes(),
    );
    for (path, bytes) in std::iter::once(manifest).chain(entries) {
        zip.start_file(&path, SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A package whose document has another text, which must be in it, and lists it.
fn with_text(package: &[u8], document: &str, from: &str, to: &str) -> Vec<u8> {
    rebuilt(package, true, |entries| {
        let text = String::from_utf8(entries[document].clone()).unwrap();
        assert!(text.contains(from), "{text}");
        entries.insert(document.to_owned(), text.replace(from, to).into_bytes());
    })
}

/// A package of version 1 with this recording.
fn version_1(recording: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let metadata = br#"{"format_version": 1, "voice_id": "cloned_0123456789ab", "name": "Maya",
        "display_name": "Maya (Cloned)", "voice_type": "cloned", "description": "bright",
        "ref_duration_s": 4.0, "ref_sample_rate": 24000, "created_at": "2026-02-03T04:05:06Z"}"#;
    for (path, bytes) in [
        ("meta.json", metadata.as_slice()),
        ("ref.wav", recording),
        ("ref_transcript.txt", b"A tone."),
        ("samples/.gitkeep", b""),
    ] {
        zip.start_file(path, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn code(error: VoicesError) -> &'static str {
    match error {
        VoicesError::Package(error) => error.code(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_voice_comes_out_of_another_library_as_it_went_in() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let voice = rich_voice(&library).await;
        let package = export(&library, &voice, PackageVersion::V2).await;
        assert_eq!(package, export(&library, &voice, PackageVersion::V2).await);
        let exports = library.audit(WORKSPACE, &voice.id).await.unwrap();
        assert!(
            exports
                .iter()
                .any(|own| own.event == "exported" && own.count == 2)
        );

        let elsewhere = Stores::local();
        let other = elsewhere.library().await;
        let report = import(&other, &package, ImportConflict::Fail)
            .await
            .unwrap();
        let imported = report.voice.unwrap();
        assert_eq!(
            (report.version, report.prompts, report.locked),
            (2, 2, false)
        );
        assert!(report.unknown_styles.is_empty());
        // Where no voice has its id it is the same voice; who may speak with it is decided here.
        assert_eq!((&imported.id, imported.public), (&voice.id, false));
        assert_eq!(imported.name, voice.name);
        assert_eq!(imported.description, voice.description);
        assert_eq!(imported.languages, voice.languages);
        assert_eq!(imported.tags, voice.tags);
        assert!((imported.speed - voice.speed).abs() < f64::EPSILON);
        assert_eq!(imported.created_at, voice.created_at);
        let (given, brought) = (
            voice.consent.clone().unwrap(),
            imported.consent.clone().unwrap(),
        );
        assert_eq!(
            (
                brought.speaker,
                brought.statement,
                brought.basis,
                brought.given_at
            ),
            (given.speaker, given.statement, given.basis, given.given_at)
        );
        assert_eq!(brought.given_by.as_deref(), Some("key_2"));
        for (own, other) in voice.prompts.iter().zip(&imported.prompts) {
            assert_eq!(
                (&own.style, &own.tags, own.anchor),
                (&other.style, &other.tags, other.anchor)
            );
            assert_eq!(
                (&own.transcript, own.x_vector_only),
                (&other.transcript, other.x_vector_only)
            );
            assert_eq!(
                (&own.clip.blob, own.clip.samples),
                (&other.clip.blob, other.clip.samples)
            );
            assert_eq!(
                (own.source, own.created_at),
                (other.source, other.created_at)
            );
            assert!((own.quality.seconds - other.quality.seconds).abs() < 0.001);
        }
        assert!(
            other
                .find(WORKSPACE, "ána / 声")
                .unwrap()
                .permission
                .is_given()
        );
        // Out again it is the same file.
        assert_eq!(export(&other, &imported, PackageVersion::V2).await, package);
        assert!(
            import(&other, &package, ImportConflict::Rename)
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn an_import_beside_a_voice_of_the_same_name_does_as_it_is_told() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let voice = create(&library, "Ana").await;
        let package = export(&library, &voice, PackageVersion::V2).await;
        let fails = import(&library, &package, ImportConflict::Fail).await;
        assert!(matches!(fails, Err(VoicesError::NameTaken)));
        let fails = import(&library, &package, ImportConflict::NewId).await;
        assert!(matches!(fails, Err(VoicesError::NameTaken)));
        for expected in ["Ana 2", "Ana 3"] {
            let renamed = import(&library, &package, ImportConflict::Rename)
                .await
                .unwrap();
            assert_eq!(renamed.name.as_str(), expected);
            assert_ne!(renamed.voice.unwrap().id, voice.id);
        }
        let replaced = import(&library, &package, ImportConflict::Replace)
            .await
            .unwrap();
        assert_eq!(replaced.replaced, std::slice::from_ref(&voice.id));
        let imported = replaced.voice.unwrap();
        assert_ne!(imported.id, voice.id);
        assert!(matches!(
            library.get(WORKSPACE, &voice.id).await,
            Err(VoicesError::NotFound)
        ));
        library.delete(WORKSPACE, &imported.id, None).await.unwrap();
        library.restore(WORKSPACE, &voice.id, None).await.unwrap();

        // The same id under another name.
        let change = VoiceChange {
            name: Some(named("Other").name),
            ..VoiceChange::default()
        };
        library
            .change(WORKSPACE, &voice.id, change, None)
            .await
            .unwrap();
        let fails = import(&library, &package, ImportConflict::Fail).await;
        assert!(matches!(fails, Err(VoicesError::IdTaken(id)) if id == voice.id));
        let own = import(&library, &package, ImportConflict::NewId)
            .await
            .unwrap();
        assert_eq!(own.name.as_str(), "Ana");
        // A voice of another workspace is not seen, and keeps its id.
        let elsewhere = ImportOptions::default();
        let other = library
            .import("other", file(&package), elsewhere, None, ())
            .await
            .unwrap();
        assert_ne!(other.voice.unwrap().id, voice.id);
    }
}

#[tokio::test]
async fn a_dry_run_and_a_failed_import_keep_nothing() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let voice = rich_voice(&library).await;
        let package = export(&library, &voice, PackageVersion::V2).await;
        library.erase(WORKSPACE, &voice.id, None).await.unwrap();
        let options = ImportOptions {
            dry_run: true,
            ..ImportOptions::default()
        };
        let tried = library
            .import(WORKSPACE, file(&package), options, None, ())
            .await
            .unwrap();
        assert_eq!((tried.voice, tried.prompts, tried.locked), (None, 2, false));

        let broken = rebuilt(&package, false, |entries| {
            let recording = entries.get_mut("prompts/2/reference.flac").unwrap();
            *recording.last_mut().unwrap() ^= 1;
        });
        let error = import(&library, &broken, ImportConflict::Fail)
            .await
            .unwrap_err();
        assert_eq!(code(error), "package_checksum_mismatch");
        assert_eq!(library.voices(WORKSPACE).len(), 0);
        let clip = &voice.prompts[0].clip;
        assert!(stores.blobs().await.get(&clip.blob).await.is_err());

        let full = stores.limited(mynah_voices::LibraryOptions {
            max_voices: 0,
            ..mynah_voices::LibraryOptions::default()
        });
        let refused = import(&full.await, &package, ImportConflict::Fail).await;
        assert!(matches!(refused, Err(VoicesError::TooManyVoices(0))));
        assert!(stores.blobs().await.get(&clip.blob).await.is_err());
        assert!(
            import(&library, &package, ImportConflict::Fail)
                .await
                .is_ok()
        );
    }
}
