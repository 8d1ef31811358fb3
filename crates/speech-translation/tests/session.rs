//! Sessions from the first sample to the last event.

mod harness;

use std::time::Duration;

use harness::{
    TestInterpreter, all, english_to_spanish, interpret, lines, of_segment, sentences, speech_text,
    until,
};
use mynah_audio::{Clip, SampleRate, resample};
use mynah_speech_translation::{InterpreterSettings, SessionEvent};
use mynah_synthesis::VoiceChoice;
use mynah_tone::{Behaviour, Fault};
use proptest::prelude::*;

#[tokio::test]
async fn two_sentences_are_recognized_translated_and_synthesized() {
    let test = TestInterpreter::new();
    let clip = sentences(&["Good morning.", "How are you?"]);
    let length = clip.duration().as_millis() as u64;
    let events = interpret(&test, english_to_spanish(), clip).await;

    assert_eq!(
        of_segment(&events, 0),
        [
            "0 opened",
            "0 recognized Good morning.",
            "0 translated es: Good morning.",
            "0 speech",
            "0 done Good morning. = es: Good morning.",
        ]
    );
    assert_eq!(speech_text(&events, 0), "es: Good morning.");
    assert_eq!(speech_text(&events, 1), "es: How are you?");
    assert_eq!(lines(&events).last().unwrap(), "ended 2, 0 empty");

    let mut before = 0;
    for event in &events {
        let SessionEvent::Done {
            start_ms,
            end_ms,
            timings,
            ..
        } = event
        else {
            continue;
        };
        assert!(before <= *start_ms && start_ms < end_ms && *end_ms <= length);
        assert!(timings.first_audio.unwrap() <= timings.total);
        before = *end_ms;
    }
    // Speech begins 300 ms into the recording, and is padded.
    let Some(SessionEvent::Opened { start_ms, .. }) = events.first() else {
        panic!("{events:?}")
    };
    assert!(*start_ms < 300, "{start_ms}");
}

#[tokio::test]
async fn results_keep_their_order_when_the_first_segment_is_slow() {
    let test = TestInterpreter::new();
    test.script.recognition.once(Behaviour::held());
    let (mut input, events) = test
        .interpreter
        .session(english_to_spanish())
        .await
        .unwrap();
    input.push(sentences(&["slow", "fast"])).await.unwrap();
    input.close();
    // The second is finished while the first one waits.
    until(&test.script.recognition, |counts| counts.finished == 1).await;
    test.script.recognition.release(1);

    let lines = lines(&all(events).await);
    for kind in ["recognized", "translated", "done"] {
        let order: Vec<_> = lines.iter().filter(|line| line.contains(kind)).collect();
        assert!(
            order[0].contains("slow") && order[1].contains("fast"),
            "{lines:?}"
        );
    }
    assert_eq!(test.script.recognition.counts().max_concurrent, 2);
}

#[tokio::test]
async fn text_does_not_wait_for_speech_of_the_previous_segment() {
    let test = TestInterpreter::new();
    test.script.speech.always(Behaviour::held());
    let (mut input, mut events) = test
        .interpreter
        .session(english_to_spanish())
        .await
        .unwrap();
    input.push(sentences(&["one", "two"])).await.unwrap();
    input.close();
    loop {
        match events.next().await.expect("an event") {
            SessionEvent::Translated { segment: 1, .. } => break,
            SessionEvent::Done { .. } => panic!("nothing can be done yet"),
            _ => {}
        }
    }
    test.script.speech.release(2);
    assert_eq!(
        lines(&all(events).await).last().unwrap(),
        "ended 2, 0 empty"
    );
}

#[tokio::test]
async fn a_segment_that_fails_does_not_stop_the_next() {
    for (order, code) in [
        ("recognition", "recognition_failed"),
        ("translation", "translation_failed"),
        ("speech", "synthesis_failed"),
    ] {
        for fault in [Fault::Crash, Fault::Panic] {
            let test = TestInterpreter::new();
            let stage = match order {
                "recognition" => &test.script.recognition,
                "translation" => &test.script.translation,
                _ => &test.script.speech,
            };
            stage.once(Behaviour::failing(fault));
            // One at a time, so that the order meets the first segment.
            let (mut input, mut events) = test
                .interpreter
                .session(english_to_spanish())
                .await
                .unwrap();
            input.push(sentences(&["one"])).await.unwrap();
            let mut received = Vec::new();
            while !matches!(received.last(), Some(SessionEvent::Failed { .. })) {
                received.push(events.next().await.expect("a failure"));
            }
            input.push(sentences(&["two"])).await.unwrap();
            input.close();
            received.extend(all(events).await);
            assert_eq!(
                of_segment(&received, 0).last().unwrap(),
                &format!("0 failed {code}")
            );
            assert_eq!(
                of_segment(&received, 1).last().unwrap(),
                "1 done two = es: two"
            );
            assert_eq!(lines(&received).last().unwrap(), "ended 2, 0 empty");
        }
    }
}

