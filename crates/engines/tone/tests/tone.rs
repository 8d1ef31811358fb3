//! The test engine keeps what it promises to tests.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use mynah_audio::{Clip, SampleRate, resample};
use mynah_speech::{
    Cancel, Consent, FinishReason, Language, LanguageChoice, RecognitionOptions, Recognizer,
    Reference, SpeechError, SpeechRequest, Synthesizer, Translator, VoiceScorer,
};
use mynah_tone::{Behaviour, Counts, Fault, Script, Tone, ToneScorer, code, translation};

const PATIENCE: Duration = Duration::from_secs(30);

fn request(text: &str) -> SpeechRequest {
    SpeechRequest {
        text: text.into(),
        voice: "tone/alto".parse().unwrap(),
        language: Language::english(),
        instruct: None,
        reference: None,
        seed: None,
    }
}

fn speak(tone: &Tone, text: &str, cancel: &Cancel) -> Result<(Clip, usize), SpeechError> {
    let mut take = Clip::empty(code::RATE);
    let mut clips = 0;
    let mut sink = |clip: Clip| {
        clips += 1;
        take.samples.extend(clip.samples);
        ControlFlow::Continue(())
    };
    assert_eq!(
        tone.speak(&request(text), cancel, &mut sink)?,
        FinishReason::Stop
    );
    Ok((take, clips))
}

fn options(preview: bool) -> RecognitionOptions {
    RecognitionOptions {
        language: LanguageChoice::Is(Language::english()),
        preview,
        hints: mynah_speech::RecognitionHints::default(),
    }
}

#[test]
fn text_survives_resampling_quieting_and_joining() {
    let tone = Tone::default();
    let text = "Good morning, ¿qué tal?";
    let (take, clips) = speak(&tone, text, &Cancel::new()).unwrap();
    assert_eq!(clips, take.samples.len().div_ceil(1_600));
    for hz in [24_000, 48_000, 44_100, 22_050, 8_000] {
        let there = resample(&take, SampleRate::new(hz).unwrap());
        let back = resample(&there, SampleRate::HZ_16000);
        let mut stream = tone.open(&options(false)).unwrap();
        for part in back.samples.chunks(1_000) {
            assert_eq!(stream.push(part).unwrap(), None);
        }
        let heard = stream.finish(&Cancel::new()).unwrap();
        assert_eq!(heard.text, text, "{hz}");
        let words: Vec<_> = heard.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words, ["Good", "morning,", "¿qué", "tal?"]);
    }
}

#[test]
fn previews_grow_into_the_final_text() {
    let tone = Tone::default();
    let (take, _) = speak(&tone, "one two three", &Cancel::new()).unwrap();
    let mut stream = tone.open(&options(true)).unwrap();
    let mut previews = Vec::new();
    for part in take.samples.chunks(1_600) {
        previews.extend(stream.push(part).unwrap());
    }
    assert!(previews.len() > 5);
    assert!(previews.windows(2).all(|pair| pair[0] != pair[1]));
    let heard = stream.finish(&Cancel::new()).unwrap();
    assert_eq!(heard.text, "one two three");
    assert!(
        previews
            .iter()
            .all(|preview| heard.text.starts_with(preview.trim_end()))
    );
}

#[test]
fn translation_marks_text_with_target_language() {
    let tone = Tone::default();
    let (en, es): (Language, Language) = (Language::english(), "es".parse().unwrap());
    let spanish = tone
        .translate(" Good morning. ", &en, &es, &Cancel::new())
        .unwrap();
    assert_eq!(spanish, "es: Good morning.");
    assert_eq!(spanish, translation("Good morning.", &es));
    let ja = "ja".parse().unwrap();
    let error = tone.translate("x", &en, &ja, &Cancel::new());
    assert!(matches!(error, Err(SpeechError::Unsupported { .. })));
}

#[test]
fn configured_faults_occur_and_are_counted() {
    let script = Script::new();
    let tone = Tone::new(script.clone());
    script.speech.once(Behaviour::failing(Fault::Crash));
    script.speech.once(Behaviour::failing(Fault::Panic));
    script.speech.once(Behaviour::failing(Fault::NotANumber));
    assert!(matches!(
        speak(&tone, "a", &Cancel::new()),
        Err(SpeechError::Failed { .. })
    ));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        drop(speak(&tone, "a", &Cancel::new()));
    }));
    assert!(caught.is_err());
    let (take, _) = speak(&tone, "a", &Cancel::new()).unwrap();
    assert!(take.samples.iter().any(|sample| sample.is_nan()));
    assert!(speak(&tone, "a", &Cancel::new()).is_ok());
    let expected = Counts {
        started: 4,
        finished: 2,
        failed: 2,
        cancelled: 0,
        max_concurrent: 1,
    };
    assert_eq!(script.speech.counts(), expected);

    script.recognition.once(Behaviour::failing(Fault::Silence));
    let nothing = tone
        .open(&options(false))
        .unwrap()
        .finish(&Cancel::new())
        .unwrap();
    assert_eq!(nothing.text, "");
    script.translation.once(Behaviour::failing(Fault::Crash));
    let es = "es".parse().unwrap();
    assert!(
        tone.translate("x", &Language::english(), &es, &Cancel::new())
            .is_err()
    );
}

