//! Hints: a prompt before the audio, and a sampling temperature.
#![allow(clippy::unwrap_used)]

mod support;

use mynah_speech::{RecognitionHints, Recognizer};
use support::{Script, engine, seen, sound};

fn prompt(text: &str) -> RecognitionHints {
    RecognitionHints {
        prompt: Some(text.to_owned()),
        temperature: 0.0,
    }
}

fn temperature(temperature: f32) -> RecognitionHints {
    RecognitionHints {
        prompt: None,
        temperature,
    }
}

#[test]
fn prompt_stands_before_the_text() {
    // The scripted model writes by place, so each token before the text skips one of its words:
    // the token that begins a prompt, and that of the prompt itself.
    let script = Script::multilingual().emit_words(&[" one", " two", " three"], 0.9);
    let script = script.word(50, " Mynah");
    let engine = engine(&script.model);
    assert!(engine.whisper.takes_hints());
    let text = |hints: &RecognitionHints| {
        let transcription = engine.transcribe_with(&sound(2.0), "en", hints);
        transcription.transcript.text
    };
    assert_eq!(text(&prompt("Mynah")), "three");
    for empty in ["", "  ", "\0"] {
        assert_eq!(text(&prompt(empty)), "one two three", "{empty:?}");
    }
}

#[test]
fn prompt_of_any_length_is_taken() {
    let engine = engine(&Script::multilingual().emit_words(&[" one"], 0.9).model);
    let long = "мир ".repeat(10_000);
    for text in [&*long, &"x".repeat(100_000), "\u{10ffff}\0 \u{202e}"] {
        engine.transcribe_with(&sound(1.0), "en", &prompt(text));
    }
}

/// A model to which twenty words are equally likely at each of four places.
fn undecided() -> Script {
    let mut script = Script::multilingual().emit_words(&[" a", " b", " c", " d"], 0.04);
    for place in 0..4 {
        for token in 1_100..1_120 {
            script = script.emit(place, token, seen(0.04));
        }
    }
    script
}

#[test]
fn sampled_text_is_the_same_for_the_same_samples() {
    let engine = engine(&undecided().model);
    let samples = sound(2.0);
    let hot = temperature(1.0);
    let first = engine.transcribe_with(&samples, "en", &hot);
    assert!(!first.transcript.text.is_empty());
    std::thread::scope(|scope| {
        let again = || engine.transcribe_with(&samples, "en", &hot);
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(again)).collect();
        for run in runs {
            assert_eq!(run.join().unwrap(), first);
        }
    });
    let likeliest = engine.transcribe(&samples, "en");
    assert_eq!(engine.transcribe(&samples, "en"), likeliest);
}
