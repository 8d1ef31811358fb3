//! Speech that is kept, and what voices are made of it.

use mynah_audio::SampleRate;
use mynah_speech::{
    Language, Provenance, StyleKey, StyleName, TakeDetails, VoiceAnchor, VoiceIndex as _,
};
use mynah_tone::{Script, Tone};
use mynah_voices::{
    ClipId, Library, NewPrompt, NewPromptOfTake, NewVoice, Origin, PromptSource, Take, TakeQuery,
    TakeRecorder, VoiceQuery, VoicesError,
};

use crate::stores::{Stores, WORKSPACE, consent, create, engines, named, recorded, samples};

fn details(text: &str) -> TakeDetails {
    TakeDetails {
        text: text.into(),
        spoken: text.into(),
        voice: "tone/design".parse().unwrap(),
        kept_voice: None,
        of_person: false,
        language: Language::english(),
        style: None,
        instructions: Some("a calm old man".into()),
        seed: Some(u64::MAX),
    }
}

fn recorder(details: TakeDetails, hz: f32) -> TakeRecorder {
    let mut recorder = TakeRecorder::new(details).unwrap();
    for part in samples(4.0, hz).chunks(10_000) {
        recorder.push(part).unwrap();
    }
    recorder
}

async fn keep(library: &Library, details: TakeDetails, hz: f32) -> Take {
    let take = recorder(details, hz).finish().unwrap();
    library
        .keep_take(WORKSPACE, take, Some("key_1"))
        .await
        .unwrap()
}

fn field(error: VoicesError) -> &'static str {
    match error {
        VoicesError::Field { field, .. } => field,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_take_is_listed_read_and_deleted() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let mut kept = Vec::new();
        for number in 0..3_u8 {
            let hz = 200.0 + 50.0 * f32::from(number);
            kept.push(keep(&library, details(&format!("Take {number}.")), hz).await);
        }
        let mut query = TakeQuery {
            limit: 2,
            ..TakeQuery::default()
        };
        let first = library.takes(WORKSPACE, &query).await.unwrap();
        assert_eq!((first.items.len(), first.total), (2, 3));
        assert_eq!(first.items[0], kept[2]);
        query.cursor = first.next_cursor;
        let last = library.takes(WORKSPACE, &query).await.unwrap();
        assert_eq!(
            (last.items, last.next_cursor),
            (vec![kept[0].clone()], None)
        );

        let take = library.take(WORKSPACE, &kept[1].clip.id).await.unwrap();
        assert_eq!(take, kept[1]);
        assert_eq!(take.details.seed, Some(u64::MAX));
        let clip = library.clip(WORKSPACE, &take.clip.id).await.unwrap();
        let file = library.clip_audio(&clip).await.unwrap();
        let decoded = mynah_audio::decode(&file, &mynah_audio::DecodeLimits::default()).unwrap();
        assert_eq!(decoded.clip.rate, SampleRate::HZ_24000);
        assert_eq!(decoded.clip.samples.len(), 4 * 24_000);
        // Not the first file of the program that says so of itself.
        assert!(file.windows(11).any(|bytes| bytes == b"SYNTHETIC=1"));

        library.delete_take(WORKSPACE, &clip.id).await.unwrap();
        for missing in [clip.id, ClipId::fresh()] {
            let error = library.clip(WORKSPACE, &missing).await.unwrap_err();
            assert!(matches!(error, VoicesError::NoSuchClip));
            let error = library.delete_take(WORKSPACE, &missing).await.unwrap_err();
            assert!(matches!(error, VoicesError::NoSuchClip));
        }
        let blobs = stores.blobs().await;
        assert!(blobs.get(&clip.blob).await.is_err());
        assert!(blobs.get(&kept[0].clip.blob).await.is_ok());
        let elsewhere = library.take("other", &kept[0].clip.id).await;
        assert!(matches!(elsewhere, Err(VoicesError::NoSuchClip)));
    }
}

#[tokio::test]
async fn a_voice_of_a_take_is_no_persons_and_outlives_the_take() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let take = keep(&library, details("What the old man says."), 220.0).await;
        let voice = library
            .create_of_take(WORKSPACE, named("Keeper"), &take.clip.id, None, ())
            .await
            .unwrap();
        assert_eq!(voice.origin, Origin::Description);
        assert_eq!(voice.description, "a calm old man");
        assert!(voice.consent.is_none() && voice.may_speak());
        let anchor = voice.anchor().unwrap();
        assert_eq!(anchor.source, PromptSource::Generated);
        assert_eq!(anchor.seed, Some(u64::MAX));
        assert_eq!(anchor.instruct.as_deref(), Some("a calm old man"));
        assert_eq!(anchor.transcript.as_deref(), Some("What the old man says."));

        library.delete_take(WORKSPACE, &take.clip.id).await.unwrap();
        library.clean_up().await.unwrap();
        library.clip_audio(&anchor.clip).await.unwrap();
        let kept = library.find(WORKSPACE, "keeper").unwrap();
        let VoiceAnchor::Recording(reference) = &kept.anchor else {
            panic!("{kept:?}");
        };
        assert_eq!(reference.provenance, Provenance::Synthetic);

        let person = NewPrompt {
            style: None,
            tags: Vec::new(),
            recorded: recorded(Some("A tone.")),
        };
        let added = library.add_prompt(WORKSPACE, &voice.id, person, consent(), None, ());
        assert_eq!(field(added.await.unwrap_err()), "audio");
        let described = keep(&library, details("Once more."), 240.0).await;
        let new = NewPromptOfTake {
            clip: described.clip.id,
            style: Some(StyleName::Mode("whispering".parse().unwrap())),
            tags: vec!["book".into()],
        };
        let added = library.add_take(WORKSPACE, &voice.id, new, None, ()).await;
        assert_eq!(added.unwrap().style.unwrap().to_string(), "whispering");
    }
}