#[test]
fn every_wait_ends_on_cancellation() {
    let script = Script::new();
    let tone = Tone::new(script.clone());
    let minute = Duration::from_secs(60);
    let slow = [
        Behaviour::held(),
        Behaviour::with_latency(minute),
        Behaviour {
            per_chunk: minute,
            ..Behaviour::default()
        },
        Behaviour {
            after: minute,
            ..Behaviour::default()
        },
        Behaviour::failing(Fault::Stall),
    ];
    for (number, behaviour) in slow.into_iter().enumerate() {
        script.speech.once(behaviour);
        let cancel = Cancel::new();
        thread::scope(|scope| {
            let work = scope.spawn(|| speak(&tone, "a", &cancel));
            assert!(
                script
                    .speech
                    .wait(PATIENCE, |counts| counts.started == number + 1)
            );
            let cancelled = Instant::now();
            cancel.cancel();
            assert_eq!(
                work.join().unwrap().err(),
                Some(SpeechError::Cancelled),
                "{behaviour:?}"
            );
            assert!(
                cancelled.elapsed() < Duration::from_secs(10),
                "{behaviour:?}"
            );
        });
    }
    assert_eq!(script.speech.counts().cancelled, slow.len());
}

#[test]
fn held_calls_go_on_when_released() {
    let script = Script::new();
    let tone = Tone::new(script.clone());
    script.speech.always(Behaviour::held());
    let cancel = Cancel::new();
    thread::scope(|scope| {
        let calls: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| speak(&tone, "a", &cancel)))
            .collect();
        assert!(
            script
                .speech
                .wait(PATIENCE, |counts| counts.in_progress() == 3)
        );
        script.speech.release(2);
        assert!(script.speech.wait(PATIENCE, |counts| counts.finished == 2));
        assert_eq!(script.speech.counts().in_progress(), 1);
        script.speech.release(1);
        assert!(calls.into_iter().all(|call| call.join().unwrap().is_ok()));
    });
    assert!(
        !script
            .speech
            .wait(Duration::ZERO, |counts| counts.started == 4)
    );
}

#[test]
fn scorer_accepts_tones_and_rejects_silence() {
    let mut scorer = ToneScorer;
    let frame = scorer.frame_samples();
    assert!(scorer.score(&vec![0.0; frame]) < 0.5);
    assert!(scorer.score(&code::encode("a").samples[..frame]) > 0.5);
}

#[test]
fn designed_and_cloned_voices_hum_and_stay_decodable() {
    let reference = |audio: &[u8]| {
        Some(Arc::new(Reference {
            audio: audio.into(),
            text: None,
            x_vector_only: true,
            provenance: Consent::now("Ana", "I agree.").unwrap().into(),
        }))
    };
    let text = "Good morning, ¿qué tal?";
    let take = |voice: &str, instruct: Option<&str>, reference| {
        let request = SpeechRequest {
            voice: voice.parse().unwrap(),
            instruct: instruct.map(Into::into),
            reference,
            ..request(text)
        };
        let mut samples = Vec::new();
        let mut sink = |clip: Clip| {
            samples.extend(clip.samples);
            ControlFlow::Continue(())
        };
        Tone::default()
            .speak(&request, &Cancel::new(), &mut sink)
            .map(|_| samples)
    };
    let plain = take("tone/alto", None, None).unwrap();
    let calm = take("tone/design", Some("a calm man"), None).unwrap();
    let child = take("tone/design", Some("a child"), None).unwrap();
    let ana = take("tone/clone", None, reference(b"Ana's voice")).unwrap();
    let ben = take("tone/clone", None, reference(b"Ben's voice")).unwrap();
    let all = [&plain, &calm, &child, &ana, &ben];
    for (place, one) in all.iter().enumerate() {
        assert_eq!(code::decode(one), text, "take {place}");
        assert!(
            all[..place].iter().all(|other| other != one),
            "take {place}"
        );
    }
    assert_eq!(
        take("tone/clone", None, reference(b"Ana's voice")).unwrap(),
        ana
    );
    for voice in ["tone/design", "tone/clone"] {
        let error = take(voice, None, None).unwrap_err();
        assert!(matches!(error, SpeechError::Invalid { .. }), "{error:?}");
    }
}
