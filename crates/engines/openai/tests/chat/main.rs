//! A real endpoint on this machine, over its socket.
#![allow(clippy::unwrap_used)]

mod stand_in;

use std::thread;
use std::time::{Duration, Instant};

use mynah_openai::{Key, OpenAi, Options};
use mynah_speech::{Cancel, EngineHealth, Language, SpeechError, Translator};
use stand_in::{Answer, Endpoint, completion};

const SECRET: &str = "sk-very-secret";

fn language(tag: &str) -> Language {
    tag.parse().unwrap()
}

fn options(endpoint: &Endpoint) -> Options {
    Options {
        key: Key::new(SECRET),
        languages: ["en", "es", "pt-BR"].map(language).to_vec(),
        ..Options::new(&endpoint.url, "small-model")
    }
}

fn ask(options: Options, text: &str) -> Result<String, SpeechError> {
    OpenAi::new(options).translate(text, &language("en"), &language("es"), &Cancel::new())
}

/// The error of a single answer, which is asked for once.
fn error(answer: Answer) -> SpeechError {
    let endpoint = Endpoint::start(vec![answer]);
    let once = Options {
        retries: 0,
        timeout: Duration::from_millis(400),
        ..options(&endpoint)
    };
    let error = ask(once, "Hello secret words.").unwrap_err();
    let said = format!("{error} {error:?}");
    for hidden in [SECRET, "secret words", &endpoint.url, "upstream"] {
        assert!(!said.contains(hidden), "{said}");
    }
    error
}

fn status(status: u16) -> SpeechError {
    error(Answer::Says(status, "", "{\"error\":\"upstream\"}".into()))
}

#[test]
fn it_asks_for_the_translation_alone_and_gives_it() {
    let endpoint = Endpoint::saying(" Hola, mundo. ");
    let engine = OpenAi::new(options(&endpoint));
    let answer = engine.translate(
        "Hello, world.\n",
        &language("en-GB"),
        &language("es"),
        &Cancel::new(),
    );
    assert_eq!(answer.unwrap(), "Hola, mundo.\n");
    let heard = endpoint.heard.recv().unwrap();
    assert!(
        heard.head.starts_with("post /v1/chat/completions "),
        "{}",
        heard.head
    );
    assert!(
        heard
            .head
            .contains(&format!("authorization: Bearer {SECRET}"))
    );
    let body = heard.body;
    assert_eq!(body["model"], "small-model");
    assert_eq!(body["temperature"], 0.0);
    assert_eq!(body["max_tokens"], 64 + 4 * 13);
    assert_eq!(body["stream"], false);
    assert_eq!(body["messages"][1]["content"], "Hello, world.");
    let system = body["messages"][0]["content"].as_str().unwrap();
    assert!(
        system.contains("from English (en-GB) into Spanish (es)"),
        "{system}"
    );
}

#[test]
fn without_a_key_no_key_is_sent() {
    let endpoint = Endpoint::saying("Hola.");
    let keyless = Options {
        key: Key::new("  "),
        ..options(&endpoint)
    };
    assert_eq!(ask(keyless, "Hello.").unwrap(), "Hola.");
    assert!(
        !endpoint
            .heard
            .recv()
            .unwrap()
            .head
            .contains("authorization")
    );
    assert_eq!(format!("{:?}", Key::new(SECRET)), "Some(Key(…))");
    assert_eq!(Key::new("a\r\nb"), None);
}

#[test]
fn an_answer_that_is_no_whole_translation_is_an_error() {
    let refusal =
        r#"{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]}"#;
    for (answer, why) in [
        (completion("  ", "stop"), "nothing"),
        (completion("Hola, mu", "length"), "lacks its end"),
        (completion("", "content_filter"), "would not"),
        (Answer::Says(200, "", refusal.into()), "would not"),
        (completion("Hola", "tool_calls"), "not a finished"),
        (Answer::Says(200, "", "<html>".into()), "no chat completion"),
        (Answer::Says(200, "", "x".repeat(2 << 20)), "far too long"),
    ] {
        let error = error(answer);
        assert!(matches!(error, SpeechError::Failed { .. }), "{error:?}");
        assert!(error.to_string().contains(why), "{error} without {why}");
    }
}

#[test]
fn statuses_are_classed_and_name_the_fix() {
    for (code, fix) in [
        (401, "openai_key"),
        (403, "openai_key"),
        (404, "openai_model"),
        (307, "openai_url"),
    ] {
        let SpeechError::Unavailable { fix: said, .. } = status(code) else {
            panic!("{code}")
        };
        assert!(said.contains(fix), "{said}");
    }
    for code in [400, 413, 422] {
        assert!(matches!(
            status(code),
            SpeechError::Invalid { param: "text", .. }
        ));
    }
    for code in [408, 429, 500, 503] {
        assert!(matches!(status(code), SpeechError::Busy { .. }), "{code}");
    }
    assert!(matches!(status(418), SpeechError::Failed { .. }));
}