#[tokio::test]
async fn a_stalled_engine_is_cancelled_at_its_time_limit() {
    let settings = InterpreterSettings {
        recognize_seconds: 1,
        ..InterpreterSettings::default()
    };
    let test = TestInterpreter::with(settings);
    test.script
        .recognition
        .once(Behaviour::failing(Fault::Stall));
    let events = interpret(&test, english_to_spanish(), sentences(&["stuck"])).await;
    assert_eq!(
        of_segment(&events, 0),
        ["0 opened", "0 failed engine_timeout"]
    );
    until(&test.script.recognition, |counts| counts.cancelled == 1).await;
}

#[tokio::test]
async fn endless_speech_is_cut_off() {
    let test = TestInterpreter::new();
    test.script.speech.once(Behaviour::failing(Fault::Runaway));
    let events = interpret(&test, english_to_spanish(), sentences(&["on and on"])).await;
    assert_eq!(
        of_segment(&events, 0).last().unwrap(),
        "0 failed synthesis_failed"
    );
}

#[tokio::test]
async fn dropping_a_session_stops_the_engines() {
    for leave_by_input in [true, false] {
        let test = TestInterpreter::new();
        test.script.recognition.always(Behaviour::held());
        let (mut input, events) = test
            .interpreter
            .session(english_to_spanish())
            .await
            .unwrap();
        input.push(sentences(&["gone"])).await.unwrap();
        until(&test.script.recognition, |counts| counts.started == 1).await;
        if leave_by_input {
            drop(input);
            assert_eq!(
                lines(&all(events).await),
                ["0 opened"],
                "aborted, not ended"
            );
        } else {
            drop(events);
        }
        until(&test.script.recognition, |counts| counts.cancelled == 1).await;
    }
}

#[tokio::test]
async fn noise_without_words_is_counted_and_not_reported() {
    let test = TestInterpreter::new();
    test.script
        .recognition
        .once(Behaviour::failing(Fault::Silence));
    let events = interpret(&test, english_to_spanish(), sentences(&["noise"])).await;
    assert_eq!(lines(&events), ["0 opened", "ended 1, 1 empty"]);
}

#[tokio::test]
async fn silence_is_no_segment() {
    let test = TestInterpreter::new();
    let clip = Clip::silence(SampleRate::HZ_24000, Duration::from_secs(30));
    let events = interpret(&test, english_to_spanish(), clip).await;
    assert_eq!(lines(&events), ["ended 0, 0 empty"]);
}

