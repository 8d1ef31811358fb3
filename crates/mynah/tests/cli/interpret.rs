//! Interpreting in the voice of a model or of a recording.

use serde_json::{Value, json};

use crate::checkpoints::checkpoint;
use crate::support::Home;

/// A home with a recording.
fn home() -> Home {
    let home = Home::new()
        .with("MYNAH_ENGINES__QWEN3__FRAMES", "7")
        // In place: nothing is written beside it.
        .with("MYNAH_ENGINES__QWEN3__PRECISION", "f32");
    let sentence = "The weather is very nice today, and we walk along the river.";
    home.run(&["say", sentence, "--voice", "flite/slt", "-o", "ana.wav"])
        .ok();
    home
}

const INTERPRET: [&str; 6] = ["interpret", "ana.wav", "--from", "en", "--to", "es"];
const OUTPUT: [&str; 2] = ["-o", "b.wav"];
const REFERENCE: [&str; 3] = ["--ref-audio", "ana.wav", "--x-vector-only"];
const CONSENT: [&str; 4] = [
    "--consent-speaker",
    "Ana",
    "--consent-statement",
    "Mynah may speak in my voice.",
];

/// Interprets, and returns whether the file names this voice.
fn spoken_by(home: &Home, rest: &[&str], voice: &str) -> bool {
    home.run(&[&INTERPRET[..], &OUTPUT, rest].concat()).ok();
    let file = std::fs::read(home.path().join("b.wav")).expect("a file");
    assert!(file.len() > 5_000);
    file.windows(voice.len()).any(|it| it == voice.as_bytes())
}

#[test]
fn a_translation_is_spoken_by_the_model_that_is_named() {
    let home = home();
    let named = checkpoint("tiny-custom_voice");
    let model = ["--model", named.to_str().expect("a plain path")];
    assert!(spoken_by(&home, &model, "qwen3/ryan"));
    let sohee = [&model[..], &["--voice", "sohee"]].concat();
    assert!(spoken_by(&home, &sohee, "qwen3/sohee"));
    assert!(!spoken_by(&home, &[], "qwen3/"));
}

#[test]
fn the_answer_names_the_engines() {
    let home = home();
    for (output, voice) in [(&[][..], Value::Null), (&OUTPUT, "espeak/es".into())] {
        let printed = home
            .run(&[&INTERPRET[..], &["--json"], output].concat())
            .ok();
        let segment: Value = serde_json::from_str(printed.trim()).expect("one line of JSON");
        let expected = json!({
            "recognizer": "pocketsphinx", "translators": ["apertium"], "via": null, "voice": voice,
        });
        assert_eq!(segment["engines"], expected);
    }
}

#[test]
fn a_translation_is_spoken_in_the_voice_of_a_recording() {
    let home = home();
    let named = checkpoint("tiny-base");
    let model = ["--model", named.to_str().expect("a plain path")];
    let cloned = [&model[..], &REFERENCE, &CONSENT].concat();
    assert!(spoken_by(&home, &cloned, "qwen3/clone"));

    // The test engine clones as well, and needs the text where it is not left out on purpose.
    let home = home.with("MYNAH_ENGINES__TONE__ENABLED", "true");
    let text = [
        "--ref-audio",
        "ana.wav",
        "--ref-text",
        "The weather is nice.",
    ];
    let cloned = [&text[..], &CONSENT].concat();
    assert!(spoken_by(&home, &cloned, "tone/clone"));
}

#[test]
fn a_voice_without_a_file_or_a_consent_is_refused() {
    let home = home().with("MYNAH_ENGINES__TONE__ENABLED", "true");
    let run = |rest: &[&[&str]]| home.run(&[&[&INTERPRET[..]], rest].concat().concat());
    run(&[&REFERENCE, &CONSENT]).fails(2, &["-o FILE", "--ref-audio"]);
    run(&[&OUTPUT, &REFERENCE]).fails(2, &["--consent-speaker"]);
    run(&[&OUTPUT, &["--ref-audio", "ana.wav"], &CONSENT]).fails(2, &["--ref-text"]);
    run(&[&OUTPUT, &CONSENT]).fails(2, &["--ref-audio"]);
    run(&[&["--model", "./nowhere"]]).fails(2, &["--output"]);
    run(&[&OUTPUT, &["--model", "./nowhere"]]).fails(2, &["nowhere"]);
    let ready_made: [&str; 2] = ["--voice", "espeak/es"];
    run(&[&OUTPUT, &ready_made, &REFERENCE, &CONSENT]).fails(4, &["espeak/es", "tone/clone"]);
    assert!(!home.path().join("b.wav").exists());
}
