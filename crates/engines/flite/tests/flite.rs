//! The real flite. Where it is missing these tests fail and say which package to install.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use mynah_audio::Clip;
use mynah_flite::Flite;
use mynah_speech::{
    Cancel, EngineHealth, FinishReason, Language, SpeechError, SpeechRequest, Synthesizer,
    VoiceGender,
};

const TWENTY_WORDS: &str = "The old harbour master walked slowly down the stone steps and looked \
                            for a small white boat on the sea.";

fn installed() -> Flite {
    let flite = Flite::new();
    assert!(
        flite.health().is_ready(),
        "install the package libflite1 to run this test"
    );
    flite
}

fn request(voice: &str, text: &str) -> SpeechRequest {
    SpeechRequest {
        text: text.into(),
        voice: voice.parse().unwrap(),
        language: Language::english(),
        instruct: None,
        reference: None,
        seed: None,
    }
}

fn speak(flite: &Flite, voice: &str, text: &str) -> Result<Clip, SpeechError> {
    let mut take: Option<Clip> = None;
    let mut sink = |clip: Clip| {
        match &mut take {
            Some(take) => take.samples.extend(clip.samples),
            None => take = Some(clip),
        }
        ControlFlow::Continue(())
    };
    let finish = flite.speak(&request(voice, text), &Cancel::new(), &mut sink)?;
    assert_eq!(finish, FinishReason::Stop);
    Ok(take.expect("no sound came"))
}

fn peak(clip: &Clip) -> f32 {
    clip.samples
        .iter()
        .fold(0.0, |peak, sample| sample.abs().max(peak))
}

#[test]
fn every_voice_makes_audio() {
    let flite = installed();
    let voices = flite.voices();
    assert_eq!(voices[0].id.to_string(), "flite/slt");
    assert_eq!(voices[0].gender, Some(VoiceGender::Female));
    assert!(voices.iter().any(|voice| voice.id.name() == "rms"));
    for voice in voices {
        let id = voice.id.to_string();
        let started = Instant::now();
        let take = speak(&flite, &id, TWENTY_WORDS).unwrap();
        println!(
            "{id}: {:?} of sound in {:?}",
            take.duration(),
            started.elapsed()
        );
        assert_eq!(take.rate.hz(), 16_000, "{id}");
        assert!((4.0..10.0).contains(&take.duration().as_secs_f32()), "{id}");
        assert!((0.05..=1.0).contains(&peak(&take)), "{id}");
    }
}

#[test]
fn sound_comes_before_the_end() {
    let flite = installed();
    speak(&flite, "flite/slt", "Warm.").unwrap();
    for words in [1, 2, 3, 4, 6, 8, 12, 16, 20] {
        let text = TWENTY_WORDS
            .split(' ')
            .take(words)
            .collect::<Vec<_>>()
            .join(" ");
        let started = Instant::now();
        let (mut first, mut loud, mut clips) = (None, None, 0);
        let mut sink = |clip: Clip| {
            clips += 1;
            first.get_or_insert_with(|| started.elapsed());
            if peak(&clip) > 0.003_162 {
                loud.get_or_insert_with(|| started.elapsed());
            }
            ControlFlow::Continue(())
        };
        flite
            .speak(&request("flite/slt", &text), &Cancel::new(), &mut sink)
            .unwrap();
        println!(
            "{words} words, {} characters: first clip {first:?}, above -50 dBFS {loud:?}, all {:?}",
            text.len(),
            started.elapsed()
        );
        assert!(clips > 1, "{words}");
        assert!(loud.is_some(), "{words}");
    }
}

#[test]
fn a_listener_who_leaves_or_a_cancel_ends_it() {
    let flite = installed();
    let long = request("flite/slt", TWENTY_WORDS);
    let mut clips = 0;
    let mut leave = |_| {
        clips += 1;
        ControlFlow::Break(())
    };
    assert_eq!(
        flite.speak(&long, &Cancel::new(), &mut leave),
        Err(SpeechError::Cancelled)
    );
    assert_eq!(clips, 1);

    let cancel = Cancel::new();
    let (inner, mut after) = (cancel.clone(), 0);
    let mut ask = |_| {
        after += usize::from(inner.is_cancelled());
        inner.cancel();
        ControlFlow::Continue(())
    };
    assert_eq!(
        flite.speak(&long, &cancel, &mut ask),
        Err(SpeechError::Cancelled)
    );
    assert_eq!(after, 0);

    // The body is whole after both.
    assert!(speak(&flite, "flite/slt", "Hello.").unwrap().duration() > Duration::from_millis(200));
}

#[test]
fn a_panic_of_the_listener_passes_through() {
    let flite = installed();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        flite.speak(
            &request("flite/slt", "Hello."),
            &Cancel::new(),
            &mut |_: Clip| panic!("from the listener"),
        )
    }));
    assert!(caught.is_err());
    assert!(speak(&flite, "flite/slt", "Hello.").is_ok());
}

