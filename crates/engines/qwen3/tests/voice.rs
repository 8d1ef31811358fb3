//! A saved voice is loaded unchanged, or the error names the reason.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use mynah_qwen3::Qwen3Error;
use mynah_qwen3::request::{ClonePrompt, EncodedReference};
use mynah_qwen3::voice::{ClonedVoice, MAX_FILE_BYTES};
use mynah_speech::Consent;
use proptest::prelude::*;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use tempfile::TempDir;

const MODEL: &str = "Qwen/Qwen3-TTS-12Hz-0.6B-Base@1234";

fn voice() -> ClonedVoice {
    ClonedVoice {
        prompt: ClonePrompt {
            embedding: (0..1024).map(|at| (at as f32).sin()).collect(),
            reference: Some(EncodedReference {
                text: "Ich spreche, \"also\" bin ich.\n".into(),
                codes: (0..750 * 16).map(|at| at * 7 % 2048).collect(),
            }),
        },
        checkpoint: MODEL.into(),
        consent: Consent {
            given_at: 1_700_000_000,
            ..Consent::now("Ana", "Use my voice for this.").expect("consent")
        },
    }
}

fn by_embedding() -> ClonedVoice {
    let mut voice = voice();
    voice.prompt.reference = None;
    voice
}

/// The error for a file with these bytes.
fn refusal(bytes: &[u8]) -> String {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("ana.safetensors");
    std::fs::write(&path, bytes).expect("written");
    error_at(&path, ClonedVoice::load(&path, MODEL))
}

fn error_at<T: std::fmt::Debug>(path: &Path, outcome: Result<T, Qwen3Error>) -> String {
    let error = outcome.expect_err("an error");
    assert!(matches!(error, Qwen3Error::Voice { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains(&path.display().to_string()), "{message}");
    message
}

fn saved(voice: &ClonedVoice) -> Vec<u8> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("voice");
    voice.save(&path).expect("saved");
    std::fs::read(path).expect("read")
}

/// A saved voice with other metadata.
fn reworded(change: impl FnOnce(&mut HashMap<String, String>)) -> Vec<u8> {
    let bytes = saved(&voice());
    let (_, header) = SafeTensors::read_metadata(&bytes).expect("a header");
    let mut words = header.metadata().clone().expect("words");
    change(&mut words);
    let tensors = SafeTensors::deserialize(&bytes).expect("tensors");
    safetensors::serialize(tensors.tensors(), Some(words)).expect("bytes")
}

/// A saved voice with one tensor replaced.
fn replaced(name: &str, dtype: Dtype, shape: &[usize]) -> Vec<u8> {
    let bytes = saved(&voice());
    let (_, header) = SafeTensors::read_metadata(&bytes).expect("a header");
    let numbers = vec![0xff; shape.iter().product::<usize>() * dtype.bitsize() / 8];
    let tensors = SafeTensors::deserialize(&bytes).expect("tensors");
    let mut all = tensors.tensors();
    all.retain(|(other, _)| other != name);
    let view = TensorView::new(dtype, shape.to_vec(), &numbers).expect("a tensor");
    all.push((name.to_owned(), view));
    safetensors::serialize(all, header.metadata().clone()).expect("bytes")
}

#[test]
fn saved_voices_load_unchanged_within_50_ms() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("ana.safetensors");
    for voice in [voice(), by_embedding()] {
        voice.save(&path).expect("saved over what was there");
        assert!(std::fs::metadata(&path).expect("there").len() < 64 << 10);
        let begin = Instant::now();
        let loaded = ClonedVoice::load(&path, MODEL).expect("loaded");
        let took = begin.elapsed();
        assert_eq!(loaded, voice);
        assert!(took < Duration::from_millis(50), "{took:?}");
    }
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .collect();
    assert_eq!(names.len(), 1, "nothing is left beside it: {names:?}");
}

#[cfg(unix)]
#[test]
fn saved_voices_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("voice");
    voice().save(&path).expect("saved");
    let mode = std::fs::metadata(&path)
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn failed_writes_keep_the_existing_file() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("nowhere").join("voice");
    let message = error_at(&path, voice().save(&path));
    assert!(message.contains("cannot be written"), "{message}");
    // A folder cannot be replaced by a file.
    let path = folder.path().join("folder");
    std::fs::create_dir(&path).expect("a folder");
    std::fs::write(path.join("inside"), "x").expect("a file");
    error_at(&path, voice().save(&path));
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("a folder").count(),
        1
    );
}

#[test]
fn incomplete_voices_are_not_written() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("voice");
    for code in [65_536, u32::MAX] {
        let mut voice = voice();
        voice.prompt.reference.as_mut().expect("codes").codes[3] = code;
        let message = error_at(&path, voice.save(&path));
        assert!(message.contains("codes has"), "{message}");
    }
    let mut voice = voice();
    voice.prompt.reference.as_mut().expect("codes").codes.pop();
    error_at(&path, voice.save(&path));
    assert!(!path.exists());
}

#[test]
fn voices_of_another_checkpoint_are_refused() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("voice");
    voice().save(&path).expect("saved");
    let message = error_at(&path, ClonedVoice::load(&path, "another"));
    assert!(message.contains(MODEL), "{message}");
    assert!(
        message.contains("this is another; clone it again with this model"),
        "{message}"
    );
}

#[test]
fn missing_files_are_file_errors() {
    let error = ClonedVoice::load(Path::new("/nowhere/voice"), MODEL).expect_err("an error");
    assert!(matches!(error, Qwen3Error::File { .. }), "{error:?}");
}

