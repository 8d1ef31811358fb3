//! The scores of onnxruntime, by `parity/silero_reference.py`.
#![allow(clippy::unwrap_used)]

use std::sync::Barrier;
use std::time::Instant;

use mynah_audio::{DecodeLimits, decode};
use mynah_silero::Silero;
use mynah_speech::VoiceScorer;
use serde::Deserialize;

/// The largest difference of a score.
const TOLERANCE: f32 = 1e-6;

#[derive(Deserialize)]
struct Reference {
    reset_before_frame: usize,
    scores: Vec<f32>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("data/scores.json")).unwrap()
}

fn signal() -> Vec<f32> {
    let bytes = include_bytes!("data/signal.wav").to_vec();
    let decoded = decode(bytes, &DecodeLimits::default()).unwrap();
    assert_eq!(decoded.clip.rate.hz(), 16_000);
    decoded.clip.samples
}

fn scores(signal: &[f32], reset_before_frame: usize) -> Vec<f32> {
    let mut scorer = Silero::new();
    let frames = signal.chunks_exact(scorer.frame_samples()).enumerate();
    frames
        .map(|(number, frame)| {
            if number == reset_before_frame {
                scorer.reset();
            }
            scorer.score(frame)
        })
        .collect()
}

#[test]
fn scores_equal_those_of_onnxruntime() {
    let reference = reference();
    let own = scores(&signal(), reference.reset_before_frame);
    assert_eq!(own.len(), reference.scores.len());
    let pairs = own.iter().zip(&reference.scores);
    let largest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("largest difference: {largest:e}");
    assert!(largest <= TOLERANCE, "{largest:e}");
}

#[test]
fn streams_share_a_network_and_have_states_of_their_own() {
    let (reference, signal) = (reference(), signal());
    let expected = scores(&signal, reference.reset_before_frame);
    let start = Barrier::new(4);
    std::thread::scope(|scope| {
        let streams: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    scores(&signal, reference.reset_before_frame)
                })
            })
            .collect();
        for stream in streams {
            assert_eq!(stream.join().unwrap(), expected);
        }
    });
}

#[test]
#[ignore = "a measurement: cargo test --release -- --ignored --nocapture"]
fn cost_of_a_frame() {
    let before = Instant::now();
    let mut scorer = Silero::new();
    println!("load: {:?}", before.elapsed());
    let signal = signal();
    let frames: Vec<_> = signal.chunks_exact(scorer.frame_samples()).collect();
    let before = Instant::now();
    for _ in 0..10 {
        for frame in &frames {
            scorer.score(frame);
        }
    }
    println!(
        "a frame: {:?}",
        before.elapsed() / (10 * frames.len() as u32)
    );
}
