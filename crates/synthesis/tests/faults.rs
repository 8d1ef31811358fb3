//! Engines that fail, and callers that cancel.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::time::{Duration, Instant};

use common::{TestSynthesis, decoded_text, error_of};
use mynah_speech::SpeechError;
use mynah_synthesis::SynthesisSettings;
use mynah_tone::{Behaviour, Fault};

/// One worker slot and no queue: a slot that is not freed fails the next request.
fn single_slot() -> SynthesisSettings {
    SynthesisSettings {
        running: 1,
        waiting: 0,
        ..SynthesisSettings::default()
    }
}

fn short_stall() -> SynthesisSettings {
    SynthesisSettings {
        stall_ms: 100,
        ..single_slot()
    }
}

async fn still_speaks(fixture: &TestSynthesis) {
    let take = fixture.speak("All is well.").collect().await.unwrap();
    assert_eq!(decoded_text(&take), "All is well.");
}

#[tokio::test]
async fn engine_faults_fail_only_their_request() {
    let fixture = TestSynthesis::new(single_slot());
    for (fault, sign) in [
        (Fault::Crash, "configured to crash"),
        (Fault::Panic, "panicked"),
        (Fault::NotANumber, "not numbers"),
        (Fault::Runaway, "without end"),
        (Fault::Silence, "only silence"),
    ] {
        fixture.script.speech.once(Behaviour::failing(fault));
        let error = error_of(fixture.speak("A secret sentence.")).await;
        let SpeechError::Failed { engine, reason } = &error else {
            panic!("{fault:?}: {error:?}")
        };
        assert_eq!(engine.as_str(), "tone");
        assert!(reason.contains(sign), "{fault:?}: {reason}");
        assert!(!error.to_string().contains("secret"), "{error}");
        still_speaks(&fixture).await;
    }
}

#[tokio::test]
async fn stalled_engines_are_stopped() {
    let fixture = TestSynthesis::new(short_stall());
    let stall = Behaviour::failing(Fault::Stall);
    for behaviour in [stall, stall.after_chunks(3)] {
        fixture.script.speech.once(behaviour);
        let began = Instant::now();
        let error = error_of(fixture.speak("Something is wrong.")).await;
        assert!(
            matches!(&error, SpeechError::Failed { reason, .. } if reason.contains("stalled")),
            "{error:?}"
        );
        assert!(began.elapsed() >= Duration::from_millis(100));
        still_speaks(&fixture).await;
    }
    assert_eq!(fixture.script.speech.counts().cancelled, 2);
}

#[tokio::test]
async fn audio_before_a_fault_is_delivered() {
    let fixture = TestSynthesis::new(single_slot());
    fixture
        .script
        .speech
        .once(Behaviour::failing(Fault::Crash).after_chunks(10));
    let mut stream = fixture.speak("Something long enough to be heard before it breaks.");
    let mut sound = Duration::ZERO;
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(clip) => sound += clip.duration(),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SpeechError::Failed { .. }));
    assert!(sound >= Duration::from_millis(800), "{sound:?}");
}

#[tokio::test]
async fn slow_engines_with_progress_are_not_stalled() {
    let fixture = TestSynthesis::new(SynthesisSettings {
        stall_ms: 700,
        ..single_slot()
    });
    let slow = Behaviour {
        per_chunk: Duration::from_millis(60),
        ..Behaviour::default()
    };
    fixture.script.speech.once(slow);
    // Eighteen clips of 60 ms: more than the timeout in all, far less each.
    let take = fixture
        .speak("Slow and steady, so I get there.")
        .collect()
        .await
        .unwrap();
    assert_eq!(decoded_text(&take), "Slow and steady, so I get there.");
}

#[tokio::test]
async fn dropping_the_stream_stops_the_engine() {
    let fixture = TestSynthesis::new(single_slot());
    let behaviours = [
        Behaviour::held(),
        Behaviour::failing(Fault::Stall).after_chunks(2),
        Behaviour::with_latency(Duration::from_secs(600)),
        Behaviour {
            per_chunk: Duration::from_secs(60),
            ..Behaviour::default()
        },
        Behaviour {
            after: Duration::from_secs(600),
            ..Behaviour::default()
        },
    ];
    for (number, behaviour) in behaviours.into_iter().enumerate() {
        fixture.script.speech.once(behaviour);
        let stream = fixture.speak("This is dropped.");
        assert!(
            fixture
                .until(move |counts| counts.started == number + 1)
                .await
        );
        let left = Instant::now();
        drop(stream);
        assert!(
            fixture
                .until(move |counts| counts.cancelled == number + 1)
                .await,
            "{behaviour:?}"
        );
        println!("stopped after {:?}", left.elapsed());
        assert!(left.elapsed() < Duration::from_secs(5), "{behaviour:?}");
    }
    still_speaks(&fixture).await;
}

#[tokio::test]
async fn dropping_the_stream_stops_a_runaway() {
    let fixture = TestSynthesis::new(SynthesisSettings {
        runaway_seconds_per_char: 1e9,
        ..single_slot()
    });
    let endless = Behaviour {
        per_chunk: Duration::from_millis(1),
        ..Behaviour::failing(Fault::Runaway)
    };
    fixture.script.speech.once(endless);
    let mut stream = fixture.speak("On and on.");
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert!(fixture.until(|counts| counts.cancelled == 1).await);
}

#[tokio::test]
async fn engines_that_ignore_cancellation_do_not_block_callers() {
    let fixture = TestSynthesis::new(short_stall());
    fixture
        .script
        .speech
        .once(Behaviour::failing(Fault::IgnoresCancel(
            Duration::from_millis(700),
        )));
    let began = Instant::now();
    let error = error_of(fixture.speak("Hello?")).await;
    assert!(matches!(&error, SpeechError::Failed { reason, .. } if reason.contains("stalled")));
    assert!(
        began.elapsed() < Duration::from_millis(650),
        "{:?}",
        began.elapsed()
    );
    // Its worker slot is free only when it has returned; the next request waits for that.
    still_speaks(&fixture).await;
    assert!(began.elapsed() >= Duration::from_millis(700));
}

#[tokio::test(flavor = "multi_thread")]
async fn runaways_during_warm_up_are_stopped() {
    let fixture = TestSynthesis::new(single_slot());
    let endless = Behaviour::failing(Fault::Runaway);
    fixture.script.speech.once(endless);
    let synthesis = fixture.synthesis.clone();
    let warming = tokio::task::spawn_blocking(move || synthesis.warm());
    assert!(fixture.until(|counts| counts.cancelled == 1).await);
    warming.await.unwrap();
    still_speaks(&fixture).await;
}
