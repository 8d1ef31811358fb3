//! What the engine promises, by models that say what they are told to.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use mynah_speech::{
    Cancel, EngineHealth, Language, LanguageChoice, RecognitionHints, RecognitionOptions,
    Recognizer, SpeechError, Transcript,
};
use mynah_whisper::{Dropped, Limits, Transcription};
use support::{Engine, Script, engine, engine_with, seen, sound};

fn near(found: f32, expected: f32, tolerance: f32) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} and not {expected}"
    );
}

#[test]
fn words_have_times_and_real_confidences() {
    let mut script = Script::multilingual().emit_words(&[" Hello", " wor", "ld.", " Bye"], 0.9);
    script = script.emit(2, 1_002, seen(0.6));
    let said = engine(&script.model).transcribe(&sound(3.0), "en");
    let Transcript {
        text,
        words,
        language,
    } = said.transcript;
    assert_eq!(text, "Hello world. Bye");
    let told: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(told, ["Hello", "world.", "Bye"]);
    let expected = [0.9, (0.9_f32 * 0.6).sqrt(), 0.9];
    for (word, expected) in words.iter().zip(expected) {
        near(word.confidence.unwrap(), expected, 0.01);
    }
    let mut place = 0;
    for word in &words {
        assert!(
            place <= word.start_ms && word.start_ms <= word.end_ms,
            "{words:?}"
        );
        place = word.end_ms;
    }
    assert!(place > 0 && place <= 3_000, "{words:?}");
    assert_eq!(
        (language, said.probability),
        (Some(Language::english()), None)
    );
    assert_eq!(said.dropped, Dropped::default());
}

#[test]
fn letters_of_languages_without_spaces_are_words() {
    let script = Script::multilingual().emit_words(&["水", "は", "冷たい"], 0.9);
    let said = engine(&script.model)
        .transcribe(&sound(2.0), "ja")
        .transcript;
    assert_eq!(said.text, "水は冷たい");
    assert_eq!(said.words.len(), 3, "{said:?}");
}

#[test]
fn the_language_is_found_with_its_probability() {
    let mut script = Script::multilingual().emit_words(&[" Guten", " Tag"], 0.95);
    let (german, french) = (script.language(2), script.language(6));
    // Not a language of this model: the token that would be Cantonese in a newer one.
    let task = script.translate();
    script = script
        .first(german, 5.0)
        .first(french, 4.0)
        .first(task, 9.0);
    let engine = engine(&script.model);
    let said = engine.transcribe(&sound(2.0), "auto");
    assert_eq!(said.transcript.language, "de".parse().ok());
    let (first, second) = (5.0_f32.exp(), 4.0_f32.exp());
    near(
        said.probability.unwrap(),
        first / (first + second + 97.0),
        0.005,
    );
    assert!(engine.whisper.detects());
    let options = RecognitionOptions {
        language: LanguageChoice::Auto,
        preview: false,
        hints: RecognitionHints::default(),
    };
    let mut stream = engine.whisper.open(&options).unwrap();
    for piece in sound(2.0).chunks(777) {
        assert_eq!(
            stream.push(piece).unwrap(),
            None,
            "a preview that was not requested"
        );
    }
    assert_eq!(
        stream.finish(&Cancel::new()).unwrap(),
        said.transcript,
        "in pieces"
    );
}

#[test]
fn an_english_model_knows_english_alone() {
    let script = Script::english().emit_words(&[" Hello"], 0.9);
    let engine = engine(&script.model);
    assert_eq!(engine.whisper.languages(), [Language::english()]);
    assert!(!engine.whisper.detects());
    let said = engine.transcribe(&sound(1.5), "auto");
    assert_eq!(said.transcript.text, "Hello");
    assert_eq!(
        (said.transcript.language, said.probability),
        (Some(Language::english()), None)
    );
    let message = refused(&engine, "de");
    assert!(message.contains("English"), "{message}");
}

