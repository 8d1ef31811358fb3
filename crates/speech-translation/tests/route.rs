//! Routes: the engines for a pair of languages, selected before the first audio.

mod harness;

use harness::{TestInterpreter, english_to_spanish, interpret, of_segment, sentences};
use mynah_speech::LanguageChoice;
use mynah_speech_translation::SessionEvent;
use mynah_synthesis::VoiceChoice;

#[tokio::test]
async fn an_unsupported_route_is_refused_at_once() {
    let test = TestInterpreter::new();
    for (source, target, voice, part) in [
        ("de", "es", None, "recognizes de; there is en, es, fr"),
        (
            "es",
            "fr",
            None,
            "translates from es into fr; there is en to es",
        ),
        ("en", "es", Some("tone/bass"), "bass"),
        ("en", "es", Some("missing"), "missing"),
    ] {
        let mut options = english_to_spanish();
        options.source = source.parse().unwrap();
        options.target = target.parse().unwrap();
        options.voice = voice.map_or(VoiceChoice::Best, |name| VoiceChoice::Named(name.into()));
        let error = test
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
async fn recognizers_identify_the_language_of_each_segment() {
    let test = TestInterpreter::new();
    test.script.detect_language();
    let mut options = english_to_spanish();
    options.source = LanguageChoice::Auto;
    let clip = sentences(&["en Hello.", "es Adios.", "fr Bonjour."]);
    let events = interpret(&test, options.clone(), clip).await;
    let received: Vec<_> = events
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
        received,
        [("en", "Hello."), ("es", "Adios."), ("fr", "Bonjour.")]
    );
    assert_eq!(
        of_segment(&events, 0).last().unwrap(),
        "0 done Hello. = es: Hello."
    );
    // Text in the target language is spoken as it is; a language without a translator fails.
    assert_eq!(
        of_segment(&events, 1).last().unwrap(),
        "1 done Adios. = Adios."
    );
    assert_eq!(
        of_segment(&events, 2).last().unwrap(),
        "2 failed unsupported"
    );

    options.target = "de".parse().unwrap();
    let error = test.interpreter.route(&options).await.err().unwrap();
    assert!(error.to_string().contains("into de"), "{error}");
}

#[tokio::test]
async fn a_regional_variant_falls_back_to_its_language() {
    let test = TestInterpreter::new();
    for (source, target, expected) in [
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
        let route = test.interpreter.route(&options).await.unwrap();
        assert_eq!(route.source().to_string(), expected, "{source}");
        let events = interpret(&test, options, sentences(&["Hello."])).await;
        let done = of_segment(&events, 0);
        assert!(
            done.last().unwrap().starts_with("0 done Hello."),
            "{done:?}"
        );
    }
}
