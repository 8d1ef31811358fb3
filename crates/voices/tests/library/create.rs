//! Creating and finding voices.

use mynah_audio::{DecodeLimits, SampleRate, decode};
use mynah_speech::recording::InvalidRecording;
use mynah_speech::{
    Cancel, EngineHealth, EngineId, EngineInfo, Language, LanguageChoice, PromptKey,
    RecognitionOptions, Recognizer, RecognizerStream, ReferenceAudio, SpeechError, Transcript,
    VoiceIndex as _,
};
use mynah_voices::{LibraryOptions, NewVoice, Origin, RecordedPrompt, VoiceQuery, VoicesError};

use crate::stores::{Stores, WORKSPACE, consent, create, engines, named, recorded, tone};

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_becomes_a_voice_that_keeps_its_clip() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let voice = NewVoice {
            description: "calm".into(),
            tags: vec!["book".into()],
            ..named("Ana")
        };
        let recorded = recorded(Some(" A tone. "));
        let stored = library
            .create(WORKSPACE, voice, recorded, consent(), Some("key1"), ())
            .await
            .unwrap();
        assert_eq!((stored.origin, stored.version), (Origin::Recording, 1));
        assert!(stored.may_speak());
        let prompt = stored.anchor().unwrap();
        assert_eq!(prompt.transcript.as_deref(), Some("A tone."));
        assert!((prompt.quality.seconds - 4.0).abs() < 0.1);
        let given = stored.consent.clone().unwrap();
        assert_eq!(given.speaker, "Ana Lima");
        assert_eq!(given.given_by.as_deref(), Some("key1"));

        // A library of another process reads the same from the stores.
        let other = stores.library().await;
        assert_eq!(other.get(WORKSPACE, &stored.id).await.unwrap(), stored);
        let flac = stores.blobs().await.get(&prompt.clip.blob).await.unwrap();
        let decoded = decode(&flac, &DecodeLimits::default()).unwrap();
        assert_eq!(decoded.container, "flac");
        assert_eq!(decoded.clip.samples.len() as i64, prompt.clip.samples);
        assert!(matches!(
            other.get("elsewhere", &stored.id).await,
            Err(VoicesError::NotFound)
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_taken_in_any_case_until_its_voice_is_deleted() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let first = create(&library, "Straße").await;
        let again = || {
            library.create(
                WORKSPACE,
                named("STRASSE"),
                recorded(Some("A.")),
                consent(),
                None,
                (),
            )
        };
        assert!(matches!(again().await, Err(VoicesError::NameTaken)));
        let elsewhere = library.create(
            "elsewhere",
            named("Straße"),
            recorded(Some("A.")),
            consent(),
            None,
            (),
        );
        elsewhere.await.unwrap();
        library.delete(WORKSPACE, &first.id, None).await.unwrap();
        again().await.unwrap();
        let restored = library.restore(WORKSPACE, &first.id, None).await;
        assert!(matches!(restored, Err(VoicesError::NameTaken)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_creations_of_one_name_one_succeeds() {
    for stores in Stores::all().await {
        let (one, other) = (stores.library().await, stores.library().await);
        let create = |library| async move {
            let library: mynah_voices::Library = library;
            let recorded = recorded(Some("A."));
            let made = library.create(WORKSPACE, named("Ana"), recorded, consent(), None, ());
            made.await.map(|voice| voice.id)
        };
        let (first, second) = tokio::join!(create(one), create(other));
        let failed = match (&first, &second) {
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
            both => panic!("{both:?}"),
        };
        assert!(matches!(failed, VoicesError::NameTaken), "{failed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_recording_changes_nothing() {
    let stores = Stores::local();
    let library = stores
        .limited(LibraryOptions {
            max_voices: 1,
            ..LibraryOptions::default()
        })
        .await;
    let make = |voice: NewVoice, audio: Vec<u8>, text: Option<String>| {
        let recorded = RecordedPrompt {
            audio: audio.into(),
            transcript: text,
            ..recorded(None)
        };
        library.create(WORKSPACE, voice, recorded, consent(), None, ())
    };
    for (seconds, too_long) in [(2.0, false), (61.0, true)] {
        let refused = make(named("Ana"), tone(seconds, 220.0), None)
            .await
            .unwrap_err();
        match refused {
            VoicesError::Recording(InvalidRecording::TooShort { .. }) => assert!(!too_long),
            VoicesError::Recording(InvalidRecording::TooLong { .. }) => assert!(too_long),
            other => panic!("{other:?}"),
        }
    }
    let refused = make(named("Ana"), b"no sound".to_vec(), None).await;
    assert!(matches!(
        refused,
        Err(VoicesError::Recording(InvalidRecording::Undecodable(_)))
    ));
    let long = NewVoice {
        description: "x".repeat(2_001),
        ..named("Ana")
    };
    let tags = NewVoice {
        tags: vec!["x".into(); 33],
        ..named("Ana")
    };
    let speed = NewVoice {
        speed: 4.1,
        ..named("Ana")
    };
    for voice in [long, tags, speed] {
        let refused = make(voice, tone(4.0, 220.0), None).await;
        assert!(matches!(refused, Err(VoicesError::Field { .. })));
    }
    let refused = make(named("Ana"), tone(4.0, 220.0), Some("x".repeat(4_097))).await;
    assert!(matches!(
        refused,
        Err(VoicesError::Field {
            field: "ref_text",
            ..
        })
    ));
    let all = VoiceQuery {
        limit: 10,
        ..VoiceQuery::default()
    };
    assert_eq!(library.list(WORKSPACE, &all).await.unwrap().total, 0);

    create(&library, "Ana").await;
    let full = make(named("Ben"), tone(4.0, 220.0), None).await;
    assert!(matches!(full, Err(VoicesError::TooManyVoices(1))));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_recognizer_only_the_x_vector_is_used() {
    let stores = Stores::local();
    let library = stores.library().await;
    let made = library.create(WORKSPACE, named("Ana"), recorded(None), consent(), None, ());
    let stored = made.await.unwrap();
    let prompt = stored.anchor().unwrap();
    assert!(prompt.x_vector_only && prompt.transcript.is_none());
}

/// A recognizer that always recognizes the same words.
struct SameWords(EngineInfo);

impl SameWords {
    const fn new(demo: bool) -> Self {
        Self(EngineInfo {
            id: EngineId::new("same"),
            demo,
            about: "the same words",
            licence: "none",
            packages: &[],
        })
    }
}

impl Recognizer for SameWords {
    fn info(&self) -> &EngineInfo {
        &self.0
    }

    fn health(&self) -> EngineHealth {
        EngineHealth::Ready { version: None }
    }

    fn languages(&self) -> Vec<Language> {
        vec![Language::english()]
    }

    fn detects(&self) -> bool {
        true
    }

    fn rate(&self) -> SampleRate {
        SampleRate::HZ_16000
    }

    fn open(&self, options: &RecognitionOptions) -> Result<Box<dyn RecognizerStream>, SpeechError> {
        Ok(Box::new(SameStream(options.language.clone(), 0)))
    }
}

/// The language that was named, and the number of samples.
struct SameStream(LanguageChoice, usize);

impl RecognizerStream for SameStream {
    fn push(&mut self, samples: &[f32]) -> Result<Option<String>, SpeechError> {
        self.1 += samples.len();
        Ok(None)
    }

    fn finish(self: Box<Self>, _: &Cancel) -> Result<Transcript, SpeechError> {
        Ok(Transcript {
            text: format!(" {} s in {} ", self.1 / 16_000, self.0),
            ..Transcript::default()
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_transcribed_by_a_recognizer_that_is_no_demo() {
    for (demo, language, text) in [
        (false, None, Some("4 s in auto")),
        (false, Some("en-GB"), Some("4 s in en")),
        (false, Some("pt"), None),
        (true, None, None),
    ] {
        let engines = engines().with_recognizer(SameWords::new(demo));
        let stores = Stores::local().with_engines(engines);
        let library = stores.library().await;
        let recorded = RecordedPrompt {
            audio: tone(4.1, 220.0).into(),
            language: language.map(|tag| tag.parse().unwrap()),
            ..recorded(None)
        };
        let made = library.create(WORKSPACE, named("Ana"), recorded, consent(), None, ());
        let stored = made.await.unwrap();
        let prompt = stored.anchor().unwrap();
        assert_eq!(prompt.transcript.as_deref(), text, "{language:?}");
        assert_eq!(prompt.x_vector_only, text.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_read_clips_and_keep_tensors() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let stored = create(&library, "Ana").await;
        let kept = library.find(WORKSPACE, "ana").unwrap();
        let ReferenceAudio::Kept(clip) = kept.anchor.recording().unwrap().audio.clone() else {
            panic!("it is kept");
        };
        let flac = stores
            .blobs()
            .await
            .get(&stored.anchor().unwrap().clip.blob)
            .await
            .unwrap();
        // As an engine does, on a thread of its own.
        let engine = std::thread::spawn(move || {
            let key = PromptKey {
                clip: &clip.sha256,
                transcript: Some("A tone."),
                checkpoint: "model@1",
            };
            assert_eq!(clip.cache.clip(&clip.sha256).unwrap(), flac);
            assert_eq!(clip.cache.tensors(&key), None);
            clip.cache.keep(&key, b"tensors".to_vec());
            assert_eq!(clip.cache.tensors(&key).as_deref(), Some(&b"tensors"[..]));
            for other in [
                PromptKey {
                    checkpoint: "model@2",
                    ..key
                },
                PromptKey {
                    transcript: None,
                    ..key
                },
            ] {
                assert_eq!(clip.cache.tensors(&other), None);
            }
        });
        tokio::task::spawn_blocking(|| engine.join())
            .await
            .unwrap()
            .unwrap();
    }
}
