//! Engines that break, and callers who leave.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::time::{Duration, Instant};

use common::{Studio, error_of, heard};
use mynah_speech::SpeechError;
use mynah_synthesis::SynthesisSettings;
use mynah_tone::{Behaviour, Fault};

/// One body and no waiting: what is not freed is missed at once.
fn tight() -> SynthesisSettings {
    SynthesisSettings {
        running: 1,
        waiting: 0,
        ..SynthesisSettings::default()
    }
}

fn impatient() -> SynthesisSettings {
    SynthesisSettings {
        stall_ms: 100,
        ..tight()
    }
}

async fn speaks_again(studio: &Studio) {
    let take = studio.speak("All is well.").collect().await.unwrap();
    assert_eq!(heard(&take), "All is well.");
}

#[tokio::test]
async fn a_broken_engine_is_a_failure_and_not_the_end() {
    let studio = Studio::new(tight());
    for (fault, sign) in [
        (Fault::Crash, "configured to crash"),
        (Fault::Panic, "panicked"),
        (Fault::NotANumber, "not numbers"),
        (Fault::Runaway, "without end"),
        (Fault::Silence, "only silence"),
    ] {
        studio.script.speech.once(Behaviour::failing(fault));
        let error = error_of(studio.speak("A secret sentence.")).await;
        let SpeechError::Failed { engine, reason } = &error else {
            panic!("{fault:?}: {error:?}")
        };
        assert_eq!(engine.as_str(), "tone");
        assert!(reason.contains(sign), "{fault:?}: {reason}");
        assert!(!error.to_string().contains("secret"), "{error}");
        speaks_again(&studio).await;
    }
}

#[tokio::test]
async fn an_engine_that_falls_silent_is_stopped() {
    let studio = Studio::new(impatient());
    let stall = Behaviour::failing(Fault::Stall);
    for behaviour in [stall, stall.after_chunks(3)] {
        studio.script.speech.once(behaviour);
        let asked = Instant::now();
        let error = error_of(studio.speak("Something is wrong.")).await;
        assert!(
            matches!(&error, SpeechError::Failed { reason, .. } if reason.contains("stalled")),
            "{error:?}"
        );
        assert!(asked.elapsed() >= Duration::from_millis(100));
        speaks_again(&studio).await;
    }
    assert_eq!(studio.script.speech.counts().cancelled, 2);
}

#[tokio::test]
async fn what_was_said_before_a_fault_arrives() {
    let studio = Studio::new(tight());
    studio
        .script
        .speech
        .once(Behaviour::failing(Fault::Crash).after_chunks(10));
    let mut stream = studio.speak("Something long enough to be heard before it breaks.");
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
async fn a_slow_engine_that_goes_on_is_not_stalled() {
    let studio = Studio::new(SynthesisSettings {
        stall_ms: 700,
        ..tight()
    });
    let slow = Behaviour {
        per_chunk: Duration::from_millis(60),
        ..Behaviour::default()
    };
    studio.script.speech.once(slow);
    // Eighteen chunks of 60 ms: more than the patience in all, far less at a time.
    let take = studio
        .speak("Slow and steady, so I get there.")
        .collect()
        .await
        .unwrap();
    assert_eq!(heard(&take), "Slow and steady, so I get there.");
}

#[tokio::test]
async fn a_caller_who_leaves_stops_the_engine() {
    let studio = Studio::new(tight());
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
        studio.script.speech.once(behaviour);
        let stream = studio.speak("Nobody waits for this.");
        assert!(
            studio
                .until(move |counts| counts.started == number + 1)
                .await
        );
        let left = Instant::now();
        drop(stream);
        assert!(
            studio
                .until(move |counts| counts.cancelled == number + 1)
                .await,
            "{behaviour:?}"
        );
        println!("stopped after {:?}", left.elapsed());
        assert!(left.elapsed() < Duration::from_secs(5), "{behaviour:?}");
    }
    speaks_again(&studio).await;
}

#[tokio::test]
async fn a_runaway_nobody_listens_to_is_stopped() {
    let studio = Studio::new(SynthesisSettings {
        runaway_seconds_per_char: 1e9,
        ..tight()
    });
    let endless = Behaviour {
        per_chunk: Duration::from_millis(1),
        ..Behaviour::failing(Fault::Runaway)
    };
    studio.script.speech.once(endless);
    let mut stream = studio.speak("On and on.");
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert!(studio.until(|counts| counts.cancelled == 1).await);
}

#[tokio::test]
async fn a_deaf_engine_does_not_hold_its_caller() {
    let studio = Studio::new(impatient());
    studio
        .script
        .speech
        .once(Behaviour::failing(Fault::IgnoresCancel(
            Duration::from_millis(700),
        )));
    let asked = Instant::now();
    let error = error_of(studio.speak("Hello?")).await;
    assert!(matches!(&error, SpeechError::Failed { reason, .. } if reason.contains("stalled")));
    assert!(
        asked.elapsed() < Duration::from_millis(650),
        "{:?}",
        asked.elapsed()
    );
    // Its body is free only when it has come back; the next request waits for that.
    speaks_again(&studio).await;
    assert!(asked.elapsed() >= Duration::from_millis(700));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_runs_away_while_it_warms_up_is_stopped() {
    let studio = Studio::new(tight());
    let endless = Behaviour::failing(Fault::Runaway);
    studio.script.speech.once(endless);
    let synthesis = studio.synthesis.clone();
    let warming = tokio::task::spawn_blocking(move || synthesis.warm());
    assert!(studio.until(|counts| counts.cancelled == 1).await);
    warming.await.unwrap();
    speaks_again(&studio).await;
}