#[test]
fn a_language_that_it_lacks_is_refused() {
    let engine = engine(&Script::multilingual().model);
    let known = engine.whisper.languages();
    assert_eq!((known.len(), &known[0]), (99, &Language::english()));
    for tag in ["tlh", "yue"] {
        let message = refused(&engine, tag);
        assert!(
            message.contains("99 languages") && message.contains(tag),
            "{message}"
        );
    }
    let british = RecognitionOptions {
        language: "en-GB".parse().unwrap(),
        preview: true,
        hints: RecognitionHints::default(),
    };
    assert!(engine.whisper.open(&british).is_ok());
}

fn refused(engine: &support::Engine, tag: &str) -> String {
    let language = tag.parse().unwrap();
    let error = engine
        .whisper
        .open(&RecognitionOptions {
            language,
            preview: false,
            hints: RecognitionHints::default(),
        })
        .map(drop);
    let Err(SpeechError::Unsupported {
        param: "language",
        message,
    }) = error
    else {
        panic!("{error:?}")
    };
    message
}

#[test]
fn doubted_words_over_sound_that_is_no_speech_are_dropped() {
    let decoded = |words: f32, no_speech: f32| {
        let script = Script::multilingual().emit_words(&[" Thank", " you"], words);
        let token = script.no_speech();
        engine(&script.first(token, seen(no_speech)).model).transcribe(&sound(2.0), "en")
    };
    // The mean counts the sure end of the text as well.
    let Transcription {
        transcript,
        dropped,
        ..
    } = decoded(0.05, 0.8);
    assert_eq!((transcript.text.as_str(), transcript.words.len()), ("", 0));
    assert_eq!(
        dropped,
        Dropped {
            no_speech: 1,
            ..Dropped::default()
        }
    );
    for (words, no_speech, why) in [
        (0.05, 0.4, "it is speech"),
        (0.9, 0.8, "the words are sure"),
    ] {
        let Transcription {
            transcript,
            dropped,
            ..
        } = decoded(words, no_speech);
        assert_eq!(
            (&*transcript.text, dropped),
            ("Thank you", Dropped::default()),
            "{why}"
        );
    }
}

#[test]
fn a_loop_is_said_once_and_its_words_are_counted() {
    let script = Script::circle(2).word(1_000, " again").word(1_001, " and");
    let script = script
        .emit(0, 1_000, seen(0.999))
        .emit(1, 1_001, seen(0.999));
    let Transcription {
        transcript,
        dropped,
        ..
    } = engine(&script.model).transcribe(&sound(2.0), "en");
    assert_eq!(transcript.text, "again and");
    assert!(dropped.repeated > 40, "{dropped:?}");
}

#[test]
fn silence_is_not_shown_to_the_model() {
    // It would say something whatever it hears.
    let engine = engine(&Script::multilingual().emit_words(&[" Thanks"], 0.9).model);
    let quiet: Vec<f32> = sound(3.0).iter().map(|sample| sample * 0.002).collect();
    for samples in [
        vec![],
        vec![0.3; 1_599],
        vec![0.0; 48_000],
        vec![f32::NAN; 48_000],
        quiet,
    ] {
        let said = engine.transcribe(&samples, "en");
        assert_eq!(
            said.transcript,
            Transcript::default(),
            "{} samples",
            samples.len()
        );
        assert_eq!(said.dropped.silent, 1);
    }
    assert_eq!(
        engine.transcribe(&sound(0.1), "en").transcript.text,
        "Thanks",
        "short and loud"
    );
}

#[test]
fn clips_beyond_one_window_are_recognized_to_their_end() {
    let engine = engine(&Script::multilingual().emit_words(&[" Hello"], 0.9).model);
    let mut samples = sound(70.0);
    let pauses = [20, 45];
    for second in pauses {
        samples[second * 16_000..(second + 1) * 16_000].fill(0.0);
    }
    let said = engine.transcribe(&samples, "en").transcript;
    assert_eq!(said.text, "Hello Hello Hello");
    let windows = [(0, 21_000), (20_000, 46_000), (45_000, 70_000)];
    for (word, (from, to)) in said.words.iter().zip(windows) {
        assert!(from <= word.start_ms && word.end_ms <= to, "{said:?}");
    }
}

