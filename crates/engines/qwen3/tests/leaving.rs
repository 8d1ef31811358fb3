//! Who cancels, reads slowly or asks for too much: the engine works for nobody who is gone, and
//! nobody else is held up.

mod common;

use common::engines::{UNBOUNDED, engine, forced, open, speaker, synthesize};
use mynah_qwen3::Qwen3Error;
use mynah_qwen3::engine::{AudioStream, Engine, EngineOptions};
use mynah_qwen3::request::ValidationMode;
use mynah_speech::Cancel;

/// Speech of so many frames, begun.
fn begin(engine: &Engine, frames: usize, cancel: &Cancel) -> AudioStream {
    let request = forced("Hello there.", speaker("ryan"), 1, frames);
    let prepared = engine
        .model()
        .prepare(&request, ValidationMode::Strict)
        .expect("good");
    let mut speech = engine.speak(prepared, UNBOUNDED, cancel).expect("a place");
    assert!(speech.read().expect("it speaks").is_some());
    speech
}

#[test]
fn once_the_caller_has_left_one_more_frame_is_computed_at_most() {
    // One place: who comes next is begun only when who left is gone.
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
        // By the token, or because nobody reads any more.
        let before = if turn % 2 == 0 {
            cancel.cancel();
            let before = engine.frames();
            drop(speech);
            before
        } else {
            drop(speech);
            engine.frames()
        };
        synthesize(&engine, &next, UNBOUNDED);
        let more = engine.frames() - before - 5;
        assert!(more <= 1, "{more} frames for nobody");
        most = most.max(more);
    }
    println!("{most} frames more at most");
}

#[test]
fn frames_are_counted_for_all_who_speak() {
    let engine = engine(&open("tiny-custom_voice", 2));
    assert_eq!(engine.frames(), 0);
    std::thread::scope(|scope| {
        for frames in [3, 10, 24] {
            let request = forced("Hi.", speaker("ryan"), 1, frames);
            let engine = &engine;
            scope.spawn(move || synthesize(engine, &request, UNBOUNDED));
        }
    });
    assert_eq!(engine.frames(), 37);
}

#[test]
fn who_cancels_hears_no_more_and_others_go_on() {
    let engine = engine(&open("tiny-custom_voice", 2));
    let request = forced("Hello there.", speaker("ryan"), 1, 2000);
    let prepared = engine
        .model()
        .prepare(&request, ValidationMode::Strict)
        .expect("good");
    let cancel = Cancel::new();
    let mut long = engine.speak(prepared, UNBOUNDED, &cancel).expect("a place");
    assert!(long.read().expect("it speaks").is_some());
    cancel.cancel();
    assert!(matches!(long.read(), Err(Qwen3Error::Cancelled)));
    let short = forced("Hi.", speaker("ryan"), 1, 5);
    assert_eq!(synthesize(&engine, &short, UNBOUNDED).1.codes.len(), 5);
}

#[test]
fn a_reader_who_stops_reading_holds_nobody_up() {
    let engine = engine(&open("tiny-custom_voice", 2));
    let request = forced("Hello there.", speaker("ryan"), 1, 900);
    let prepared = engine
        .model()
        .prepare(&request, ValidationMode::Strict)
        .expect("good");
    let mut slow = engine
        .speak(prepared, UNBOUNDED, &Cancel::new())
        .expect("a place");
    for seed in 0..3 {
        let other = forced("Hi.", speaker("ryan"), seed, 20);
        assert_eq!(synthesize(&engine, &other, UNBOUNDED).1.codes.len(), 20);
    }
    let mut samples = 0;
    while let Some(sound) = slow.read().expect("it goes on") {
        samples += sound.len();
    }
    assert_eq!(samples, 900 * 1920);
}

#[test]
fn beyond_the_places_requests_wait_and_beyond_those_they_are_refused() {
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
        engine.speak(prepared, UNBOUNDED, &Cancel::new())
    };
    let mut first = ask(200).expect("a place");
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
