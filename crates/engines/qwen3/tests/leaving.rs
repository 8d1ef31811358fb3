//! Cancellation, slow readers and full queues: no work is done for a cancelled caller, and no other
//! caller is delayed.

mod common;

use common::engines::{NO_RUNAWAY_STOP, engine, forced, open, speaker, synthesize};
use mynah_qwen3::Qwen3Error;
use mynah_qwen3::engine::{AudioStream, Engine, EngineOptions};
use mynah_qwen3::request::ValidationMode;
use mynah_speech::Cancel;

/// An utterance of this many frames, once its first audio is read.
fn begin(engine: &Engine, frames: usize, cancel: &Cancel) -> AudioStream {
    let request = forced("Hello there.", speaker("ryan"), 1, frames);
    let prepared = engine
        .model()
        .prepare(&request, ValidationMode::Strict)
        .expect("good");
    let mut speech = engine
        .speak(prepared, NO_RUNAWAY_STOP, cancel)
        .expect("a slot");
    assert!(speech.read().expect("it speaks").is_some());
    speech
}

#[test]
fn cancel_stops_the_engine_within_one_frame() {
    // One slot: the next utterance starts only when the cancelled one is removed.
    let options = EngineOptions {
        streams: 1,
        ..EngineOptions::default()
    };
    let engine = Engine::start(open("tiny-custom_voice", 2), options).expect("a thread");
    let next = forced("Hi.", speaker("ryan"), 1, 5);
    let mut most = 0;
    for turn in 0..20 {
        let cancel = Cancel::new();
        let speech = begin(&engine, 2000, &cancel);
        // By the token, or by dropping the stream.
        let before = if turn % 2 == 0 {
            cancel.cancel();
            let before = engine.frames();
            drop(speech);
            before
        } else {
            drop(speech);
            engine.frames()
        };
        synthesize(&engine, &next, NO_RUNAWAY_STOP);
        let more = engine.frames() - before - 5;
        assert!(more <= 1, "{more} frames after the cancel");
        most = most.max(more);
    }
    println!("{most} frames more at most");
}

#[test]
fn frames_of_all_utterances_are_counted() {
    let engine = engine(&open("tiny-custom_voice", 2));
    assert_eq!(engine.frames(), 0);
    std::thread::scope(|scope| {
        for frames in [3, 10, 24] {
            let request = forced("Hi.", speaker("ryan"), 1, frames);
            let engine = &engine;
            scope.spawn(move || synthesize(engine, &request, NO_RUNAWAY_STOP));
        }
    });
    assert_eq!(engine.frames(), 37);
}

#[test]
fn cancelled_streams_end_and_others_continue() {
    let engine = engine(&open("tiny-custom_voice", 2));
    let request = forced("Hello there.", speaker("ryan"), 1, 2000);
    let prepared = engine
        .model()
        .prepare(&request, ValidationMode::Strict)
        .expect("good");
    let cancel = Cancel::new();
    let mut long = engine
        .speak(prepared, NO_RUNAWAY_STOP, &cancel)
        .expect("a slot");
    assert!(long.read().expect("it speaks").is_some());
    cancel.cancel();
    assert!(matches!(long.read(), Err(Qwen3Error::Cancelled)));
    let short = forced("Hi.", speaker("ryan"), 1, 5);
    assert_eq!(
        synthesize(&engine, &short, NO_RUNAWAY_STOP).1.codes.len(),
        5
    );
}

#[test]
fn slow_readers_do_not_delay_others() {
    let engine = engine(&open("tiny-custom_voice", 2));
    let request = forced("Hello there.", speaker("ryan"), 1, 900);
    let prepared = engine
        .model()
        .prepare(&request, ValidationMode::Strict)
        .expect("good");
    let mut slow = engine
        .speak(prepared, NO_RUNAWAY_STOP, &Cancel::new())
        .expect("a slot");
    for seed in 0..3 {
        let other = forced("Hi.", speaker("ryan"), seed, 20);
        assert_eq!(
            synthesize(&engine, &other, NO_RUNAWAY_STOP).1.codes.len(),
            20
        );
    }
    let mut samples = 0;
    while let Some(sound) = slow.read().expect("it goes on") {
        samples += sound.len();
    }
    assert_eq!(samples, 900 * 1920);
}

#[test]
fn requests_wait_for_slots_and_a_full_queue_refuses() {
    let options = EngineOptions {
        streams: 1,
        waiting: 1,
    };
    let engine = Engine::start(open("tiny-custom_voice", 1), options).expect("a thread");
    let ask = |frames| {
        let request = forced("Hello there.", speaker("ryan"), 1, frames);
        let prepared = engine
            .model()
            .prepare(&request, ValidationMode::Strict)
            .expect("good");
        engine.speak(prepared, NO_RUNAWAY_STOP, &Cancel::new())
    };
    let mut first = ask(200).expect("a slot");
    assert!(first.read().expect("it speaks").is_some());
    let mut taken = vec![first];
    let refused = loop {
        match ask(1) {
            Ok(speech) => taken.push(speech),
            Err(error) => break error,
        }
        assert!(taken.len() < 10);
    };
    assert!(matches!(refused, Qwen3Error::Busy(1)), "{refused}");
    for mut speech in taken {
        while speech.read().expect("each has its turn").is_some() {}
    }
}