#[test]
fn silence_and_a_broken_answer_are_passing_troubles() {
    for answer in [Answer::Silence, Answer::BreaksOff] {
        let error = error(answer);
        assert!(matches!(error, SpeechError::Busy { .. }), "{error:?}");
    }
    // A port that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", port.local_addr().unwrap());
    drop(port);
    let gone = Options {
        languages: ["en", "es"].map(language).to_vec(),
        retries: 0,
        ..Options::new(url, "m")
    };
    let error = ask(gone, "Hello.").unwrap_err();
    assert!(matches!(error, SpeechError::Busy { .. }), "{error:?}");
}

#[test]
fn what_may_pass_is_asked_again_as_the_endpoint_wishes() {
    let later = Answer::Says(429, "retry-after: 1\r\n", String::new());
    let endpoint = Endpoint::start(vec![later, completion("Hola.", "stop")]);
    let begun = Instant::now();
    assert_eq!(ask(options(&endpoint), "Hello.").unwrap(), "Hola.");
    assert!(begun.elapsed() >= Duration::from_secs(1), "it did not wait");
    assert_eq!(endpoint.heard.try_iter().count(), 2);
}

#[test]
fn tries_and_waits_are_bounded() {
    let endpoint = Endpoint::start(vec![Answer::Says(503, "retry-after: 0\r\n", String::new())]);
    let error = ask(options(&endpoint), "Hello.").unwrap_err();
    assert!(matches!(error, SpeechError::Busy { .. }), "{error:?}");
    assert_eq!(endpoint.heard.try_iter().count(), 3, "one and two more");

    let endpoint = Endpoint::start(vec![Answer::Says(
        429,
        "retry-after: 3600\r\n",
        String::new(),
    )]);
    let begun = Instant::now();
    let error = ask(options(&endpoint), "Hello.").unwrap_err();
    assert!(matches!(error, SpeechError::Busy { .. }), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(endpoint.heard.try_iter().count(), 1);
}

#[test]
fn whoever_gives_up_leaves_at_once_and_places_are_bounded() {
    for answer in [
        Answer::Silence,
        Answer::Says(429, "retry-after: 9\r\n", String::new()),
    ] {
        let endpoint = Endpoint::start(vec![answer.clone()]);
        let few = Options {
            concurrency: 1,
            timeout: Duration::from_secs(30),
            ..options(&endpoint)
        };
        let engine = OpenAi::new(few);
        let cancel = Cancel::new();
        let (en, es) = (language("en"), language("es"));
        thread::scope(|scope| {
            let asking = scope.spawn(|| engine.translate("Hello.", &en, &es, &cancel));
            endpoint.heard.recv().unwrap();
            if matches!(answer, Answer::Silence) {
                let busy = engine.translate("Me too.", &en, &es, &Cancel::new());
                assert!(matches!(busy, Err(SpeechError::Busy { .. })), "{busy:?}");
            }
            let begun = Instant::now();
            cancel.cancel();
            assert_eq!(asking.join().unwrap(), Err(SpeechError::Cancelled));
            assert!(begun.elapsed() < Duration::from_secs(2));
        });
    }
}

#[test]
fn a_long_text_goes_in_parts_and_its_gaps_stay() {
    let endpoint = Endpoint::saying("Hola.");
    let long = "One sentence more. ".repeat(400);
    let long = format!("{}\n\n…\n\nHello.\n", long.trim_end());
    let answer = ask(options(&endpoint), &long).unwrap();
    let parts: Vec<_> = endpoint.heard.try_iter().collect();
    assert!(parts.len() >= 3, "{} parts", parts.len());
    let content = |part: &stand_in::Heard| part.body["messages"][1]["content"].clone();
    assert!(parts.iter().all(|part| content(part) != "…"));
    assert!(answer.ends_with("Hola.\n\n…\n\nHola.\n"), "{answer:?}");
    assert_eq!(ask(options(&endpoint), " … \n").unwrap(), " … \n");

    let error = ask(options(&endpoint), &"a".repeat(256 * 1024 + 1)).unwrap_err();
    assert!(matches!(error, SpeechError::Invalid { param: "text", .. }));
}

#[test]
fn it_offers_each_language_into_every_other() {
    let endpoint = Endpoint::saying("Hola.");
    let engine = OpenAi::new(options(&endpoint));
    assert_eq!(engine.pairs().len(), 6);
    assert!(engine.health().is_ready());
    let answer = engine.translate("Hi.", &language("en"), &language("fr"), &Cancel::new());
    assert!(
        matches!(answer, Err(SpeechError::Unsupported { .. })),
        "{answer:?}"
    );

    for (broken, fix) in [
        (Options::new("localhost", "m"), "openai_url"),
        (Options::new("http://127.0.0.1:1/v1", " "), "openai_model"),
        (
            Options::new("http://127.0.0.1:1/v1", "m"),
            "openai_languages",
        ),
    ] {
        let engine = OpenAi::new(broken);
        let EngineHealth::Missing { fix: said, .. } = engine.health() else {
            panic!("ready without {fix}")
        };
        assert!(said.contains(fix), "{said}");
        assert_eq!(engine.pairs(), []);
        let answer = engine.translate("Hi.", &language("en"), &language("es"), &Cancel::new());
        assert!(matches!(answer, Err(SpeechError::Unavailable { .. })));
    }
}
