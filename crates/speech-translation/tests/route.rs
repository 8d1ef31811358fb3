//! Who interprets what: the way from a language to another, found before anything is heard or
//! segment by segment.

mod harness;

use harness::{House, english_to_spanish, interpret, of_segment, sentences};
use mynah_speech::LanguageChoice;
use mynah_speech_translation::SessionEvent;
use mynah_synthesis::VoiceChoice;

#[tokio::test]
async fn what_cannot_be_done_is_said_at_once() {
    let house = House::new();
    for (source, target, voice, part) in [
        ("de", "es", None, "recognizes de; there is en, es, fr"),
        (
            "es",
            "fr",
            None,
            "translates from es into fr; there is en to es",
        ),
        ("en", "es", Some("tone/bass"), "bass"),
        ("en", "es", Some("nobody"), "nobody"),
    ] {
        let mut options = english_to_spanish();
        options.source = source.parse().unwrap();
        options.target = target.parse().unwrap();
        options.voice = voice.map_or(VoiceChoice::Best, |name| VoiceChoice::Named(name.into()));
        let error = house
            .interpreter
            .route(&options)
            .await
            .err()
            .expect("an error")
            .to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn the_language_of_each_segment_is_found_where_a_recognizer_does_that() {
    let house = House::new();
    house.script.detect_language();
    let mut options = english_to_spanish();
    options.source = LanguageChoice::Auto;
    let clip = sentences(&["en Hello.", "es Adios.", "fr Bonjour."]);
    let events = interpret(&house, options.clone(), clip).await;
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            SessionEvent::Recognized {
                transcript,
                language,
                ..
            } => Some((language.as_str(), transcript.text.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [("en", "Hello."), ("es", "Adios."), ("fr", "Bonjour.")]
    );
    assert_eq!(
        of_segment(&events, 0).last().unwrap(),
        "0 done Hello. = es: Hello."
    );
    // What is in the target language already is said again; what nobody translates is told.
    assert_eq!(
        of_segment(&events, 1).last().unwrap(),
        "1 done Adios. = Adios."
    );
    assert_eq!(
        of_segment(&events, 2).last().unwrap(),
        "2 failed unsupported"
    );

    options.target = "de".parse().unwrap();
    let error = house.interpreter.route(&options).await.err().unwrap();
    assert!(error.to_string().contains("into de"), "{error}");
}

#[tokio::test]
async fn a_regional_variant_falls_back_to_its_language() {
    let house = House::new();
    for (source, target, heard) in [
        ("en-GB", "es-MX", "en"),
        ("en_au", "Spanish", "en"),
        ("Canadian French", "en-US", "fr"),
        ("ES", "English", "es"),
        ("", "es", "en"),
    ] {
        let mut options = english_to_spanish();
        options.source = source.parse().unwrap();
        options.target = target.parse().unwrap();
        options.speak = false;
        let route = house.interpreter.route(&options).await.unwrap();
        assert_eq!(route.source().to_string(), heard, "{source}");
        let events = interpret(&house, options, sentences(&["Hello."])).await;
        let done = of_segment(&events, 0);
        assert!(
            done.last().unwrap().starts_with("0 done Hello."),
            "{done:?}"
        );
    }
}