#[test]
fn damaged_files_name_what_is_wrong() {
    let good = saved(&voice());
    for length in [0, 7, 8, 100, good.len() / 2, good.len() - 1] {
        let message = refusal(&good[..length]);
        assert!(
            message.contains("damaged or no voice"),
            "{length}: {message}"
        );
    }
    let large = vec![b' '; MAX_FILE_BYTES as usize + 1];
    assert!(refusal(&large).contains("more than 4194304 bytes"));
    for key in [
        "checkpoint",
        "consent.speaker",
        "consent.statement",
        "consent.unix_seconds",
    ] {
        let message = refusal(&reworded(|words| drop(words.remove(key))));
        assert!(message.contains(&format!("{key} is missing")), "{message}");
    }
    for (key, value, part) in [
        (
            "mynah.cloned_voice",
            "3",
            "mynah.cloned_voice is \"3\", and this program reads 1 and 2",
        ),
        ("mynah.cloned_voice", "2", "it holds no consent"),
        ("mynah.cloned_voice", "x", "mynah.cloned_voice is \"x\""),
        (
            "consent.unix_seconds",
            "yesterday",
            "consent.unix_seconds is no number",
        ),
        (
            "consent.speaker",
            " ",
            "consent: a consent names its speaker",
        ),
    ] {
        let bytes = reworded(|words| drop(words.insert(key.into(), value.into())));
        let message = refusal(&bytes);
        assert!(message.contains(part), "{message}");
    }
    let message = refusal(&reworded(|words| drop(words.remove("mynah.cloned_voice"))));
    assert!(
        message.contains("mynah.cloned_voice is missing, so it is no voice"),
        "{message}"
    );
}

/// A file of `tests/golden`, written first with `UPDATE=1` where it is missing. Files of a version that was
/// released never change.
fn golden(name: &str, bytes: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let path = folder.join(name);
    if !path.exists() && std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(&path, bytes()).expect("written");
    }
    std::fs::read(path).expect("the file is in the repository")
}

#[test]
fn files_of_every_version_are_read() {
    let prompt = ClonePrompt {
        embedding: vec![0.5, -1.25, 3e-9],
        reference: Some(EncodedReference {
            text: "Ich spreche.".into(),
            codes: (0..32).map(|at| at * 60).collect(),
        }),
    };
    let with_consent = ClonedVoice {
        prompt: prompt.clone(),
        ..voice()
    };
    let first = golden("voice-1.safetensors", || saved(&with_consent));
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("ana.safetensors");
    std::fs::write(&path, first).expect("written");
    assert_eq!(
        ClonedVoice::load(&path, MODEL).expect("version 1"),
        with_consent
    );
    let second = golden("prompt-2.safetensors", || {
        prompt.to_tensors(MODEL).expect("a file")
    });
    assert_eq!(
        ClonePrompt::from_tensors(&second, MODEL),
        Ok(prompt.clone())
    );
    // Version 1 holds the same prompt; another checkpoint's is refused.
    let first = std::fs::read(&path).expect("a file");
    assert_eq!(ClonePrompt::from_tensors(&first, MODEL), Ok(prompt));
    let other = ClonePrompt::from_tensors(&second, "other@1").expect_err("refused");
    assert!(other.contains(MODEL), "{other}");
    let words = String::from_utf8_lossy(&second);
    assert!(!words.contains("consent"), "{words}");
}

#[test]
fn tensors_of_other_types_and_shapes_are_named() {
    for (name, dtype, shape, part) in [
        (
            "embedding",
            Dtype::BF16,
            &[1024][..],
            "embedding is BF16 [1024]",
        ),
        (
            "embedding",
            Dtype::F32,
            &[32, 32],
            "embedding is F32 [32, 32]",
        ),
        ("embedding", Dtype::F32, &[0], "embedding is F32 [0]"),
        // All ones are no number.
        ("embedding", Dtype::F32, &[1024], "not finite"),
        ("codes", Dtype::U16, &[750, 15], "codes is U16 [750, 15]"),
        ("codes", Dtype::U16, &[0, 16], "codes is U16 [0, 16]"),
        ("codes", Dtype::I64, &[750, 16], "codes is I64 [750, 16]"),
    ] {
        let message = refusal(&replaced(name, dtype, shape));
        assert!(message.contains(part), "{message}");
    }
    let without = reworded_by_embedding();
    assert!(refusal(&without).contains("the tensor codes is missing"));
}

/// Words of a reference, and no codes.
fn reworded_by_embedding() -> Vec<u8> {
    let bytes = saved(&by_embedding());
    let (_, header) = SafeTensors::read_metadata(&bytes).expect("a header");
    let mut words = header.metadata().clone().expect("words");
    words.insert("reference_text".into(), "Words.".into());
    let tensors = SafeTensors::deserialize(&bytes).expect("tensors");
    safetensors::serialize(tensors.tensors(), Some(words)).expect("bytes")
}

#[test]
fn debug_output_has_no_transcript() {
    let printed = format!("{:?}", voice());
    for secret in ["Ich", "Ana", "Use my voice"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_an_error_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        refusal(&bytes);
    }

    #[test]
    fn a_flipped_byte_is_an_error_or_a_voice(at in 0_usize..20_000, flip in 1_u8..) {
        let mut bytes = saved(&voice());
        let at = at % bytes.len();
        bytes[at] ^= flip;
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("voice");
        std::fs::write(&path, bytes).expect("written");
        let _ = ClonedVoice::load(&path, MODEL);
    }
}
