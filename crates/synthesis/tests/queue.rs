//! Many requests at once.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::time::Duration;

use common::{MAX_WAIT, TestSynthesis, decoded_text};
use mynah_admission::ClientKey;
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
async fn a_full_queue_refuses_until_a_permit_is_free() {
    let fixture = TestSynthesis::new(queue_of(2, 3));
    fixture.script.speech.always(Behaviour::held());
    let mut streams: Vec<_> = (0..5).map(|_| fixture.speak("Wait for me.")).collect();
    assert!(fixture.until(|counts| counts.in_progress() == 2).await);
    let Err(Full { retry_after }) = fixture.synthesis.admit() else {
        panic!("a sixth came in")
    };
    assert!(retry_after >= Duration::from_secs(1));

    drop(streams.pop());
    let permit = fixture.synthesis.admit().expect("a permit is free");
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
async fn waiting_callers_take_released_permits_before_later_ones() {
    let fixture = TestSynthesis::new(queue_of(1, 1));
    let client = |name: &str| {
        fixture
            .synthesis
            .for_client(ClientKey::new(name.to_owned()))
    };
    let (http, live) = (client("key:http"), client("key:live"));
    let held = [http.admit().unwrap(), http.admit().unwrap()];
    let wait = {
        let live = live.clone();
        tokio::spawn(async move { live.admit_within(MAX_WAIT).await })
    };
    // The task has started to wait once it has run to its first await.
    tokio::task::yield_now().await;
    let [first, second] = held;
    drop(first);
    assert!(http.admit().is_err(), "the permit is granted already");
    let permit = wait.await.unwrap().expect("the released permit");
    drop(second);
    assert!(http.admit().is_ok());
    drop(permit);
}

#[tokio::test]
async fn admit_within_fails_at_its_deadline_with_retry_after() {
    let fixture = TestSynthesis::new(queue_of(1, 0));
    let held = fixture.synthesis.admit().unwrap();
    let wait = Duration::from_millis(50);
    let full = fixture.synthesis.admit_within(wait).await.unwrap_err();
    assert_eq!(full.retry_after, Duration::from_secs(1));
    // The wait that timed out takes no permit.
    drop(held);
    assert!(fixture.synthesis.admit_within(Duration::ZERO).await.is_ok());
}

#[tokio::test]
async fn retry_after_is_the_pending_work_at_measured_throughput() {
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
    // Four chunks of a bit more than 0.6 s each.
    let full = fixture
        .synthesis
        .admit()
        .expect_err("all permits are taken");
    assert_eq!(full.retry_after, Duration::from_secs(3));
    assert_eq!(
        full.to_string(),
        "too many requests are being spoken; try again in 3 s"
    );

    // Cancelled requests are not pending any more.
    drop(streams);
    assert!(fixture.until(|counts| counts.in_progress() == 0).await);
    let _places: Vec<_> = (0..4).map(|_| fixture.synthesis.admit().unwrap()).collect();
    let full = fixture
        .synthesis
        .admit()
        .expect_err("all permits are taken");
    assert_eq!(full.retry_after, Duration::from_secs(1));
}

#[tokio::test]
async fn long_texts_alternate_with_short_ones() {
    let fixture = TestSynthesis::new(queue_of(1, 3));
    fixture.script.speech.always(Behaviour::held());
    let long = fixture.speak(&"Here is a sentence which is quite long. ".repeat(8));
    assert!(fixture.until(|counts| counts.started == 1).await);
    let short = fixture.speak("Only this.");
    // One chunk of the long text, then the short one, although the long one came first.
    fixture.script.speech.release(2);
    assert_eq!(decoded_text(&short.collect().await.unwrap()), "Only this.");
    drop(long);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_concurrent_requests_are_all_served() {
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
        let (decoded, text) = job.await.unwrap();
        // The engine receives normalized text.
        assert_eq!(decoded, verbalize(&text, &english));
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
