//! Recordings of a voice in styles.

use mynah_speech::{StyleKey, StyleName, VoiceIndex as _};
use mynah_voices::{
    Library, NewPrompt, Prompt, PromptChange, PromptQuery, RecordedPrompt, StoredVoice, VoicesError,
};

use crate::stores::{Stores, WORKSPACE, consent, create, recorded, tone};

fn key(key: &str) -> StyleKey {
    key.parse().unwrap()
}

fn emotion(own: &str, intensity: Option<&str>) -> StyleName {
    StyleName::Emotion {
        key: key(own),
        intensity: intensity.map(key),
    }
}

/// A recording of this pitch, so that its clip is another one.
fn new(style: Option<StyleName>, hz: f32, words: &str) -> NewPrompt {
    NewPrompt {
        style,
        tags: vec!["Take".into()],
        recorded: RecordedPrompt {
            audio: tone(4.0, hz).into(),
            ..recorded(Some(words))
        },
    }
}

async fn add(library: &Library, voice: &StoredVoice, new: NewPrompt) -> Prompt {
    library
        .add_prompt(WORKSPACE, &voice.id, new, consent(), None, ())
        .await
        .unwrap()
}

/// The styles that every process speaks a voice from.
fn spoken(library: &Library, name: &str) -> Vec<String> {
    let kept = library.find(WORKSPACE, name).unwrap();
    kept.prompts
        .iter()
        .map(|prompt| prompt.style.to_string())
        .collect()
}

#[tokio::test]
async fn a_recording_in_a_style_is_added_changed_and_deleted_for_every_process() {
    for stores in Stores::all().await {
        let (here, there) = (stores.library().await, stores.library().await);
        let voice = create(&here, "Ana").await;
        let sad = add(
            &here,
            &voice,
            new(Some(emotion("sad", None)), 300.0, "So sad."),
        )
        .await;
        // The weakest intensity, where none is named.
        assert_eq!(sad.style.as_ref().unwrap().to_string(), "sad/medium");
        there.refresh().await.unwrap();
        assert_eq!(spoken(&there, "Ana"), ["sad/medium"]);

        let change = PromptChange {
            style: Some(Some(StyleName::Mode(key("radio")))),
            transcript: Some("Over and out.".into()),
            ..PromptChange::default()
        };
        let changed = here
            .change_prompt(WORKSPACE, &sad.id, change, None)
            .await
            .unwrap();
        assert_eq!(changed.transcript.as_deref(), Some("Over and out."));
        there.refresh().await.unwrap();
        assert_eq!(spoken(&there, "Ana"), ["radio"]);
        let kept = there.find(WORKSPACE, "Ana").unwrap();
        assert_eq!(
            kept.prompts[0].reference.text.as_deref(),
            Some("Over and out.")
        );

        let blobs = stores.blobs().await;
        assert!(blobs.get(&sad.clip.blob).await.is_ok());
        here.delete_prompt(WORKSPACE, &sad.id, None).await.unwrap();
        assert!(blobs.get(&sad.clip.blob).await.is_err());
        there.refresh().await.unwrap();
        assert_eq!(spoken(&there, "Ana"), [""; 0]);
        let gone = here.prompt(WORKSPACE, &sad.id).await;
        assert!(matches!(gone, Err(VoicesError::NoSuchPrompt)));
        let audit = here.audit(WORKSPACE, &voice.id).await.unwrap();
        let events: Vec<_> = audit.iter().map(|entry| entry.event.as_str()).collect();
        assert!(events.contains(&"prompt_added") && events.contains(&"prompt_deleted"));
    }
}

