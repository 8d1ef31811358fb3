//! Many requests at once.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::time::Duration;

use common::{Studio, heard};
use mynah_speech::Language;
use mynah_speech::text::verbalize;
use mynah_synthesis::{Full, SynthesisSettings};
use mynah_tone::Behaviour;

fn places(running: usize, waiting: usize) -> SynthesisSettings {
    SynthesisSettings {
        running,
        waiting,
        ..SynthesisSettings::default()
    }
}

#[tokio::test]
async fn a_full_queue_refuses_and_a_freed_place_is_taken() {
    let studio = Studio::new(places(2, 3));
    studio.script.speech.always(Behaviour::held());
    let mut streams: Vec<_> = (0..5).map(|_| studio.speak("Wait for me.")).collect();
    assert!(studio.until(|counts| counts.in_progress() == 2).await);
    let Err(Full { retry_after }) = studio.synthesis.admit() else {
        panic!("a sixth came in")
    };
    assert!(retry_after >= Duration::from_secs(1));

    drop(streams.pop());
    let permit = studio.synthesis.admit().expect("a place is free");
    assert!(studio.synthesis.admit().is_err());
    drop(permit);
    studio.script.speech.release(usize::MAX);
    for stream in streams {
        assert_eq!(heard(&stream.collect().await.unwrap()), "Wait for me.");
    }
    assert_eq!(studio.script.speech.counts().max_concurrent, 2);
}

#[tokio::test]
async fn retry_after_is_the_work_ahead_at_the_measured_pace() {
    let studio = Studio::new(places(1, 3));
    let text = "This is one piece of work."; // 26 characters
    studio
        .script
        .speech
        .always(Behaviour::with_latency(Duration::from_millis(600)));
    studio.speak(text).collect().await.unwrap();

    studio.script.speech.always(Behaviour::held());
    let streams: Vec<_> = (0..4).map(|_| studio.speak(text)).collect();
    assert!(studio.until(|counts| counts.in_progress() == 1).await);
    // Four pieces of a bit more than 0.6 s each.
    let full = studio.synthesis.admit().expect_err("all places are taken");
    assert_eq!(full.retry_after, Duration::from_secs(3));
    assert_eq!(
        full.to_string(),
        "too many requests are being spoken; try again in 3 s"
    );

    // What is given up is not ahead any more.
    drop(streams);
    assert!(studio.until(|counts| counts.in_progress() == 0).await);
    let _places: Vec<_> = (0..4).map(|_| studio.synthesis.admit().unwrap()).collect();
    let full = studio.synthesis.admit().expect_err("all places are taken");
    assert_eq!(full.retry_after, Duration::from_secs(1));
}

#[tokio::test]
async fn a_long_text_takes_turns_with_a_short_one() {
    let studio = Studio::new(places(1, 3));
    studio.script.speech.always(Behaviour::held());
    let long = studio.speak(&"Here is a sentence which is quite long. ".repeat(8));
    assert!(studio.until(|counts| counts.started == 1).await);
    let short = studio.speak("Only this.");
    // One piece of the long text, then the short one, although the long one came first.
    studio.script.speech.release(2);
    assert_eq!(heard(&short.collect().await.unwrap()), "Only this.");
    drop(long);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_at_once_are_all_served() {
    let studio = Studio::new(places(4, 196));
    let jobs: Vec<_> = (0..200)
        .map(|number| {
            let text = format!("Request number {number}. It has two sentences.");
            let stream = studio.speak(&text);
            tokio::spawn(async move { (heard(&stream.collect().await.unwrap()), text) })
        })
        .collect();
    let english = Language::english();
    for job in jobs {
        let (heard, text) = job.await.unwrap();
        // The engine is given words.
        assert_eq!(heard, verbalize(&text, &english));
    }
    assert!(studio.script.speech.counts().max_concurrent <= 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_in_flight_are_served_or_refused() {
    let studio = Studio::new(places(4, 60));
    studio.script.speech.always(Behaviour::held());
    let (mut served, mut refused) = (Vec::new(), 0);
    for _ in 0..500 {
        match studio.synthesis.admit() {
            Ok(permit) => {
                let job = mynah_synthesis::SpeechJob::new("Hello.").with_voice("alto");
                let plan = studio.synthesis.plan(job).unwrap();
                served.push(studio.synthesis.speak(plan, permit));
            }
            Err(_) => refused += 1,
        }
    }
    assert_eq!((served.len(), refused), (64, 436));
    studio.script.speech.release(usize::MAX);
    for stream in served {
        assert_eq!(heard(&stream.collect().await.unwrap()), "Hello.");
    }
}
