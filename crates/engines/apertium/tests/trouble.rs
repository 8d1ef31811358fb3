//! Pipelines that crash and hang: a script that does so on request.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::time::{Duration, Instant};

use mynah_apertium::{Apertium, Limits};
use mynah_speech::{Cancel, Language, SpeechError, Translator};
use tempfile::TempDir;

/// What it does stands within it.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/trouble");

struct Trouble {
    engine: Apertium,
    _folder: TempDir,
}

/// A direction of two such scripts in a row.
fn trouble(timeout: Duration) -> Trouble {
    let folder = tempfile::tempdir().unwrap();
    let stumbled = folder.path().join("stumbled");
    let mode = format!("'{SCRIPT}' '{0}' | '{SCRIPT}' '{0}'", stumbled.display());
    fs::write(folder.path().join("eng-spa.mode"), mode).unwrap();
    let limits = Limits {
        wait: Duration::from_millis(200),
        timeout,
    };
    Trouble {
        engine: Apertium::new(folder.path()).with_limits(limits),
        _folder: folder,
    }
}

fn translate(trouble: &Trouble, text: &str, cancel: &Cancel) -> Result<String, SpeechError> {
    let (from, to): (Language, Language) = ("en".parse().unwrap(), "es".parse().unwrap());
    trouble.engine.translate(text, &from, &to, cancel)
}

#[test]
fn crashes_fail_one_text_and_single_crashes_none() {
    let trouble = trouble(Duration::from_secs(20));
    let cancel = Cancel::new();
    assert_eq!(translate(&trouble, "One.", &cancel).unwrap(), "One.");
    let crashed = translate(&trouble, "CRASH", &cancel);
    assert!(
        matches!(crashed, Err(SpeechError::Failed { .. })),
        "{crashed:?}"
    );
    assert_eq!(translate(&trouble, "Two.", &cancel).unwrap(), "Two.");
    assert_eq!(
        translate(&trouble, "STUMBLE here.", &cancel).unwrap(),
        "STUMBLE here."
    );
    assert_eq!(translate(&trouble, "Three.", &cancel).unwrap(), "Three.");
}

#[test]
fn hanging_pipelines_are_ended_and_the_next_text_translated() {
    let trouble = trouble(Duration::from_millis(300));
    let cancel = Cancel::new();
    let begun = Instant::now();
    let hung = translate(&trouble, "HANG", &cancel);
    assert!(matches!(hung, Err(SpeechError::Failed { .. })), "{hung:?}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(translate(&trouble, "Next.", &cancel).unwrap(), "Next.");
}

#[test]
fn output_of_cancelled_texts_is_discarded() {
    let trouble = trouble(Duration::from_secs(20));
    assert_eq!(
        translate(&trouble, "First.", &Cancel::new()).unwrap(),
        "First."
    );
    // So long that its answer cannot be there at once.
    let long = "word ".repeat(20_000);
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        let given_up = scope.spawn(|| translate(&trouble, &long, &cancel));
        cancel.cancel();
        let answer = given_up.join().unwrap();
        assert!(answer.is_ok() || answer == Err(SpeechError::Cancelled));
    });
    assert_eq!(
        translate(&trouble, "Mine.", &Cancel::new()).unwrap(),
        "Mine."
    );
}

#[test]
fn callers_that_wait_too_long_are_busy() {
    let trouble = trouble(Duration::from_secs(60));
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| translate(&trouble, "HANG", &cancel));
        // Until the first has its turn, the second may be answered.
        while translate(&trouble, "Me too.", &Cancel::new()).is_ok() {
            assert!(!hanging.is_finished());
        }
        let busy = translate(&trouble, "Me too.", &Cancel::new());
        assert!(matches!(busy, Err(SpeechError::Busy { .. })), "{busy:?}");
        cancel.cancel();
        assert_eq!(hanging.join().unwrap(), Err(SpeechError::Cancelled));
    });
}
