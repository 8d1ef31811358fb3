//! Previews: text of an open segment, which never delays or changes the final text.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use mynah_speech::{
    Cancel, RecognitionHints, RecognitionOptions, Recognizer, RecognizerStream, Transcript,
};
use mynah_whisper::WhisperOptions;
use support::{Engine, Script, engine, engine_of, seen, sound};

/// How long a preview is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Samples of one push: 100 ms.
const PIECE: usize = 1_600;

fn open(engine: &Engine, language: &str, preview: bool) -> Box<dyn RecognizerStream> {
    let options = RecognitionOptions {
        language: language.parse().unwrap(),
        preview,
        hints: RecognitionHints::default(),
    };
    engine.whisper.open(&options).unwrap()
}

/// Pushes samples and then pieces of the same sound until there is a preview; all that was pushed.
fn until_preview(stream: &mut dyn RecognizerStream, mut pushed: Vec<f32>) -> (String, Vec<f32>) {
    let more = sound(0.1);
    let (mut piece, until) = (pushed.clone(), Instant::now() + PATIENCE);
    loop {
        if let Some(text) = stream.push(&piece).unwrap() {
            return (text, pushed);
        }
        assert!(Instant::now() < until, "no preview");
        // The decode works meanwhile; a real source is as slow.
        std::thread::sleep(Duration::from_millis(20));
        piece.clone_from(&more);
        pushed.extend_from_slice(&more);
    }
}

fn finish(stream: Box<dyn RecognizerStream>) -> Transcript {
    stream.finish(&Cancel::new()).unwrap()
}

#[test]
fn preview_is_the_text_so_far_and_leaves_the_final() {
    let engine = engine(
        &Script::multilingual()
            .emit_words(&[" Hello", " you."], 0.9)
            .model,
    );
    let mut stream = open(&engine, "auto", true);
    let (text, pushed) = until_preview(&mut *stream, sound(1.0));
    assert_eq!(text, "Hello you.");
    let mut plain = open(&engine, "auto", false);
    for piece in pushed.chunks(PIECE) {
        assert_eq!(plain.push(piece).unwrap(), None);
    }
    assert_eq!(finish(stream), finish(plain));
}

#[test]
fn small_model_previews_its_own_language() {
    let small = tempfile::tempdir().unwrap();
    let path = small.path().join("small.bin");
    let script = Script::english().emit_words(&[" Small"], 0.9);
    std::fs::write(&path, script.model.bytes()).unwrap();
    let main = Script::multilingual().emit_words(&[" Main"], 0.9);
    let engine = engine_of(&main.model, |options| WhisperOptions {
        preview_model: Some(path),
        ..options
    });
    for (language, expected) in [("en", "Small"), ("de", "Main")] {
        let mut stream = open(&engine, language, true);
        let (text, _) = until_preview(&mut *stream, sound(1.0));
        assert_eq!(text, expected, "{language}");
        assert_eq!(finish(stream).text, "Main", "{language}");
    }
}

#[test]
fn missing_preview_model_leaves_previews_to_the_main_one() {
    let main = Script::multilingual().emit_words(&[" Main"], 0.9);
    let engine = engine_of(&main.model, |options| WhisperOptions {
        preview_model: Some("/nowhere/small.bin".into()),
        ..options
    });
    let mut stream = open(&engine, "en", true);
    assert_eq!(until_preview(&mut *stream, sound(1.0)).0, "Main");
}

#[test]
fn preview_of_a_long_segment_keeps_its_first_windows() {
    let engine = engine(&Script::multilingual().emit_words(&[" Hello"], 0.9).model);
    let mut samples = sound(40.0);
    samples[20 * 16_000..21 * 16_000].fill(0.0);
    let mut stream = open(&engine, "en", true);
    let until = Instant::now() + PATIENCE;
    let (mut text, _) = until_preview(&mut *stream, samples);
    while text != "Hello Hello" {
        assert!(Instant::now() < until, "{text}");
        std::thread::sleep(Duration::from_millis(20));
        text = stream.push(&sound(0.1)).unwrap().unwrap_or(text);
    }
}

#[test]
fn final_does_not_wait_for_a_preview() {
    // It writes without an end, so a preview of a long segment takes long.
    let mut script = Script::circle(12);
    for number in 0..12 {
        script = script.emit(number, 2_000 + number * 7, seen(0.999));
    }
    let engine = engine(&script.model);
    engine.whisper.warm().unwrap();
    let time = |preview: bool| {
        let mut stream = open(&engine, "en", preview);
        for piece in sound(3.0).chunks(PIECE) {
            stream.push(piece).unwrap();
        }
        let begin = Instant::now();
        (finish(stream), begin.elapsed())
    };
    let (expected, alone) = time(false);
    let (text, beside) = time(true);
    assert_eq!(text, expected);
    assert!(
        beside < 3 * alone + Duration::from_secs(1),
        "{beside:?} beside a preview, {alone:?} alone"
    );
}
