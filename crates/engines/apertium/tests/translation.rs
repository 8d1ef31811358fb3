//! The real pipelines of this machine.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use mynah_apertium::{Apertium, Limits};
use mynah_speech::{Cancel, EngineHealth, Language, SpeechError, Translator};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

fn engine() -> Apertium {
    let engine = Apertium::new("/usr/share/apertium/modes");
    let health = engine.health();
    assert!(
        health.is_ready(),
        "{health:?}: apt-get install apertium apertium-eng-spa"
    );
    engine
}

fn language(tag: &str) -> Language {
    tag.parse().unwrap()
}

fn translate(engine: &Apertium, text: &str, from: &str, to: &str) -> String {
    let answer = engine.translate(text, &language(from), &language(to), &Cancel::new());
    answer.unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn spanish(engine: &Apertium, text: &str) -> String {
    translate(engine, text, "en", "es")
}

#[test]
fn english_and_spanish_both_ways() {
    let engine = engine();
    let pairs = engine.pairs();
    for (from, to) in [("en", "es"), ("es", "en"), ("es", "en-US")] {
        assert!(pairs.contains(&(language(from), language(to))), "{pairs:?}");
    }
    assert_eq!(
        spanish(&engine, "The weather is very nice today."),
        "El tiempo es muy bueno hoy."
    );
    assert_eq!(
        spanish(&engine, "I would like a cup of coffee with milk, please"),
        "Me gustaría una copa de café con leche, complacer"
    );
    assert_eq!(
        translate(&engine, "La casa es grande.", "es", "en"),
        "The house is big."
    );
    // A region on either side is no hindrance.
    assert_eq!(
        translate(&engine, "The dog ran.", "en-GB", "es-MX"),
        spanish(&engine, "The dog ran.")
    );
}

#[test]
fn marks_names_and_paragraphs_survive() {
    let engine = engine();
    for (text, answer) in [
        ("", ""),
        (" \n", " \n"),
        ("?!", "?!"),
        ("Where is the dog?", "Dónde es el perro?"),
        ("The dog", "El perro"),
        ("Zyxwv is big.", "Zyxwv Es grande."),
        (
            "*[the dog]* ~ #1 ^x$ {y} <z> a@b.c \\ / +",
            "*[El perro]* ~ #1 ^x$ {y} <z> un@b.c \\ / +",
        ),
        ("The dog.\n\nThe\ncat.\n", "El perro.\n\nEl gato."),
        ("The dog.\0The cat.", "El perro. El gato."),
    ] {
        assert_eq!(spanish(&engine, text), answer, "{text:?}");
    }
}

#[test]
fn a_thousand_texts_of_any_kind_each_get_their_own_answer() {
    // Long enough on a machine at work; a pipeline that hangs does so for ever.
    let limits = Limits {
        timeout: std::time::Duration::from_secs(5),
        ..Limits::default()
    };
    let engine = engine().with_limits(limits);
    let words = prop::sample::select(vec![
        "the",
        "dog",
        "I",
        "Is",
        "can't",
        "I'd",
        "of",
        "Mr.",
        "3.5",
        "10%",
        "a@b.com",
        "[",
        "]",
        "^",
        "$",
        "/",
        "\\",
        "{",
        "}",
        "<",
        ">",
        "@",
        "*",
        "#",
        "+",
        "~",
        "_",
        "[[",
        "]]",
        "\\[",
        "^a<n>$",
        "\n",
        "\n\n",
        "\0",
        "\t",
        "é",
        "ñ",
        "中文",
        "😀",
        "\u{200b}",
        "\u{ad}",
        "\u{301}",
        "...",
        "…",
        "—",
        "''",
        "\"",
        "&amp;",
        "<b>",
        "-n",
        "STREAMCMD",
        "[<STREAMCMD:SETVAR:x>]",
    ]);
    let text = prop_oneof![
        3 => prop::collection::vec(words, 0..12).prop_map(|words| words.join(" ")),
        2 => "\\PC{0,40}",
        1 => prop::collection::vec(any::<char>(), 0..30).prop_map(String::from_iter),
    ];
    let mut runner = TestRunner::new(Config {
        cases: 1_000,
        failure_persistence: None,
        ..Config::default()
    });
    let count = std::cell::Cell::new(100_000);
    let (from, to) = (language("en"), language("es"));
    let begun = Instant::now();
    runner
        .run(&text, |text| {
            // A number that no other text has passes through unchanged.
            count.set(count.get() + 1);
            let own = count.get().to_string();
            let answer = engine.translate(&format!("{text} {own}."), &from, &to, &Cancel::new());
            let answer = answer.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert!(answer.contains(&own), "{own} not in {answer:?}");
            Ok(())
        })
        .unwrap();
    println!("{:.1} ms a text", begun.elapsed().as_secs_f64());
}

#[test]
fn sentences_are_quick_once_the_chain_runs() {
    let engine = engine();
    let begun = Instant::now();
    spanish(&engine, "Hello.");
    println!("first answer after {:?}", begun.elapsed());
    let sentences = [
        "My brother works in a large hospital.",
        "Can you help me find my keys?",
        "The dog ran quickly across the street.",
        "I do not understand the question.",
        "Thank you very much for your help, and please close the door when you leave.",
    ];
    let begun = Instant::now();
    for sentence in sentences.iter().cycle().take(100) {
        spanish(&engine, sentence);
    }
    println!("{:.2} ms a sentence", begun.elapsed().as_secs_f64() * 10.0);
}

#[test]
fn a_long_text_goes_through_and_a_longer_one_is_refused() {
    let engine = engine();
    let answer = spanish(&engine, &"The dog ran. ".repeat(5_000));
    assert_eq!(answer.matches("perro").count(), 5_000);
    let error = engine
        .translate(
            &"a".repeat(256 * 1024 + 1),
            &language("en"),
            &language("es"),
            &Cancel::new(),
        )
        .unwrap_err();
    assert!(
        matches!(error, SpeechError::Invalid { param: "text", .. }),
        "{error}"
    );
}

#[test]
fn many_callers_get_their_own_answers() {
    let engine = engine();
    std::thread::scope(|scope| {
        for caller in 0..8 {
            let engine = &engine;
            scope.spawn(move || {
                for turn in 0..20 {
                    let own = format!("{caller}{turn}7");
                    let answer = spanish(engine, &format!("The number is {own}."));
                    assert!(answer.ends_with(&format!(" {own}.")), "{own}: {answer}");
                }
            });
        }
    });
}

#[test]
fn cancelled_callers_get_no_translation() {
    let engine = engine();
    let cancel = Cancel::new();
    cancel.cancel();
    let answer = engine.translate("The dog.", &language("en"), &language("es"), &cancel);
    assert_eq!(answer, Err(SpeechError::Cancelled));
}

#[test]
fn a_direction_that_is_not_there_is_unsupported() {
    let error = engine()
        .translate("Hello.", &language("en"), &language("fr"), &Cancel::new())
        .unwrap_err();
    let SpeechError::Unsupported { message, .. } = error else {
        panic!("{error}")
    };
    assert!(message.contains("en→es"), "{message}");
}

#[test]
fn what_is_missing_is_named_with_its_packages() {
    let empty = tempfile::tempdir().unwrap();
    let engine = Apertium::new(empty.path());
    let EngineHealth::Missing { fix, .. } = engine.health() else {
        panic!("it is there")
    };
    assert!(fix.contains("apertium apertium-eng-spa"), "{fix}");
    assert_eq!(engine.pairs(), []);
    let answer = engine.translate("Hi.", &language("en"), &language("es"), &Cancel::new());
    assert!(
        matches!(answer, Err(SpeechError::Unavailable { .. })),
        "{answer:?}"
    );
}
