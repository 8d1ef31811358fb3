//! What holds of every translator's work.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::atomic::{AtomicUsize, Ordering};

use mynah_speech::translation::translate;
use mynah_speech::{Cancel, EngineHealth, EngineId, EngineInfo, Language, SpeechError, Translator};
use proptest::prelude::*;

static INFO: EngineInfo = EngineInfo {
    id: EngineId::new("double"),
    demo: true,
    about: "A translator for tests.",
    licence: "MIT",
    packages: &[],
};

/// A translator that does one thing to every character, and counts how often it is asked.
struct Double {
    change: fn(char) -> char,
    asked: AtomicUsize,
}

impl Double {
    fn new(change: fn(char) -> char) -> Self {
        Self {
            change,
            asked: AtomicUsize::new(0),
        }
    }

    fn translate(&self, text: &str) -> Result<String, SpeechError> {
        let (from, to) = ("en".parse().unwrap(), "es".parse().unwrap());
        translate(self, text, &from, &to, &Cancel::new())
    }
}

impl Translator for Double {
    fn info(&self) -> &EngineInfo {
        &INFO
    }

    fn health(&self) -> EngineHealth {
        EngineHealth::Ready { version: None }
    }

    fn pairs(&self) -> Vec<(Language, Language)> {
        Vec::new()
    }

    fn translate(
        &self,
        text: &str,
        _: &Language,
        _: &Language,
        _: &Cancel,
    ) -> Result<String, SpeechError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        // As engines do: white space at the ends is lost.
        Ok(text.trim().chars().map(self.change).collect())
    }
}

/// Copies numbers.
fn letters_alone(c: char) -> char {
    if c.is_ascii_lowercase() { 'x' } else { c }
}

/// Copies words, and no number.
fn digits_alone(c: char) -> char {
    if c.is_ascii_digit() { '#' } else { c }
}

/// Copies nothing.
fn everything(c: char) -> char {
    letters_alone(digits_alone(c.to_ascii_lowercase()))
}

const LITERALS: [&str; 12] = [
    "https://example.com/a?b=1",
    "ana@example.com",
    "1,234.56",
    "10:30",
    "2024-01-05",
    "$5.00",
    "config.toml",
    "`let x = 1`",
    "--no-color",
    "get_name()",
    "+1 (555) 123-4567",
    "mp3",
];

#[test]
fn literals_survive_every_translator() {
    for change in [letters_alone, digits_alone, everything] {
        for literal in LITERALS {
            let text = format!("please look at {literal} today");
            let said = Double::new(change).translate(&text).unwrap();
            let expected = format!("please look at {literal} today");
            let around = |text: &str| text.replacen(literal, "", 1);
            assert!(said.contains(literal), "{said}");
            let changed: String = around(&expected).chars().map(change).collect();
            assert_eq!(around(&said), changed, "{literal}");
        }
    }
}

#[test]
fn what_holds_no_word_is_not_asked_for() {
    let double = Double::new(everything);
    for text in [
        "",
        " ",
        "\n\n",
        "?!",
        "42",
        "https://example.com",
        "- 1\n- 2\n",
        "…",
    ] {
        assert_eq!(double.translate(text).unwrap(), text);
    }
    assert_eq!(double.asked.load(Ordering::Relaxed), 0);
}

#[test]
fn a_translator_that_copies_literals_is_asked_once() {
    let double = Double::new(|c| c);
    double
        .translate("Write to ana@example.com about `x`.")
        .unwrap();
    assert_eq!(double.asked.load(Ordering::Relaxed), 1);
}

#[test]
fn lines_keep_their_marks_and_ends() {
    let double = Double::new(letters_alone);
    for (text, expected) in [
        ("- milk\n- eggs\n", "- xxxx\n- xxxx\n"),
        ("1. milk\r\n2. eggs", "1. xxxx\r\n2. xxxx"),
        ("milk\neggs\nbread\n", "xxxx\nxxxx\nxxxxx\n"),
        ("  * milk\n\n  * eggs", "  * xxxx\n\n  * xxxx"),
        ("# list\n```\nmilk\n```\n", "# xxxx\n```\nmilk\n```\n"),
    ] {
        assert_eq!(double.translate(text).unwrap(), expected);
    }
}

#[test]
fn an_empty_translation_of_words_is_a_failure() {
    struct Silent;
    impl Translator for Silent {
        fn info(&self) -> &EngineInfo {
            &INFO
        }

        fn health(&self) -> EngineHealth {
            EngineHealth::Ready { version: None }
        }

        fn pairs(&self) -> Vec<(Language, Language)> {
            Vec::new()
        }

        fn translate(
            &self,
            _: &str,
            _: &Language,
            _: &Language,
            _: &Cancel,
        ) -> Result<String, SpeechError> {
            Ok(" ".into())
        }
    }
    let (from, to) = ("en".parse().unwrap(), "es".parse().unwrap());
    let said = translate(&Silent, "Hello.", &from, &to, &Cancel::new());
    assert!(matches!(said, Err(SpeechError::Failed { .. })));
}

proptest! {
    #[test]
    fn any_mix_of_words_and_literals_keeps_its_literals_in_order(
        parts in prop::collection::vec(
            prop_oneof![
                prop::sample::select(&LITERALS[..]).prop_map(str::to_owned),
                "[a-z]{1,8}[,.]?",
            ],
            0..12,
        ),
        change in prop::sample::select(vec![
            letters_alone as fn(char) -> char, digits_alone, everything,
        ]),
    ) {
        let text = parts.join(" ");
        let said = Double::new(change).translate(&text).unwrap();
        let mut rest = said.as_str();
        for literal in parts.iter().filter(|part| LITERALS.contains(&part.as_str())) {
            let place = rest.find(literal.as_str());
            prop_assert!(place.is_some(), "{literal} of {text} is not in {said}");
            rest = &rest[place.unwrap_or(0) + literal.len()..];
        }
    }

    #[test]
    fn an_identity_translator_returns_any_text_unchanged(
        lines in prop::collection::vec("[-*#> ]{0,3}[a-zé1-3., `@]{0,12}", 0..6),
    ) {
        // Lines this short are never wrapped, so nothing is joined.
        let text = lines.join("\n");
        let said = Double::new(|c| c).translate(&text).unwrap();
        prop_assert_eq!(said, text);
    }
}