#[tokio::test]
async fn a_take_of_a_persons_voice_is_for_this_voice_alone() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let (ana, other) = (
            create(&library, "Ana").await,
            create(&library, "Other").await,
        );
        let take = TakeDetails {
            kept_voice: Some(ana.id.to_string()),
            of_person: true,
            style: Some("sad/intense".parse().unwrap()),
            ..details("It is over.")
        };
        let take = keep(&library, take, 300.0).await;
        let new = || NewPromptOfTake {
            clip: take.clip.id.clone(),
            style: None,
            tags: Vec::new(),
        };
        let another = library.create_of_take(WORKSPACE, named("New"), &take.clip.id, None, ());
        assert_eq!(field(another.await.unwrap_err()), "clip");
        let wrong = library.add_take(WORKSPACE, &other.id, new(), None, ());
        assert_eq!(field(wrong.await.unwrap_err()), "clip");
        let added = library.add_take(WORKSPACE, &ana.id, new(), None, ()).await;
        assert_eq!(added.unwrap().style.unwrap().to_string(), "sad/intense");

        // A take goes with its voice, and none comes after it.
        let late = TakeDetails {
            text: "Too late.".into(),
            ..take.details.clone()
        };
        let late = recorder(late, 310.0).finish().unwrap();
        library.erase(WORKSPACE, &ana.id, None).await.unwrap();
        let gone = library.take(WORKSPACE, &take.clip.id).await;
        assert!(matches!(gone, Err(VoicesError::NoSuchClip)));
        assert!(stores.blobs().await.get(&take.clip.blob).await.is_err());
        let kept = library.keep_take(WORKSPACE, late, None).await;
        assert!(matches!(kept, Err(VoicesError::NotFound)));
    }
}

#[tokio::test]
async fn a_take_without_enough_speech_makes_no_prompt() {
    let stores = Stores::local();
    let library = stores.library().await;
    let mut short = TakeRecorder::new(details("Hm.")).unwrap();
    short.push(&samples(1.5, 220.0)).unwrap();
    let short = short.finish().unwrap();
    let short = library.keep_take(WORKSPACE, short, None).await.unwrap();
    let voice = library.create_of_take(WORKSPACE, named("Hm"), &short.clip.id, None, ());
    assert!(matches!(voice.await, Err(VoicesError::Recording(_))));
    assert!(library.find(WORKSPACE, "Hm").is_none());
}

#[tokio::test]
async fn an_engines_voice_has_another_name_here() {
    for stores in Stores::all().await {
        let tone = Tone::new(Script::new());
        let stores = stores.with_engines(engines().with_synthesizer(tone));
        let (here, there) = (stores.library().await, stores.library().await);
        let slow = NewVoice {
            speed: 0.5,
            ..named("Clara")
        };
        let voice = here
            .create_of_speaker(WORKSPACE, slow, "Tone/ALTO", None)
            .await
            .unwrap();
        assert_eq!(voice.origin, Origin::Speaker);
        assert_eq!(voice.speaker.as_ref().unwrap().to_string(), "tone/alto");
        there.refresh().await.unwrap();
        let kept = there.find(WORKSPACE, "clara").unwrap();
        assert!(matches!(&kept.anchor, VoiceAnchor::Preset(id) if id.name() == "alto"));

        here.delete(WORKSPACE, &voice.id, None).await.unwrap();
        assert!(here.find(WORKSPACE, "Clara").is_none());
        here.restore(WORKSPACE, &voice.id, None).await.unwrap();
        assert!(here.find(WORKSPACE, "Clara").is_some());
        let take = keep(&here, details("More."), 220.0).await;
        let new = NewPromptOfTake {
            clip: take.clip.id,
            style: Some(StyleName::Mode(
                StyleKey::try_from("radio".to_owned()).unwrap(),
            )),
            tags: Vec::new(),
        };
        let added = here.add_take(WORKSPACE, &voice.id, new, None, ()).await;
        assert_eq!(field(added.unwrap_err()), "clip");
        // Which engine can speak with which voice: the preset's own, or one that clones.
        create(&here, "Ana").await;
        let by_engine = async |engine: &str| {
            let query = VoiceQuery {
                engine: Some(engine.to_owned()),
                limit: 10,
                ..VoiceQuery::default()
            };
            let list = here.list(WORKSPACE, &query).await.unwrap();
            let names = list.items.into_iter().map(|voice| voice.name.to_string());
            names.collect::<Vec<_>>()
        };
        assert_eq!(by_engine("tone").await, ["Ana", "Clara"]);
        assert!(by_engine("flite").await.is_empty());
        here.erase(WORKSPACE, &voice.id, None).await.unwrap();
        let restored = here.restore(WORKSPACE, &voice.id, None).await;
        assert!(matches!(restored, Err(VoicesError::NotFound)));
        // It is erased for good: the clean-up finds nothing more to erase.
        here.clean_up().await.unwrap();

        for wrong in [
            "tone/tenor",
            "tone/clone",
            "tone/design",
            "nowhere/alto",
            "alto",
        ] {
            let made = here.create_of_speaker(WORKSPACE, named("X"), wrong, None);
            assert_eq!(field(made.await.unwrap_err()), "speaker", "{wrong}");
        }
    }
}
