//! Many requests at once.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::time::Duration;

use common::{TestSynthesis, decoded_text};
use mynah_speech::Language;
use mynah_speech::text::verbalize;
use mynah_synthesis::{Full, SynthesisSettings};
use mynah_tone::Behaviour;

fn queue_of(running: usize, waiting: usize) -> SynthesisSettings {
    SynthesisSettings {
        running,
        waiting,
        ..SynthesisSettings::default()
    }
}

#[tokio::test]
async fn a_full_queue_refuses_and_a_freed_place_is_taken() {
    let fixture = TestSynthesis::new(queue_of(2, 3));
    fixture.script.speech.always(Behaviour::held());
    let mut streams: Vec<_> = (0..5).map(|_| fixture.speak("Wait for me.")).collect();
    assert!(fixture.until(|counts| counts.in_progress() == 2).await);
    let Err(Full { retry_after }) = fixture.synthesis.admit() else {
        panic!("a sixth came in")
    };
    assert!(retry_after >= Duration::from_secs(1));

    drop(streams.pop());
    let permit = fixture.synthesis.admit().expect("a place is free");
    assert!(fixture.synthesis.admit().is_err());
    drop(permit);
    fixture.script.speech.release(usize::MAX);
    for stream in streams {
        assert_eq!(
            decoded_text(&stream.collect().await.unwrap()),
            "Wait for me."
        );
    }
    assert_eq!(fixture.script.speech.counts().max_concurrent, 2);
}

#[tokio::test]
async fn retry_after_is_the_work_ahead_at_the_measured_pace() {
    let fixture = TestSynthesis::new(queue_of(1, 3));
    let text = "This is one piece of work."; // 26 characters
    fixture
        .script
        .speech
        .always(Behaviour::with_latency(Duration::from_millis(600)));
    fixture.speak(text).collect().await.unwrap();

    fixture.script.speech.always(Behaviour::held());
    let streams: Vec<_> = (0..4).map(|_| fixture.speak(text)).collect();
    assert!(fixture.until(|counts| counts.in_progress() == 1).await);
    // Four pieces of a bit more than 0.6 s each.
    let full = fixture.synthesis.admit().expect_err("all places are taken");
    assert_eq!(full.retry_after, Duration::from_secs(3));
    assert_eq!(
        full.to_string(),
        "too many requests are being spoken; try again in 3 s"
    );

    // What is given up is not ahead any more.
    drop(streams);
    assert!(fixture.until(|counts| counts.in_progress() == 0).await);
    let _places: Vec<_> = (0..4).map(|_| fixture.synthesis.admit().unwrap()).collect();
    let full = fixture.synthesis.admit().expect_err("all places are taken");
    assert_eq!(full.retry_after, Duration::from_secs(1));
}

#[tokio::test]
async fn a_long_text_takes_turns_with_a_short_one() {
    let fixture = TestSynthesis::new(queue_of(1, 3));
    fixture.script.speech.always(Behaviour::held());
    let long = fixture.speak(&"Here is a sentence which is quite long. ".repeat(8));
    assert!(fixture.until(|counts| counts.started == 1).await);
    let short = fixture.speak("Only this.");
    // One piece of the long text, then the short one, although the long one came first.
    fixture.script.speech.release(2);
    assert_eq!(decoded_text(&short.collect().await.unwrap()), "Only this.");
    drop(long);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_at_once_are_all_served() {
    let fixture = TestSynthesis::new(queue_of(4, 196));
    let jobs: Vec<_> = (0..200)
        .map(|number| {
            let text = format!("Request number {number}. It has two sentences.");
            let stream = fixture.speak(&text);
            tokio::spawn(async move { (decoded_text(&stream.collect().await.unwrap()), text) })
        })
        .collect();
    let english = Language::english();
    for job in jobs {
        let (decoded_text, text) = job.await.unwrap();
        // The engine is given words.
        assert_eq!(decoded_text, verbalize(&text, &english));
    }
    assert!(fixture.script.speech.counts().max_concurrent <= 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_in_flight_are_served_or_refused() {
    let fixture = TestSynthesis::new(queue_of(4, 60));
    fixture.script.speech.always(Behaviour::held());
    let (mut served, mut refused) = (Vec::new(), 0);
    for _ in 0..500 {
        match fixture.synthesis.admit() {
            Ok(permit) => {
                let job = mynah_synthesis::SpeechJob::new("Hello.").with_voice("alto");
                let plan = fixture.synthesis.plan(job).unwrap();
                served.push(fixture.synthesis.speak(plan, permit));
            }
            Err(_) => refused += 1,
        }
    }
    assert_eq!((served.len(), refused), (64, 436));
    fixture.script.speech.release(usize::MAX);
    for stream in served {
        assert_eq!(decoded_text(&stream.collect().await.unwrap()), "Hello.");
    }
}
