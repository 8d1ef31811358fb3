//! Styles that a workspace adds and changes.

use mynah_speech::{Prosody, Style, StyleIndex as _, StyleKey, StyleKind};
use mynah_voices::{BuiltinStyles, Library, StyleOrigin, VoicesError};

use crate::stores::{Stores, WORKSPACE};

fn key(key: &str) -> StyleKey {
    key.parse().unwrap()
}

/// A built-in style, under another key where one is given.
fn style(from: &str, own: Option<&str>) -> Style {
    let builtin = BuiltinStyles.style(WORKSPACE, &key(from)).unwrap();
    Style {
        key: key(own.unwrap_or(from)),
        ..(*builtin).clone()
    }
}

async fn origin(library: &Library, own: &str) -> Option<StyleOrigin> {
    let stored = library.stored_style(WORKSPACE, &key(own)).await;
    stored.map(|style| style.origin)
}

#[tokio::test]
async fn a_style_is_added_changed_and_restored_for_every_process() {
    for stores in Stores::all().await {
        let (here, there) = (stores.library().await, stores.library().await);
        let added = style("whispering", Some("murmuring"));
        let stored = here.put_style(WORKSPACE, &added, None).await.unwrap();
        assert_eq!((stored.origin, stored.version), (StyleOrigin::Workspace, 1));
        assert_eq!(
            origin(&there, "murmuring").await,
            Some(StyleOrigin::Workspace)
        );
        assert!(there.style("another", &key("murmuring")).is_none());

        let mut changed = style("sad", None);
        changed.variants[0].instruct = "Speak as if it rained.".into();
        here.put_style(WORKSPACE, &changed, None).await.unwrap();
        there.refresh().await.unwrap();
        assert_eq!(*there.style(WORKSPACE, &key("sad")).unwrap(), changed);
        let all = there.stored_styles(WORKSPACE).await;
        assert_eq!(all.len(), BuiltinStyles.stored().len() + 1);
        let last = all.last().unwrap();
        assert_eq!(*last.style, added);

        here.delete_style(WORKSPACE, &key("sad"), None)
            .await
            .unwrap();
        here.delete_style(WORKSPACE, &key("murmuring"), None)
            .await
            .unwrap();
        assert_eq!(origin(&there, "sad").await, Some(StyleOrigin::Builtin));
        assert_eq!(origin(&there, "murmuring").await, None);
        for builtin in ["sad", "murmuring"] {
            let deleted = here.delete_style(WORKSPACE, &key(builtin), None).await;
            assert!(
                matches!(deleted, Err(VoicesError::NoSuchStyle)),
                "{builtin}"
            );
        }
    }
}

#[tokio::test]
async fn a_change_of_an_earlier_version_is_refused() {
    for stores in Stores::all().await {
        let library = stores.library().await;
        let style = style("sad", None);
        // Version 0 is that of the built-in one.
        library.put_style(WORKSPACE, &style, Some(0)).await.unwrap();
        let again = library.put_style(WORKSPACE, &style, Some(0)).await;
        assert!(matches!(again, Err(VoicesError::VersionMismatch(1))));
        let deleted = library.delete_style(WORKSPACE, &style.key, Some(7)).await;
        assert!(matches!(deleted, Err(VoicesError::VersionMismatch(1))));
        library
            .delete_style(WORKSPACE, &style.key, Some(1))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_style_out_of_its_bounds_is_refused_by_its_field() {
    let stores = Stores::local();
    let library = stores.library().await;
    let (emotion, mode) = (style("sad", None), style("radio", None));
    let refused = async |style: Style| match library.put_style(WORKSPACE, &style, None).await {
        Err(VoicesError::Field { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    let mut none = emotion.clone();
    none.variants.clear();
    let mut six = emotion.clone();
    let variant = emotion.variants[0].clone();
    six.variants = (0..6)
        .map(|number| mynah_speech::StyleVariant {
            intensity: Some(key(&format!("level_{number}"))),
            ..variant.clone()
        })
        .collect();
    let mut five = six.clone();
    five.variants.pop();
    library.put_style(WORKSPACE, &five, None).await.unwrap();
    let mut doubled = emotion.clone();
    doubled.variants[1].intensity = doubled.variants[0].intensity.clone();
    let mut unnamed = emotion.clone();
    unnamed.variants[0].intensity = None;
    let no_neutral = Style {
        kind: StyleKind::Neutral,
        ..mode.clone()
    };
    assert_eq!(refused(no_neutral).await, "kind");
    let of_a_mode = Style {
        kind: StyleKind::Mode,
        ..emotion.clone()
    };
    for style in [none, six, doubled, unnamed, of_a_mode] {
        assert_eq!(refused(style).await, "variants");
    }
    let mut long = mode.clone();
    long.variants[0].instruct = "a".repeat(1_001);
    assert_eq!(refused(long.clone()).await, "instruct");
    long.variants[0].instruct.pop();
    library.put_style(WORKSPACE, &long, None).await.unwrap();
    let mut silent = mode.clone();
    silent.variants[0].texts.clear();
    assert_eq!(refused(silent).await, "texts");
    let mut nameless = mode.clone();
    nameless.labels.clear();
    assert_eq!(refused(nameless).await, "labels");
    let tagged = Style {
        tags: vec!["tag".into(); 33],
        ..mode
    };
    assert_eq!(refused(tagged).await, "tags");
}

#[tokio::test]
async fn a_workspace_has_a_limit_of_own_styles() {
    let stores = Stores::local();
    let library = stores.library().await;
    let first = style("radio", Some("own_0"));
    library.put_style(WORKSPACE, &first, None).await.unwrap();
    stores
        .execute(
            "INSERT INTO styles WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 198) \
             SELECT workspace, 'own_' || n.i, body, version, revision, updated_at FROM styles, n",
        )
        .await;
    let at_the_limit = style("radio", Some("own_last"));
    library
        .put_style(WORKSPACE, &at_the_limit, None)
        .await
        .unwrap();
    let beyond = library
        .put_style(WORKSPACE, &style("radio", Some("beyond")), None)
        .await;
    assert!(
        matches!(beyond, Err(VoicesError::TooManyStyles(200))),
        "{beyond:?}"
    );
    // One of those that are there can still be changed.
    let mut changed = first;
    changed.variants[0].prosody = Prosody::NEUTRAL;
    library.put_style(WORKSPACE, &changed, None).await.unwrap();
}
