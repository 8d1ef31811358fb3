//! What the engine promises beside its accuracy.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use mynah_pocketsphinx::{Limits, PocketSphinx};
use mynah_speech::{Cancel, EngineHealth, RecognitionOptions, Recognizer, SpeechError, Transcript};
use support::{Errors, MODEL, engine, options, recognize, speak};

#[test]
fn same_samples_give_same_words_after_any_others() {
    let engine = PocketSphinx::new(None, MODEL).with_limits(Limits {
        decoders: 1,
        ..Limits::default()
    });
    let one = speak("slt", "The water in the lake is very cold.");
    let other = speak(
        "rms",
        "They are building a bridge across the river, and nobody knows why.",
    );
    let first = recognize(&engine, &one);
    assert!(!first.text.is_empty());
    assert_eq!(recognize(&engine, &one), first, "a second time");
    recognize(&engine, &other);
    assert_eq!(recognize(&engine, &one), first, "after another");
    assert_eq!(
        recognize(&support::engine(), &one),
        first,
        "by another decoder"
    );

    let mut stream = engine.open(&options(false)).unwrap();
    for piece in one.samples.chunks(777) {
        assert_eq!(
            stream.push(piece).unwrap(),
            None,
            "a preview that was not requested"
        );
    }
    assert_eq!(stream.finish(&Cancel::new()).unwrap(), first, "in pieces");
}

#[test]
fn words_have_times_and_text_has_case() {
    let spoken = speak("slt", "I will call you when I get home.");
    let Transcript { text, words, .. } = recognize(&engine(), &spoken);
    assert!(
        text.starts_with("I will call you") && text.ends_with('.'),
        "{text}"
    );
    assert!(words.len() >= 6);
    let mut place = 0;
    for word in &words {
        assert!(
            place <= word.start_ms && word.start_ms < word.end_ms,
            "{word:?}"
        );
        assert!(
            word.confidence.is_some_and(|c| (0.0..=1.0).contains(&c)),
            "{word:?}"
        );
        assert!(!word.text.contains(['<', '[', '(']), "{word:?}");
        place = word.end_ms;
    }
    assert!(place <= spoken.duration().as_millis() as u64);
    assert!(
        place + 600 >= spoken.duration().as_millis() as u64,
        "the last word is near the end"
    );
}

#[test]
fn next_to_nothing_gives_no_words() {
    let engine = engine();
    for samples in [
        vec![],
        vec![0.1],
        vec![0.0; 409],
        vec![0.0; 1_000],
        vec![f32::NAN; 16_000],
    ] {
        let mut stream = engine.open(&options(false)).unwrap();
        stream.push(&samples).unwrap();
        let transcript = stream.finish(&Cancel::new()).unwrap();
        assert_eq!(
            transcript.words.len(),
            0,
            "{} samples: {transcript:?}",
            samples.len()
        );
    }
}

#[test]
fn cancelled_decodes_return_at_once_and_free_their_decoder() {
    let engine = PocketSphinx::new(None, MODEL).with_limits(Limits {
        decoders: 1,
        ..Limits::default()
    });
    let clip = speak("slt", "The museum is closed on the first day of the week.");
    let first = recognize(&engine, &clip);
    let mut stream = engine.open(&options(false)).unwrap();
    for _ in 0..20 {
        stream.push(&clip.samples).unwrap();
    }
    let cancel = Cancel::new();
    let (begun, token) = (Instant::now(), cancel.clone());
    let decoding = std::thread::spawn(move || (stream.finish(&token), begun.elapsed()));
    cancel.cancel();
    let (answer, took) = decoding.join().unwrap();
    assert_eq!(answer, Err(SpeechError::Cancelled));
    println!("cancelled within {took:?}");
    assert_eq!(recognize(&engine, &clip), first);
}

