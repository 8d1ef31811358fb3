//! Real models: `MYNAH_TEST_MODELS` names the folder that holds `bergamot-en-pt` and
//! `bergamot-pt-en`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use mynah_bergamot::{Bergamot, Options};
use mynah_speech::translation::translate;
use mynah_speech::{Cancel, EngineHealth, Language, SpeechError, Translator};

/// The folder of models, where both directions are there.
fn models() -> Option<PathBuf> {
    let folder = std::env::var_os("MYNAH_TEST_MODELS").map(PathBuf::from);
    let found = folder.filter(|folder| folder.join("bergamot-en-pt").is_dir());
    if found.is_none() {
        println!("skipped: MYNAH_TEST_MODELS names no folder with bergamot-en-pt");
    }
    found
}

fn engine(folder: &Path) -> Bergamot {
    Bergamot::new(Options {
        models: vec![folder.to_owned()],
        concurrency: 2,
    })
}

fn language(tag: &str) -> Language {
    tag.parse().unwrap()
}

fn translated(engine: &Bergamot, text: &str, from: &str, to: &str) -> String {
    translate(engine, text, &language(from), &language(to), &Cancel::new()).unwrap()
}

#[test]
fn sentences_are_translated_in_both_directions() {
    let Some(models) = models() else { return };
    let engine = engine(&models);
    let before = Instant::now();
    engine.warm(&language("en"), &language("pt")).unwrap();
    println!("load: {:?}", before.elapsed());
    for (text, from, to, words) in [
        (
            "My brother works in a large hospital.",
            "en",
            "pt",
            &["irmão", "hospital"][..],
        ),
        (
            "Where is the nearest train station?",
            "en-GB",
            "pt",
            &["estação", "?"],
        ),
        (
            "Meu irmão trabalha num grande hospital.",
            "pt",
            "en",
            &["brother", "hospital"],
        ),
        (
            "Bom dia. Onde fica a estação?",
            "pt-BR",
            "en-US",
            &["morning", "station"],
        ),
    ] {
        let before = Instant::now();
        let target = translated(&engine, text, from, to);
        println!("{:?}: {target}", before.elapsed());
        for word in words {
            assert!(target.contains(word), "{text}: {target}");
        }
    }
}

#[test]
fn layout_and_literals_survive() {
    let Some(models) = models() else { return };
    let engine = engine(&models);
    let into = |text: &str| translated(&engine, text, "en", "pt");
    assert_eq!(into(""), "");
    assert_eq!(into(" \n"), " \n");
    assert_eq!(into("***"), "***");
    let list = into("- Bread\n- Milk\n- Two apples");
    assert_eq!(list.lines().count(), 3, "{list}");
    assert!(list.lines().all(|line| line.starts_with("- ")), "{list}");
    let literals = [
        "ana@example.com",
        "https://example.com/a?b=1",
        "1,250.50",
        "+44 20 7946 0018",
    ];
    for literal in literals {
        let target = into(&format!("Please write down {literal} for me today."));
        assert!(target.contains(literal), "{target}");
    }
}

#[test]
fn long_sentences_are_translated_in_parts() {
    let Some(models) = models() else { return };
    let engine = engine(&models);
    let clause = "the river rises and the people of the town stay at home, ";
    let target = translated(
        &engine,
        &format!("When it rains, {}that is all.", clause.repeat(30)),
        "en",
        "pt",
    );
    let rivers = target.matches("rio").count();
    assert!((20..=40).contains(&rivers), "{rivers}: {target}");
    let unspaced = translated(&engine, &"a".repeat(2_000), "en", "pt");
    assert!(!unspaced.is_empty());
}

#[test]
fn threads_share_a_model_and_get_equal_texts() {
    let Some(models) = models() else { return };
    let engine = Arc::new(engine(&models));
    let text = "I would like a cup of coffee with milk, and a glass of water.";
    let expected = translated(&engine, text, "en", "pt");
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| translated(&engine, text, "en", "pt")))
            .collect();
        for worker in workers {
            assert_eq!(worker.join().unwrap(), expected);
        }
    });
}