#[tokio::test]
async fn the_anchor_changes_and_cannot_be_deleted() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let voice = create(&library, "Ana").await;
        let first = voice.anchor().unwrap().id.clone();
        let refused = library.delete_prompt(WORKSPACE, &first, None).await;
        assert!(matches!(refused, Err(VoicesError::PromptInUse)));
        let second = add(&library, &voice, new(None, 300.0, "Another one.")).await;
        let anchor = PromptChange {
            anchor: true,
            ..PromptChange::default()
        };
        library
            .change_prompt(WORKSPACE, &second.id, anchor, None)
            .await
            .unwrap();
        let kept = library.find(WORKSPACE, "Ana").unwrap();
        assert_eq!(
            kept.anchor.recording().unwrap().text.as_deref(),
            Some("Another one.")
        );
        library
            .delete_prompt(WORKSPACE, &first, None)
            .await
            .unwrap();
        let left = library.get(WORKSPACE, &voice.id).await.unwrap();
        assert_eq!((left.prompts.len(), left.prompts[0].anchor), (1, true));
    }
}

#[tokio::test]
async fn prompts_are_found_by_style_voice_tag_and_words() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let (ana, bea) = (create(&library, "Ana").await, create(&library, "Bea").await);
        add(
            &library,
            &ana,
            new(Some(emotion("sad", Some("intense"))), 300.0, "Élan."),
        )
        .await;
        add(
            &library,
            &bea,
            new(Some(StyleName::Mode(key("radio"))), 330.0, "Roger."),
        )
        .await;
        let found = async |change: fn(&mut PromptQuery)| {
            let mut query = PromptQuery {
                limit: 10,
                ..PromptQuery::default()
            };
            change(&mut query);
            library.prompts(WORKSPACE, &query).await.unwrap().total
        };
        assert_eq!(found(|_| ()).await, 4);
        assert_eq!(
            found(|query| query.style = Some(emotion("sad", None))).await,
            1
        );
        assert_eq!(
            found(|query| query.intensity = Some(key("medium"))).await,
            0
        );
        assert_eq!(found(|query| query.tags = vec!["take".into()]).await, 2);
        assert_eq!(found(|query| query.text = Some("elan".into())).await, 1);
        let of_ana = PromptQuery {
            voice: Some(ana.id.clone()),
            limit: 1,
            ..PromptQuery::default()
        };
        let first = library.prompts(WORKSPACE, &of_ana).await.unwrap();
        let rest = PromptQuery {
            cursor: first.next_cursor,
            ..of_ana
        };
        let rest = library.prompts(WORKSPACE, &rest).await.unwrap();
        assert_eq!((first.total, rest.items.len()), (2, 1));
        assert!(rest.next_cursor.is_none());
        let sad = mynah_voices::VoiceQuery {
            style: Some(emotion("sad", None)),
            limit: 10,
            ..mynah_voices::VoiceQuery::default()
        };
        let voices = library.list(WORKSPACE, &sad).await.unwrap().items;
        assert_eq!(
            voices
                .iter()
                .map(|own| own.name.as_str())
                .collect::<Vec<_>>(),
            ["Ana"]
        );
    }
}

#[tokio::test]
async fn what_cannot_be_a_prompt_changes_nothing() {
    let stores = Stores::local();
    let library = stores.library().await;
    let voice = create(&library, "Ana").await;
    let refused = async |new: NewPrompt| {
        let added = library.add_prompt(WORKSPACE, &voice.id, new, consent(), None, ());
        added.await.unwrap_err()
    };
    let unknown = refused(new(Some(emotion("no_such", None)), 300.0, "Words.")).await;
    assert!(matches!(unknown, VoicesError::Field { field: "style", .. }));
    let mode = refused(new(Some(StyleName::Mode(key("sad"))), 300.0, "Words.")).await;
    assert!(matches!(mode, VoicesError::Style(_)));
    let mut short = new(None, 300.0, "Words.");
    short.recorded.audio = tone(1.0, 300.0).into();
    assert!(matches!(refused(short).await, VoicesError::Recording(_)));
    assert_eq!(
        library
            .get(WORKSPACE, &voice.id)
            .await
            .unwrap()
            .prompts
            .len(),
        1
    );
}