/// flite shapes its noise with the C library's `rand`, so samples differ from run to run; lengths
/// and loudness come from the model and must not.
#[test]
fn many_threads_speak_as_one_would() {
    let flite = installed();
    let texts: Vec<String> = TWENTY_WORDS
        .split(' ')
        .collect::<Vec<_>>()
        .chunks(4)
        .map(|words| words.join(" "))
        .chain([
            "Dr. Smith paid $12.50 on 3/4/2021.".into(),
            "It's 10:45 a.m., isn't it?".into(),
        ])
        .collect();
    let solo: Vec<Vec<Clip>> = ["flite/slt", "flite/rms"]
        .iter()
        .map(|voice| {
            texts
                .iter()
                .map(|text| speak(&flite, voice, text).unwrap())
                .collect()
        })
        .collect();
    thread::scope(|scope| {
        for number in 0..6 {
            let (flite, texts, solo) = (&flite, &texts, &solo);
            scope.spawn(move || {
                for round in 0..2 {
                    for (place, text) in texts.iter().enumerate() {
                        let which = (number + round + place) % 2;
                        let voice = ["flite/slt", "flite/rms"][which];
                        let take = speak(flite, voice, text).unwrap();
                        let alone = &solo[which][place];
                        assert!(take == *alone, "{voice}: {text}");
                    }
                }
            });
        }
    });
}

#[test]
fn equal_texts_give_equal_sound_whatever_was_spoken_before() {
    let flite = installed();
    for voice in ["flite/slt", "flite/rms", "flite/awb", "flite/kal16"] {
        let first = speak(&flite, voice, TWENTY_WORDS).unwrap();
        for other in ["Another text?", "1", "One two three four five six."] {
            speak(&flite, voice, other).unwrap();
            assert!(
                speak(&flite, voice, TWENTY_WORDS).unwrap() == first,
                "{voice}"
            );
        }
        // By a body and threads of its own.
        assert!(
            speak(&Flite::new(), voice, TWENTY_WORDS).unwrap() == first,
            "{voice}"
        );
    }
}

#[test]
fn odd_texts_do_no_harm() {
    let flite = installed();
    let long = "pneumonoultramicroscopicsilicovolcanoconiosis".repeat(2);
    for text in [
        "a",
        "%",
        "x%s%n%d",
        "$",
        "1",
        "99999999999999999999999999999999",
        "-",
        "--",
        "()",
        "\"",
        "MCMXCIX",
        "3.14.15.92",
        "$1,2,3",
        "http://a.b/c?d=e&f",
        "a@b.c",
        "#1",
        "\\",
        "<b>&amp;</b>",
        "... . . .",
        "IIIIII",
        "1/0",
        "12:99:77",
        "''''",
        "zzzzzzzzzzzzzzzzzzzz",
        "é",
        "NaN",
        &long,
    ] {
        let outcome = flite.speak(
            &request("flite/slt", text),
            &Cancel::new(),
            &mut |_: Clip| ControlFlow::Continue(()),
        );
        assert_eq!(outcome, Ok(FinishReason::Stop), "{text}");
    }
}

#[test]
fn other_scripts_are_refused_before_any_sound() {
    let flite = installed();
    let error = flite.accepts("The word 你好 means hello.", &Language::english());
    assert!(
        matches!(error, Err(SpeechError::Unsupported { param: "input", .. })),
        "{error:?}"
    );
    assert_eq!(
        flite.accepts("A naïve “café” — for 5 €.", &Language::english()),
        Ok(())
    );
    assert!(speak(&flite, "flite/slt", "你好").is_err());
}

#[test]
fn missing_libraries_are_named_with_their_package() {
    let empty = tempfile::tempdir().unwrap();
    let flite = Flite::in_directory(empty.path());
    assert_eq!(flite.voices(), []);
    let EngineHealth::Missing { fix, .. } = flite.health() else {
        panic!("it is not there")
    };
    assert!(fix.contains("apt-get install libflite1"), "{fix}");
    let error = speak(&flite, "flite/slt", "Hello.");
    assert!(
        matches!(error, Err(SpeechError::Unavailable { .. })),
        "{error:?}"
    );

    // A file that is no library is as good as none.
    std::fs::write(empty.path().join("libflite.so.1"), b"not a library").unwrap();
    assert!(!flite.health().is_ready());
}

#[test]
fn an_unknown_voice_is_unsupported() {
    for voice in ["flite/nobody", "espeak/slt"] {
        let error = speak(&installed(), voice, "Hello.");
        assert!(
            matches!(error, Err(SpeechError::Unsupported { param: "voice", .. })),
            "{error:?}"
        );
    }
}