#[test]
fn same_samples_give_same_words_after_any_others() {
    // Doubted, so that words are chosen by chance; among many that are as likely.
    let mut script = Script::multilingual().emit_words(&[" one", " two", " three"], 0.02);
    for token in 1_100..1_120 {
        script = script.emit(1, token, seen(0.02));
    }
    let engine = engine(&script.model);
    let first = engine.transcribe(&sound(2.0), "en");
    assert!(!first.transcript.text.is_empty());
    for _ in 0..3 {
        engine.transcribe(&sound(1.3), "en");
        assert_eq!(engine.transcribe(&sound(2.0), "en"), first);
    }
}

/// A model that takes long: it never ends, in each of many windows.
fn endless() -> Script {
    let mut script = Script::circle(12);
    for number in 0..12 {
        script = script.emit(number, 2_000 + number * 7, seen(0.999));
    }
    script
}

/// How long a caller waits for the one decoder state of [`one_state`].
const STATE_WAIT: Duration = Duration::from_millis(50);

/// An engine whose one decoder state serves one caller at a time.
fn one_state() -> Engine {
    let limits = Limits {
        threads: 1,
        states: 1,
        wait: STATE_WAIT,
    };
    let engine = engine_with(&endless().model, limits);
    engine.whisper.warm().unwrap();
    engine
}

/// Returns once another caller holds the state, so that this one is refused.
fn until_refused(engine: &Engine) {
    let english = LanguageChoice::Is(Language::english());
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = engine.transcribe_until(&sound(0.2), &english, &Cancel::new());
        match answer {
            Err(SpeechError::Busy { .. }) => return,
            _ if Instant::now() >= until => panic!("not refused: {answer:?}"),
            // The other caller takes the state meanwhile.
            _ => std::thread::sleep(STATE_WAIT),
        }
    }
}

#[test]
fn cancel_ends_a_decode_and_frees_its_state() {
    let engine = one_state();
    let (whisper, cancel) = (engine.whisper.clone(), Cancel::new());
    let (token, samples) = (cancel.clone(), sound(300.0));
    let english = LanguageChoice::Is(Language::english());
    let choice = english.clone();
    let decoding = std::thread::spawn(move || {
        loop {
            // A short decode of `until_refused` may hold the state first.
            let answer =
                whisper.transcribe(&samples, &choice, &RecognitionHints::default(), &token);
            if !matches!(answer, Err(SpeechError::Busy { .. })) {
                return (answer, Instant::now());
            }
        }
    });
    until_refused(&engine);
    let cancelled = Instant::now();
    cancel.cancel();
    let (answer, answered) = decoding.join().unwrap();
    assert_eq!(answer.map(drop), Err(SpeechError::Cancelled));
    let took = answered.duration_since(cancelled);
    assert!(took < Duration::from_secs(3), "{took:?}");
    // The answer comes first; the state is free once the decode has ended as well.
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let again = engine.transcribe_until(&sound(0.2), &english, &Cancel::new());
        if !matches!(again, Err(SpeechError::Busy { .. })) {
            assert!(again.is_ok(), "{again:?}");
            break;
        }
        assert!(Instant::now() < until, "{again:?}");
    }
}

#[test]
fn it_is_healthy_and_tells_its_version() {
    let engine = engine(&Script::multilingual().model);
    let EngineHealth::Ready {
        version: Some(version),
    } = engine.whisper.health()
    else {
        panic!("{:?}", engine.whisper.health())
    };
    assert!(version.starts_with("1."), "{version}");
    assert_eq!(engine.whisper.info().id.as_str(), "whisper");
}

#[test]
fn more_than_ten_minutes_are_refused() {
    let engine = engine(&Script::multilingual().model);
    let (english, cancel) = (LanguageChoice::Is(Language::english()), Cancel::new());
    let error = engine
        .transcribe_until(&vec![0.0; 9_600_001], &english, &cancel)
        .map(drop);
    assert!(
        matches!(error, Err(SpeechError::Invalid { param: "audio", .. })),
        "{error:?}"
    );
    assert!(
        engine
            .transcribe_until(&vec![0.0; 9_600_000], &english, &cancel)
            .is_ok()
    );
}
