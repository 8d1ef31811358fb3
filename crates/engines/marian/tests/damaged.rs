//! Models that are cut off, damaged or not whole: each an error that names the file.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::copied;
use mynah_marian::{Marian, Options};
use mynah_speech::{Cancel, SpeechError, Translator};

/// What the engine says of a model.
fn message(models: &Path, from: &str, to: &str) -> String {
    let engine = Marian::new(&Options::new(models));
    let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
    let error = engine
        .translate("Hello there.", &from, &to, &Cancel::new())
        .unwrap_err();
    assert!(
        matches!(error, SpeechError::Unavailable { .. }),
        "{error:?}"
    );
    let said = error.to_string();
    assert!(
        !said.contains(models.to_str().unwrap()),
        "a path of this machine: {said}"
    );
    said
}

/// Damages a file of en→es, or of es→en for the pickled weights.
fn damage(file: &str, change: impl FnOnce(Vec<u8>) -> Option<Vec<u8>>) -> String {
    let folder = copied();
    fs::remove_dir_all(folder.path().join("opus-mt-en-ROMANCE")).unwrap();
    let pickled = file == "pytorch_model.bin" || file == "target_vocab.json";
    let (model, from, to) = if pickled {
        ("opus-mt-es-en", "es", "en")
    } else {
        ("opus-mt-en-es", "en", "es")
    };
    let path = folder.path().join(model).join(file);
    match change(fs::read(&path).unwrap()) {
        Some(bytes) => fs::write(&path, bytes).unwrap(),
        None => fs::remove_file(&path).unwrap(),
    }
    message(folder.path(), from, to)
}

/// A file of settings with one text in it replaced.
fn replaced(from: &str, to: &str) -> impl FnOnce(Vec<u8>) -> Option<Vec<u8>> {
    move |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "{text}");
        Some(text.replace(from, to).into_bytes())
    }
}

#[test]
fn what_is_missing_is_named() {
    for file in [
        "source.spm",
        "target.spm",
        "model.safetensors",
        "pytorch_model.bin",
        "target_vocab.json",
    ] {
        let said = damage(file, |_| None);
        let named = if file.ends_with("bin") {
            "model.safetensors"
        } else {
            file
        };
        assert!(said.contains(named), "{file}: {said}");
    }
}

#[test]
fn what_is_cut_off_or_empty_is_named() {
    let files = [
        "config.json",
        "source.spm",
        "target.spm",
        "model.safetensors",
        "pytorch_model.bin",
    ];
    for file in files {
        for part in [0, 2, 3] {
            let said = damage(file, |mut bytes| {
                bytes.truncate(bytes.len() * part / 4);
                Some(bytes)
            });
            assert!(said.contains(file), "{file}: {said}");
        }
    }
}

#[test]
fn weights_of_another_shape_name_the_tensor() {
    let said = damage(
        "config.json",
        replaced("\"decoder_ffn_dim\": 48", "\"decoder_ffn_dim\": 47"),
    );
    assert!(said.contains("model.decoder.layers.0.fc1.weight"), "{said}");
    let said = damage(
        "config.json",
        replaced("\"encoder_layers\": 2", "\"encoder_layers\": 3"),
    );
    assert!(said.contains("model.encoder.layers.2"), "{said}");
}

#[test]
fn settings_out_of_bounds_are_refused() {
    for (from, to, named) in [
        ("\"d_model\": 32", "\"d_model\": 0", "d_model"),
        ("\"d_model\": 32", "\"d_model\": 99999999", "d_model"),
        (
            "\"decoder_attention_heads\": 4",
            "\"decoder_attention_heads\": 5",
            "heads",
        ),
        (
            "\"encoder_layers\": 2",
            "\"encoder_layers\": -1",
            "config.json",
        ),
        ("\"swish\"", "\"tanh\"", "activation_function"),
        (
            "\"d_model\": 32",
            "\"d_model\": 32, \"normalize_before\": true",
            "normalize_before",
        ),
    ] {
        let said = damage("config.json", replaced(from, to));
        assert!(said.contains(named), "{to}: {said}");
    }
    let said = damage(
        "generation_config.json",
        replaced("\"eos_token_id\": 0", "\"eos_token_id\": 70000"),
    );
    assert!(said.contains("70000"), "{said}");
}

#[test]
fn a_token_outside_the_model_is_refused() {
    let said = damage(
        "vocab.json",
        replaced(
            "\"</s>\": 0",
            "\"</s>\": 0, \"x\u{1}\": 9999"
                .replace('\u{1}', "y")
                .as_str(),
        ),
    );
    assert!(said.contains("9999"), "{said}");
}

#[test]
fn bytes_changed_anywhere_never_panic() {
    let folder = copied();
    for (model, file) in [
        ("opus-mt-en-es", "source.spm"),
        ("opus-mt-en-es", "model.safetensors"),
        ("opus-mt-es-en", "pytorch_model.bin"),
    ] {
        let path = folder.path().join(model).join(file);
        let whole = fs::read(&path).unwrap();
        let (from, to) = if model.ends_with("es") {
            ("en", "es")
        } else {
            ("es", "en")
        };
        for place in 0..40 {
            let mut bytes = whole.clone();
            // Where headers, names and tables are: at both ends.
            let offset = place * 37;
            let at = if place % 2 == 0 {
                offset
            } else {
                bytes.len() - 1 - offset
            };
            bytes[at] ^= 0xff;
            fs::write(&path, bytes).unwrap();
            let engine = Marian::new(&Options::new(folder.path()));
            // Some changes leave a sound file with other numbers; none may break the program.
            let _ = engine.translate(
                "Hi.",
                &from.parse().unwrap(),
                &to.parse().unwrap(),
                &Cancel::new(),
            );
        }
        fs::write(&path, whole).unwrap();
    }
}