#[tokio::test]
async fn a_recording_of_another_speaker_is_refused() {
    let stores = Stores::local();
    let library = stores.library().await;
    let voice = create(&library, "Ana").await;
    let of = |speaker: &str| mynah_speech::Consent::now(speaker, "I agree.").unwrap();
    let add = async |speaker: &str| {
        let new = new(None, 300.0, "Words.");
        let added = library.add_prompt(WORKSPACE, &voice.id, new, of(speaker), None, ());
        added.await
    };
    let refused = add("Bob").await.unwrap_err();
    assert!(
        matches!(
            refused,
            VoicesError::Field {
                field: "consent",
                ..
            }
        ),
        "{refused:?}"
    );
    add("ana lima").await.unwrap();
}

#[tokio::test]
async fn changes_of_different_parts_are_both_kept() {
    for stores in Stores::all().await {
        let (here, there) = (stores.library().await, stores.library().await);
        let voice = create(&here, "Ana").await;
        let prompt = add(&here, &voice, new(None, 300.0, "Wrong words.")).await;
        there.refresh().await.unwrap();
        let words = PromptChange {
            transcript: Some("Right words.".into()),
            ..PromptChange::default()
        };
        let tags = PromptChange {
            tags: Some(vec!["second".into()]),
            ..PromptChange::default()
        };
        let (one, other) = tokio::join!(
            here.change_prompt(WORKSPACE, &prompt.id, words, None),
            there.change_prompt(WORKSPACE, &prompt.id, tags, None),
        );
        one.unwrap();
        other.unwrap();
        let kept = here.prompt(WORKSPACE, &prompt.id).await.unwrap().prompt;
        assert_eq!(kept.transcript.as_deref(), Some("Right words."));
        assert_eq!(kept.tags, ["second"]);
        assert!(!kept.x_vector_only);
    }
}

#[tokio::test]
async fn a_deleted_recording_may_not_be_spoken_from() {
    for stores in Stores::all().await {
        let (here, there) = (stores.library().await, stores.library().await);
        let voice = create(&here, "Ana").await;
        let sad = add(
            &here,
            &voice,
            new(Some(emotion("sad", None)), 300.0, "So sad."),
        )
        .await;
        there.refresh().await.unwrap();
        let kept = there.find(WORKSPACE, "Ana").unwrap();
        let permission = |reference: &mynah_speech::Reference| match &reference.audio {
            mynah_speech::ReferenceAudio::Kept(clip) => clip.permission.clone(),
            other => panic!("{other:?}"),
        };
        let (styled, anchor) = (
            permission(&kept.prompts[0].reference),
            permission(kept.anchor.recording().unwrap()),
        );
        let tags = PromptChange {
            tags: Some(vec!["other".into()]),
            ..PromptChange::default()
        };
        here.change_prompt(WORKSPACE, &sad.id, tags, None)
            .await
            .unwrap();
        assert!(there.confirm(&kept).await.unwrap() && styled.is_given());
        here.delete_prompt(WORKSPACE, &sad.id, None).await.unwrap();
        assert!(there.confirm(&kept).await.unwrap());
        assert!(!styled.is_given() && anchor.is_given());
    }
}

#[tokio::test]
async fn a_voice_has_at_most_200_prompts() {
    let stores = Stores::local();
    let library = stores.library().await;
    let voice = create(&library, "Ana").await;
    stores
        .execute(
            "INSERT INTO prompts WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 198) \
             SELECT substr(id, 1, 30) || printf('%06d', n.i), voice_id, style, tags, transcript, x_vector_only, \
             language, source, instruct, seed, clip_id, 0, created_at, consent_id FROM prompts, n",
        )
        .await;
    add(&library, &voice, new(None, 300.0, "The last one.")).await;
    let beyond = library
        .add_prompt(
            WORKSPACE,
            &voice.id,
            new(None, 330.0, "One more."),
            consent(),
            None,
            (),
        )
        .await;
    assert!(
        matches!(beyond, Err(VoicesError::TooManyPrompts(200))),
        "{beyond:?}"
    );
}
