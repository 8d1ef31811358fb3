//! The engine over the tiny models: directions, long texts, memory and giving up.
#![allow(clippy::unwrap_used)]

mod common;

use common::{copied, data, expected};
use mynah_marian::{Marian, Options};
use mynah_speech::{Cancel, EngineHealth, Language, SpeechError, Translator};

fn language(tag: &str) -> Language {
    tag.parse().unwrap()
}

fn translate(engine: &Marian, text: &str, from: &str, to: &str) -> Result<String, SpeechError> {
    engine.translate(text, &language(from), &language(to), &Cancel::new())
}

/// Without the multilingual model, whose Spanish would be as good as the other's.
fn two_models() -> (Marian, tempfile::TempDir) {
    let folder = copied();
    std::fs::remove_dir_all(folder.path().join("opus-mt-en-ROMANCE")).unwrap();
    (Marian::new(&Options::new(folder.path())), folder)
}

/// A sentence whose target ends by itself, and that target.
fn sound(model: &str) -> (String, String) {
    let cases = expected().remove(model).unwrap();
    let case = cases.into_iter().find(common::Case::sound).unwrap();
    (case.text, case.decoded)
}

#[test]
fn directions_are_the_models_and_those_through_english() {
    let engine = Marian::new(&Options::new(data()));
    let pairs = engine.pairs().into_iter();
    let pairs: Vec<_> = pairs.map(|(from, to)| format!("{from}→{to}")).collect();
    assert_eq!(
        pairs,
        ["en→es", "en→fr", "en→pt-BR", "es→en", "es→fr", "es→pt-BR"]
    );
    assert!(engine.health().is_ready());
    assert!(
        engine.loaded().is_empty(),
        "nothing is read before its time"
    );
}

#[test]
fn sentences_are_translated_one_by_one_and_gaps_stay() {
    let (engine, _folder) = two_models();
    let (text, target) = sound("opus-mt-en-es");
    assert_eq!(translate(&engine, &text, "en", "es").unwrap(), target);
    assert_eq!(
        translate(
            &engine,
            &format!(" {text} … {text}\n\n{text}\n"),
            "en-GB",
            "es-MX"
        )
        .unwrap(),
        format!(" {target} … {target}\n\n{target}\n")
    );
    for nothing in ["", " \n", "?!"] {
        assert_eq!(translate(&engine, nothing, "en", "es").unwrap(), nothing);
    }
}

#[test]
fn a_way_through_english_is_both_halves() {
    let engine = Marian::new(&Options::new(data()));
    let (text, _) = sound("opus-mt-es-en");
    let english = translate(&engine, &text, "es", "en").unwrap();
    let french = translate(&engine, &english, "en", "fr");
    assert_eq!(translate(&engine, &text, "es", "fr"), french);
}

#[test]
fn a_sentence_that_does_not_fit_is_cut_and_nothing_is_lost() {
    let (engine, _folder) = two_models();
    let (text, target) = sound("opus-mt-en-es");
    // One sentence without a stop, of more tokens than the 64 positions.
    let clause = text.trim_end_matches(['.', '?', '!']).to_owned();
    let one = translate(&engine, &clause, "en", "es");
    let long = vec![clause.clone(); 8].join(", ");
    let answer = translate(&engine, &long, "en", "es").unwrap();
    assert!(
        answer.split_whitespace().count() >= 4 * target.split_whitespace().count(),
        "{one:?}: {answer}"
    );
}

#[test]
fn so_many_models_stay_in_memory() {
    let options = Options {
        loaded: 1,
        threads: 1,
        ..Options::new(data())
    };
    let engine = Marian::new(&options);
    let name = |engine: &Marian| {
        let loaded = engine.loaded().into_iter();
        loaded
            .map(|path| path.file_name().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    engine.warm(&language("es"), &language("en")).unwrap();
    assert_eq!(name(&engine), ["opus-mt-es-en"]);
    engine.warm(&language("en"), &language("fr")).unwrap();
    assert_eq!(name(&engine), ["opus-mt-en-ROMANCE"]);
    let engine = Marian::new(&Options {
        loaded: 2,
        ..options
    });
    for (from, to) in [("es", "en"), ("en", "fr"), ("es", "en"), ("en", "es")] {
        engine.warm(&language(from), &language(to)).unwrap();
    }
    assert_eq!(
        name(&engine).first().unwrap(),
        "opus-mt-es-en",
        "the latest used stay"
    );
}

#[test]
fn callers_at_once_get_what_one_gets() {
    let (engine, _folder) = two_models();
    let (text, target) = sound("opus-mt-en-es");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(translate(&engine, &text, "en", "es").unwrap(), target));
        }
    });
}

#[test]
fn refusals_name_what_there_is() {
    let engine = Marian::new(&Options::new(data()));
    let error = translate(&engine, "Hello.", "en", "de").unwrap_err();
    let SpeechError::Unsupported { message, .. } = error else {
        panic!("{error}")
    };
    assert!(message.contains("en→es"), "{message}");
    let error = translate(&engine, &"a".repeat(256 * 1024 + 1), "en", "es").unwrap_err();
    assert!(matches!(error, SpeechError::Invalid { param: "text", .. }));
    let cancel = Cancel::new();
    cancel.cancel();
    let answer = engine.translate("Hello.", &language("en"), &language("es"), &cancel);
    assert_eq!(answer, Err(SpeechError::Cancelled));

    let empty = tempfile::tempdir().unwrap();
    let engine = Marian::new(&Options::new(empty.path()));
    assert!(matches!(engine.health(), EngineHealth::Missing { .. }));
    assert_eq!(engine.pairs(), []);
    let answer = translate(&engine, "Hello.", "en", "es");
    assert!(
        matches!(answer, Err(SpeechError::Unavailable { .. })),
        "{answer:?}"
    );
}