#[test]
fn cancelled_calls_and_unknown_directions_are_errors() {
    let Some(models) = models() else { return };
    let engine = engine(&models);
    let cancel = Cancel::new();
    cancel.cancel();
    let result = engine.translate("Hello.", &language("en"), &language("pt"), &cancel);
    assert_eq!(result, Err(SpeechError::Cancelled));
    let result = engine.translate("Hello.", &language("en"), &language("de"), &Cancel::new());
    let Err(SpeechError::Unsupported { message, .. }) = result else {
        panic!("{result:?}");
    };
    assert!(message.contains("en→pt"), "{message}");
}

#[test]
fn damaged_files_name_the_file_and_the_fix() {
    let Some(models) = models() else { return };
    type Change = fn(&mut Vec<u8>);
    let changes: [(&str, &str, Change); 9] = [
        ("model.", "cut off", |bytes| bytes.truncate(1_000_000)),
        ("model.", "no Marian model", |bytes| bytes[0] = 9),
        ("model.", "header", |bytes| bytes[15] = 255),
        ("model.", "cut off", |bytes| bytes[16 + 31] = 255),
        ("vocab.", "no SentencePiece", |bytes| bytes.truncate(3)),
        ("vocab.", "no SentencePiece", |bytes| bytes.fill(0x41)),
        ("lex.", "cut off", |bytes| bytes.truncate(100_000)),
        ("lex.", "damaged", |bytes| bytes[48 + 15] = 255),
        ("lex.", "vocabulary", |bytes| {
            let last = bytes.len() - 4;
            bytes[last..].fill(255);
        }),
    ];
    for (file, reason, change) in changes {
        let copy = tempfile::tempdir().unwrap();
        let folder = copy.path().join("bergamot-en-pt");
        std::fs::create_dir(&folder).unwrap();
        for entry in std::fs::read_dir(models.join("bergamot-en-pt")).unwrap() {
            let entry = entry.unwrap();
            let mut bytes = std::fs::read(entry.path()).unwrap();
            if entry.file_name().to_str().unwrap().starts_with(file) {
                change(&mut bytes);
            }
            std::fs::write(folder.join(entry.file_name()), bytes).unwrap();
        }
        let engine = engine(copy.path());
        let result = engine.translate("Hello.", &language("en"), &language("pt"), &Cancel::new());
        let Err(SpeechError::Unavailable {
            reason: own, fix, ..
        }) = result
        else {
            panic!("{file} {reason}: {result:?}");
        };
        assert!(
            own.contains(file) && own.contains(reason),
            "{file} {reason}: {own}"
        );
        assert!(fix.contains("mynah models pull default"), "{fix}");
    }
}

#[test]
fn without_models_the_engine_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    assert!(matches!(engine.health(), EngineHealth::Missing { .. }));
    assert_eq!(engine.pairs(), []);
    let result = engine.translate("Hello.", &language("en"), &language("pt"), &Cancel::new());
    assert!(
        matches!(result, Err(SpeechError::Unavailable { .. })),
        "{result:?}"
    );
    // A folder without weights is no model, and one that is named after no direction neither.
    std::fs::create_dir(folder.path().join("bergamot-en-pt")).unwrap();
    std::fs::create_dir(folder.path().join("models")).unwrap();
    std::fs::write(folder.path().join("models/model.a.bin"), b"").unwrap();
    assert_eq!(engine.pairs(), []);
}

#[test]
#[ignore = "a measurement: cargo test -- --ignored --nocapture"]
fn cost_of_load_and_sentence() {
    let Some(models) = models() else { return };
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let mut lines = status.lines();
        let line = lines.find(|line| line.starts_with("VmRSS"));
        line.unwrap().to_owned()
    };
    println!("before: {}", resident());
    let engine = engine(&models);
    for (from, to) in [("en", "pt"), ("pt", "en")] {
        let before = Instant::now();
        engine.warm(&language(from), &language(to)).unwrap();
        println!("{from}→{to} load: {:?}, {}", before.elapsed(), resident());
    }
    let text =
        "I would like a cup of coffee with milk, a glass of water, and two of the small cakes.";
    let before = Instant::now();
    for _ in 0..50 {
        translated(&engine, text, "en", "pt");
    }
    println!(
        "a sentence of 19 words: {:?}, {}",
        before.elapsed() / 50,
        resident()
    );
}