#[tokio::test]
async fn previews_come_before_the_text_and_never_after() {
    let test = TestInterpreter::new();
    let mut options = english_to_spanish();
    options.preview = true;
    let (mut input, mut events) = test.interpreter.session(options).await.unwrap();
    let clip = sentences(&["the quick brown fox jumps"]);
    let (first, rest) = clip.samples.split_at(clip.samples.len() / 2);
    input
        .push(Clip::new(clip.rate, first.to_vec()))
        .await
        .unwrap();
    // Previews arrive while the sentence is received.
    let preview = loop {
        if let SessionEvent::Preview { text, .. } = events.next().await.expect("a preview") {
            break text;
        }
    };
    assert!(
        "the quick brown fox jumps".starts_with(&preview) && !preview.is_empty(),
        "{preview}"
    );
    input
        .push(Clip::new(clip.rate, rest.to_vec()))
        .await
        .unwrap();
    input.close();
    let lines = lines(&all(events).await);
    let recognized = lines
        .iter()
        .position(|line| line.contains("recognized"))
        .unwrap();
    assert!(
        !lines[recognized..]
            .iter()
            .any(|line| line.contains("preview")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn the_same_language_is_synthesized_without_a_translator() {
    let test = TestInterpreter::new();
    let mut options = english_to_spanish();
    options.target = "en-GB".parse().unwrap();
    options.voice = VoiceChoice::Named("tone/bass".into());
    let events = interpret(&test, options, sentences(&["Hello."])).await;
    assert_eq!(
        of_segment(&events, 0).last().unwrap(),
        "0 done Hello. = Hello."
    );
    assert_eq!(test.script.translation.counts().started, 0);
}

#[tokio::test]
async fn text_alone_needs_no_voice() {
    let test = TestInterpreter::new();
    let mut options = english_to_spanish();
    options.speak = false;
    let events = interpret(&test, options, sentences(&["Hello."])).await;
    assert_eq!(
        of_segment(&events, 0).last().unwrap(),
        "0 done Hello. = es: Hello."
    );
    assert_eq!(test.script.speech.counts().started, 0);
}

#[tokio::test]
async fn sessions_take_turns_at_recognition() {
    let settings = InterpreterSettings {
        max_recognitions: 1,
        ..InterpreterSettings::default()
    };
    let test = TestInterpreter::with(settings);
    test.script
        .recognition
        .always(Behaviour::with_latency(Duration::from_millis(20)));
    let session =
        |name: &'static str| interpret(&test, english_to_spanish(), sentences(&[name, name]));
    let (first, second, third) = tokio::join!(session("one"), session("two"), session("three"));
    for events in [first, second, third] {
        assert_eq!(lines(&events).last().unwrap(), "ended 2, 0 empty");
    }
    assert_eq!(test.script.recognition.counts().max_concurrent, 1);
}

#[tokio::test]
async fn many_sentences_at_once_are_queued_and_not_lost() {
    let settings = InterpreterSettings {
        buffer_seconds: 1,
        ..InterpreterSettings::default()
    };
    let test = TestInterpreter::with(settings);
    let texts: Vec<String> = (0..20).map(|number| format!("sentence {number}")).collect();
    let clip = sentences(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let events = interpret(&test, english_to_spanish(), clip).await;
    let done: Vec<_> = lines(&events)
        .into_iter()
        .filter(|line| line.contains("done"))
        .collect();
    let expected: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| format!("{at} done {text} = es: {text}"))
        .collect();
    assert_eq!(done, expected);
    assert!(test.script.recognition.counts().max_concurrent <= 2);
}

#[tokio::test]
async fn rates_may_change_and_nan_samples_are_silence() {
    let test = TestInterpreter::new();
    let (mut input, events) = test
        .interpreter
        .session(english_to_spanish())
        .await
        .unwrap();
    input.push(sentences(&["first"])).await.unwrap();
    let broken = Clip::new(
        SampleRate::HZ_24000,
        vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY],
    );
    input.push(broken).await.unwrap();
    input
        .push(resample(&sentences(&["second"]), SampleRate::HZ_48000))
        .await
        .unwrap();
    input.push(Clip::empty(SampleRate::HZ_24000)).await.unwrap();
    input.close();
    let events = all(events).await;
    assert_eq!(
        of_segment(&events, 0).last().unwrap(),
        "0 done first = es: first"
    );
    assert_eq!(
        of_segment(&events, 1).last().unwrap(),
        "1 done second = es: second"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn words_do_not_depend_on_how_the_sound_is_cut(cuts in prop::collection::vec(1_usize..9_000, 1..40)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let lines = runtime.block_on(async {
            let test = TestInterpreter::new();
            let (mut input, events) =
                test.interpreter.session(english_to_spanish()).await.unwrap();
            let clip = sentences(&["one, two", "three"]);
            let feed = tokio::spawn(async move {
                let mut rest = clip.samples.as_slice();
                for cut in cuts.iter().cycle() {
                    let (piece, later) = rest.split_at((*cut).min(rest.len()));
                    input.push(Clip::new(clip.rate, piece.to_vec())).await.unwrap();
                    rest = later;
                    if rest.is_empty() {
                        break;
                    }
                }
                input.close();
            });
            let events = all(events).await;
            feed.await.unwrap();
            lines(&events)
        });
        let done: Vec<_> = lines.iter().filter(|line| line.contains("done")).collect();
        prop_assert_eq!(done, ["0 done one, two = es: one, two", "1 done three = es: three"]);
    }
}
