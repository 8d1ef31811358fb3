//! The real programs. Needs the Debian packages apertium and apertium-eng-spa.

use std::time::{Duration, Instant};

use mynah_apertium::Apertium;
use mynah_speech::{Cancel, EngineHealth, Language, SpeechError, Translator};
use proptest::prelude::*;

fn language(tag: &str) -> Language {
    tag.parse().expect("a language")
}

fn apertium() -> Apertium {
    let engine = Apertium::new("/usr/share/apertium/modes");
    assert!(
        engine.health().is_ready(),
        "this test needs: apt-get install apertium apertium-eng-spa"
    );
    engine
}

fn spanish(engine: &Apertium, text: &str) -> String {
    engine
        .translate(text, &language("en"), &language("es"), &Cancel::new())
        .expect("a translation")
}

#[test]
fn both_directions_translate() {
    let engine = apertium();
    assert_eq!(
        spanish(&engine, "The weather is very nice today."),
        "El tiempo es muy bueno hoy."
    );
    let english = engine.translate(
        "El perro corre.",
        &language("es"),
        &language("en-US"),
        &Cancel::new(),
    );
    assert_eq!(english.expect("a translation"), "The dog runs.");
}

#[test]
fn lines_stay_lines_and_marks_stay_out() {
    let engine = apertium();
    let text = "The dog.\n\n[xyzzy] costs 5 $ / 3 @ <home>.\n…";
    let lines: Vec<_> = spanish(&engine, text)
        .split('\n')
        .map(str::to_owned)
        .collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(
        (lines[0].as_str(), lines[1].as_str(), lines[3].as_str()),
        ("El perro.", "", "…")
    );
    assert!(
        lines[2].starts_with("[xyzzy]") && lines[2].ends_with("<casa>."),
        "{lines:?}"
    );
}

#[test]
fn a_direction_that_is_not_installed_names_those_that_are() {
    let error = apertium()
        .translate("Hi.", &language("en"), &language("zh"), &Cancel::new())
        .expect_err("there is none");
    assert!(matches!(error, SpeechError::Unsupported { .. }));
    assert!(error.to_string().contains("en→es"), "{error}");
}

#[test]
fn without_its_files_it_names_the_packages() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = Apertium::new(folder.path());
    let EngineHealth::Missing { fix, .. } = engine.health() else {
        panic!("nothing is there")
    };
    assert!(fix.contains("apertium-eng-spa"));
    assert!(engine.pairs().is_empty());
    let error = engine.translate("Hi.", &language("en"), &language("es"), &Cancel::new());
    assert!(matches!(error, Err(SpeechError::Unavailable { .. })));
}

#[test]
fn a_chain_that_hangs_is_left_when_the_caller_leaves() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("eng-spa.mode"), "sleep 60 | cat").expect("a file");
    let engine = Apertium::new(folder.path());
    let cancel = Cancel::new();
    let leaving = cancel.clone();
    let caller = std::thread::spawn(move || {
        engine.translate("Hi there.", &language("en"), &language("es"), &cancel)
    });
    let began = Instant::now();
    leaving.cancel();
    // `sleep -z` may also refuse its option and end, which is an error of its own.
    let result = caller.join().expect("no panic");
    assert!(
        matches!(
            result,
            Err(SpeechError::Cancelled | SpeechError::Failed { .. })
        ),
        "{result:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn callers_at_the_same_time_get_their_own_answers() {
    let engine = apertium();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let engine = &engine;
            scope.spawn(move || {
                let answer = spanish(engine, &format!("I have {number} books."));
                assert!(answer.contains(&number.to_string()), "{number}: {answer}");
            });
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, ..ProptestConfig::default() })]

    /// A thousand texts of anything: each gets an answer, and the answers stay in step.
    #[test]
    fn nothing_hangs_the_chain(texts in proptest::collection::vec("\\PC{0,40}|[\\^$/\\[\\]{}\\\\@<>*#.\0\n a-z]{0,40}", 1000)) {
        let engine = apertium();
        for (number, text) in texts.iter().enumerate() {
            let _ = spanish(&engine, text);
            if number % 100 == 0 {
                prop_assert_eq!(spanish(&engine, "The dog."), "El perro.");
            }
        }
    }
}
