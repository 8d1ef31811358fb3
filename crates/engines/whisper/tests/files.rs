//! Files that are no model: each is refused with its name, and none ends the process.
#![allow(clippy::unwrap_used)]

mod support;

use mynah_speech::{
    Cancel, EngineHealth, LanguageChoice, RecognitionHints, Recognizer, SpeechError,
};
use mynah_whisper::{Whisper, WhisperOptions};
use support::{MULTILINGUAL, Random, Script, Tiny, engine, sound};

/// Why a file is refused, by the engine's health and by a call.
fn reason(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.bin");
    std::fs::write(&path, bytes).unwrap();
    let whisper = Whisper::new(WhisperOptions::new(&path));
    let EngineHealth::Missing { reason, fix } = whisper.health() else {
        panic!("it is whole")
    };
    assert!(reason.contains("broken.bin"), "{reason}");
    assert!(
        !reason.contains(folder.path().to_str().unwrap()),
        "{reason}"
    );
    assert!(fix.contains("engines.whisper.model"), "{fix}");
    assert_eq!(whisper.languages(), []);
    let transcription = whisper.transcribe(
        &sound(1.0),
        &LanguageChoice::Auto,
        &RecognitionHints::default(),
        &Cancel::new(),
    );
    let Err(SpeechError::Unavailable { reason: again, .. }) = transcription else {
        panic!("{transcription:?}")
    };
    assert_eq!(again, reason);
    reason
}

fn model() -> Tiny {
    Tiny::zero(MULTILINGUAL)
}

/// Changes a model, and says why its file is refused.
fn changed(change: impl FnOnce(&mut Tiny)) -> String {
    let mut model = model();
    change(&mut model);
    reason(&model.bytes())
}

#[test]
fn what_is_no_model_is_said_so() {
    let whisper = Whisper::new(WhisperOptions::new("/nowhere/missing.bin"));
    assert!(format!("{:?}", whisper.health()).contains("missing.bin: it is not there"));
    assert!(matches!(
        whisper.warm(),
        Err(SpeechError::Unavailable { .. })
    ));
    assert!(reason(b"RIFF....WAVE").contains("not a whisper.cpp model"));
    assert!(reason(b"GGUF\x03\0\0\0").contains("GGUF"));
    assert!(reason(b"").contains("cut short"));
}

#[test]
fn a_folder_is_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let whisper = Whisper::new(WhisperOptions::new(folder.path()));
    assert!(!whisper.health().is_ready());
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let bytes = model().bytes();
    let mut places: Vec<usize> = (0..60).chain([1_000, 64_375, 64_379]).collect();
    let mut random = Random(7);
    places.extend((0..60).map(|_| (random.next() % bytes.len() as u64) as usize));
    places.push(bytes.len() - 1);
    for place in places {
        let reason = reason(&bytes[..place]);
        assert!(
            reason.contains("cut short") || reason.contains("lacks"),
            "{place}: {reason}"
        );
    }
}

#[test]
fn wrong_numbers_are_named() {
    let names = [
        "n_vocab",
        "n_audio_ctx",
        "n_audio_state",
        "n_audio_head",
        "n_audio_layer",
        "n_text_ctx",
        "n_text_state",
        "n_text_head",
        "n_text_layer",
        "n_mels",
        "ftype",
    ];
    for (place, name) in names.into_iter().enumerate() {
        for value in [0, -1, i32::MAX, i32::MIN, 100_000] {
            // Formats repeat every thousand, and 0 is one of them.
            if name == "ftype" && [0, 100_000].contains(&value) {
                continue;
            }
            let reason = changed(|model| model.hyperparameters[place] = value);
            assert!(
                reason.contains(&format!("its {name} is {value}")),
                "{reason}"
            );
        }
    }
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    let name = "decoder.blocks.0.mlp.0.weight";
    let missing = changed(|model| drop(model.tensors.remove(name)));
    assert!(
        missing.contains(&format!("lacks the tensor {name}")),
        "{missing}"
    );
    let turned = changed(|model| model.tensors.get_mut(name).unwrap().shape.reverse());
    assert!(turned.contains(name) && turned.contains("64"), "{turned}");
    let format = changed(|model| model.tensors.get_mut(name).unwrap().half = false);
    assert!(
        format.contains(name) && format.contains("format"),
        "{format}"
    );
    let more = changed(|model| {
        let tensor = model.tensors[name].clone();
        model.tensors.insert("another".into(), tensor);
    });
    assert!(more.contains("too many: another"), "{more}");
    let quantized = changed(|model| model.hyperparameters[10] = 2);
    assert!(quantized.contains("format"), "{quantized}");
}

#[test]
fn a_vocabulary_that_would_end_the_process_is_refused() {
    let space = changed(|model| model.words[220] = b"x".to_vec());
    assert!(space.contains("single space"), "{space}");
    let words = changed(|model| model.words = vec![b" ".to_vec(); MULTILINGUAL + 1]);
    assert!(words.contains("51866 words"), "{words}");
    let long = changed(|model| model.words[3] = vec![b'x'; 2_000]);
    assert!(long.contains("2000 bytes"), "{long}");
}

#[test]
fn weights_that_are_no_numbers_are_a_failure() {
    let mut script = Script::multilingual().emit_words(&[" Hello"], 0.9);
    script.model.values("decoder.ln.weight").fill(f32::NAN);
    let engine = engine(&script.model);
    for language in [LanguageChoice::Auto, "en".parse().unwrap()] {
        let transcription = engine.whisper.transcribe(
            &sound(1.0),
            &language,
            &RecognitionHints::default(),
            &Cancel::new(),
        );
        let failed = matches!(&transcription, Err(SpeechError::Failed { .. }));
        assert!(failed, "{language:?}: {transcription:?}");
    }
}

#[test]
fn a_file_that_was_mended_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.bin");
    let whisper = Whisper::new(WhisperOptions::new(&path));
    assert!(!whisper.health().is_ready());
    std::fs::write(
        &path,
        Script::multilingual()
            .emit_words(&[" Hi"], 0.9)
            .model
            .bytes(),
    )
    .unwrap();
    assert!(whisper.health().is_ready());
    let transcription = whisper
        .transcribe(
            &sound(1.0),
            &"en".parse().unwrap(),
            &RecognitionHints::default(),
            &Cancel::new(),
        )
        .unwrap();
    assert_eq!(transcription.transcript.text, "Hi");
}