#[test]
fn callers_without_a_free_decoder_are_busy_or_cancelled() {
    let wait = Duration::from_millis(60);
    let limits = Limits {
        decoders: 1,
        wait,
        ..Limits::default()
    };
    let engine = PocketSphinx::new(None, MODEL).with_limits(limits);
    // Loading takes longer than the wait: the first to come is the first to be refused.
    let stream = engine.open(&options(false)).unwrap();
    let refused = stream.finish(&Cancel::new());
    assert!(
        matches!(refused, Err(SpeechError::Busy { .. })),
        "{refused:?}"
    );
    let cancel = Cancel::new();
    cancel.cancel();
    let stream = engine.open(&options(false)).unwrap();
    assert_eq!(stream.finish(&cancel), Err(SpeechError::Cancelled));
}

#[test]
fn previews_come_early_and_change_no_final_text() {
    let said = "The children are playing behind the school. The water in the lake is very cold.";
    let engine = engine();
    let spoken = speak("slt", said);
    let expected = recognize(&engine, &spoken);
    let mut stream = engine.open(&options(true)).unwrap();
    let (first, rest) = spoken.samples.split_at(spoken.samples.len() / 2);
    let mut slowest = Duration::ZERO;
    let mut push = |samples: &[f32]| {
        let begun = Instant::now();
        let preview = stream.push(samples).unwrap();
        slowest = slowest.max(begun.elapsed());
        preview
    };

    let half = watch(first, 3, &mut push);
    println!("before the end: {half:?}");
    assert!(half.starts_with("the children"), "{half}");
    let all = watch(rest, 12, &mut push);
    println!("at the end: {all:?}; slowest push {slowest:?}");
    assert!(
        slowest < Duration::from_millis(100),
        "a push waits for nothing: {slowest:?}"
    );
    let errors = Errors::between(said, &all);
    assert!(
        errors.rate() < 50.0,
        "the preview has {} of {} words wrong",
        errors.wrong,
        errors.words
    );
    assert_eq!(stream.finish(&Cancel::new()).unwrap(), expected);
}

/// Pushes sound in pieces, and then nothing until the preview has some words.
fn watch(sound: &[f32], words: usize, push: &mut impl FnMut(&[f32]) -> Option<String>) -> String {
    let until = Instant::now() + Duration::from_secs(60);
    let mut latest = sound
        .chunks(1_600)
        .filter_map(&mut *push)
        .last()
        .unwrap_or_default();
    while latest.split_whitespace().count() < words {
        assert!(
            Instant::now() < until,
            "the preview came no further than {latest:?}"
        );
        latest = push(&[]).unwrap_or(latest);
        std::thread::yield_now();
    }
    latest
}

#[test]
fn other_languages_are_refused_with_the_supported_one() {
    let engine = engine();
    assert!(!engine.detects());
    for language in ["es", "auto"] {
        let wanted = RecognitionOptions {
            language: language.parse().unwrap(),
            preview: false,
            hints: mynah_speech::RecognitionHints::default(),
        };
        let Err(SpeechError::Unsupported { param, message }) = engine.open(&wanted).map(drop)
        else {
            panic!("{language} was accepted");
        };
        assert_eq!(param, "language");
        assert!(
            message.contains("English") && message.contains(language),
            "{message}"
        );
    }
}

#[test]
fn what_is_missing_is_named_with_its_package() {
    let empty = tempfile::tempdir().unwrap();
    for (engine, package) in [
        (
            PocketSphinx::new(Some(empty.path().into()), MODEL),
            "libpocketsphinx3",
        ),
        (PocketSphinx::new(None, empty.path()), "pocketsphinx-en-us"),
    ] {
        let EngineHealth::Missing { fix, .. } = engine.health() else {
            panic!("it is there")
        };
        assert!(fix.contains(package), "{fix}");
        assert_eq!(engine.languages(), []);
        let error = engine.open(&options(false)).map(drop).unwrap_err();
        assert!(matches!(&error, SpeechError::Unavailable { fix, .. } if fix.contains(package)));
    }
}
