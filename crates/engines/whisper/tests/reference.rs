//! Against transformers in float32: the same file, the same sound, the same words.
//!
//! `tests/data/expected.json` is made by `tests/make_tiny.py` from the files that the ignored test
//! below writes. The model is random; no released weights have a part in it.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::PathBuf;
use std::time::Duration;

use mynah_whisper::WhisperOptions;
use support::{Engine, engine_of, random_model, tones};

const SEED: u64 = 11;

/// The sounds, by name.
fn clips() -> [(&'static str, Vec<f32>); 3] {
    let clip = |milliseconds, tones_of| tones(Duration::from_millis(milliseconds), tones_of);
    [
        ("low", clip(2_500, [130.0, 260.0, 520.0, 780.0])),
        ("high", clip(2_500, [1_200.0, 2_300.0, 3_100.0, 5_000.0])),
        ("long", clip(9_000, [180.0, 750.0, 1_900.0, 4_200.0])),
    ]
}

/// The reference computes the whole context.
fn reference_engine() -> Engine {
    engine_of(&random_model(SEED), |options| WhisperOptions {
        full_context: true,
        ..options
    })
}

fn expected() -> serde_json::Value {
    serde_json::from_str(include_str!("data/expected.json")).unwrap()
}

#[test]
fn words_and_their_probabilities_are_those_of_the_reference() {
    let engine = reference_engine();
    let expected = expected();
    for (name, samples) in clips() {
        let clip = &expected[name];
        let said = engine.transcribe(&samples, "en").transcript;
        let words: Vec<&str> = said.words.iter().map(|word| word.text.as_str()).collect();
        let tokens = clip["words"].as_array().unwrap();
        assert!(tokens.len() >= 16, "too few to tell anything");
        for (place, word) in tokens.iter().enumerate() {
            assert_eq!(
                words.get(place).copied(),
                word.as_str(),
                "{name}, word {place}"
            );
            let found = f64::from(said.words[place].confidence.unwrap());
            let wanted = clip["probabilities"][place].as_f64().unwrap();
            assert!(
                (found - wanted).abs() < 0.05,
                "{name}, word {place}: {found} {wanted}"
            );
        }
    }
}

#[test]
fn the_language_and_its_probability_are_those_of_the_reference() {
    let engine = reference_engine();
    let expected = expected();
    for (name, samples) in clips() {
        let clip = &expected[name];
        let said = engine.transcribe(&samples, "auto");
        let language = said.transcript.language.clone().unwrap();
        assert_eq!(Some(language.as_str()), clip["language"].as_str(), "{name}");
        let found = f64::from(said.probability.unwrap());
        let wanted = clip["language_probability"].as_f64().unwrap();
        assert!(
            (found / wanted - 1.0).abs() < 0.01,
            "{name}: {found} {wanted}"
        );
    }
}

/// The sounds lead to different words, so that the encoder has a part in them.
#[test]
fn sounds_lead_to_different_words() {
    let expected = expected();
    assert_ne!(expected["low"]["words"], expected["high"]["words"]);
    assert_ne!(expected["low"]["words"], expected["long"]["words"]);
}

#[test]
#[ignore = "writes the model and the sounds for make_tiny.py"]
fn write() {
    let folder = PathBuf::from(std::env::var("MYNAH_TINY").unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("model.bin"), random_model(SEED).bytes()).unwrap();
    for (name, samples) in clips() {
        let bytes: Vec<u8> = samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        std::fs::write(folder.join(name).with_extension("f32"), bytes).unwrap();
    }
}
