//! The codec's encoder computes what the official package computes.

mod common;

use std::collections::BTreeMap;

use common::{Case, checkpoint, difference, integers, transposed};
use mynah_qwen3::config::EncoderConfig;
use mynah_qwen3::encoder::{Encoder, EncoderObserver, SAMPLES_PER_FRAME};
use mynah_qwen3::kernels::{Precision, ThreadPool};
use mynah_qwen3::weights::{Loader, Weights};

const BASES: [&str; 2] = ["tiny-base", "tiny17-base"];

fn encoder(pool: &ThreadPool, name: &str) -> Encoder {
    let folder = checkpoint(name).join("speech_tokenizer");
    let weights = Weights::open(&folder).expect("weights");
    let loader = Loader {
        weights: &weights,
        packed: None,
        pool,
        // It is always f32.
        precision: Precision::Int8,
        on_matrix: None,
    };
    let config = EncoderConfig::load(&folder).expect("configuration");
    Encoder::load(&loader, &config).expect("encoder")
}

#[derive(Default)]
struct Seen(BTreeMap<String, Vec<f32>>);

impl EncoderObserver for Seen {
    fn convolved(&mut self, layer: usize, rows: &[f32]) {
        let all = self.0.entry(format!("enc.conv{layer}.0")).or_default();
        all.extend_from_slice(rows);
    }

    fn transformer(&mut self, rows: &[f32]) {
        self.0.insert("enc.tf.0".into(), rows.to_vec());
    }

    fn downsampled(&mut self, rows: &[f32]) {
        self.0.insert("enc.down.0".into(), rows.to_vec());
    }
}

fn codes(case: &str) -> Vec<Vec<i64>> {
    let path = checkpoint(case).join("clone_prompt.safetensors");
    let (codes, shape) = integers(&path, "ref_code");
    codes.chunks_exact(shape[1]).map(<[i64]>::to_vec).collect()
}

#[test]
fn every_stage_and_code_is_the_official_one() {
    let pool = ThreadPool::new(2);
    for base in BASES {
        let case = Case::open(base, "clone_prompt");
        let encoder = encoder(&pool, base);
        let mut seen = Seen::default();
        let (samples, _) = case.tensor("ref_wav");
        let frames = encoder.encode_observed(&pool, &samples, 3, &mut seen);
        let mut compared = 0;
        for (name, ours) in &seen.0 {
            if !case.has(name) {
                continue;
            }
            let (theirs, shape) = case.tensor(name);
            let theirs = if name == "enc.tf.0" {
                theirs
            } else {
                transposed(&theirs, shape[1])
            };
            let difference = difference(ours, &theirs);
            assert!(difference < 1e-4, "{base} {name}: {difference}");
            compared += 1;
        }
        assert!(compared >= 2, "{base}: {compared} stages");
        let ours: Vec<Vec<i64>> = frames.iter().map(|f| f.map(i64::from).to_vec()).collect();
        assert_eq!(ours, codes(base), "{base}");
    }
}

#[test]
fn codes_do_not_depend_on_blocks_or_threads() {
    let one = ThreadPool::new(1);
    let two = ThreadPool::new(2);
    let encoder = encoder(&one, "tiny-base");
    let (samples, _) = Case::open("tiny-base", "clone_prompt").tensor("ref_wav");
    let samples = &samples[..40_001];
    let whole = |pool: &ThreadPool, frames| {
        let mut seen = Seen::default();
        let codes = encoder.encode_observed(pool, samples, frames, &mut seen);
        (codes, seen.0)
    };
    let expected = whole(&one, 1000);
    for frames in [1, 2, 7] {
        assert!(whole(&one, frames) == expected, "{frames} frames at once");
    }
    assert!(whole(&two, 3) == expected);
    assert_eq!(encoder.encode(&two, samples), expected.0);
}

#[test]
fn partial_frames_are_padded_to_a_frame() {
    let pool = ThreadPool::new(1);
    let encoder = encoder(&pool, "tiny-base");
    let sound: Vec<f32> = (0..3 * SAMPLES_PER_FRAME)
        .map(|at| (at as f32 / 20.0).sin() / 3.0)
        .collect();
    for (samples, frames) in [
        (0, 0),
        (1, 1),
        (3, 1),
        (SAMPLES_PER_FRAME - 1, 1),
        (SAMPLES_PER_FRAME, 1),
        (SAMPLES_PER_FRAME + 1, 2),
        (2 * SAMPLES_PER_FRAME + 961, 3),
    ] {
        let codes = encoder.encode(&pool, &sound[..samples]);
        assert_eq!(codes.len(), frames, "{samples} samples");
    }
}

#[test]
fn the_encoder_is_causal() {
    let pool = ThreadPool::new(1);
    let encoder = encoder(&pool, "tiny-base");
    let (samples, _) = Case::open("tiny-base", "clone_prompt").tensor("ref_wav");
    let all = encoder.encode(&pool, &samples);
    let half = encoder.encode(&pool, &samples[..12 * SAMPLES_PER_FRAME]);
    assert_eq!(half, all[..12]);
}

#[test]
fn weights_of_another_model_are_named() {
    let pool = ThreadPool::new(1);
    let folder = checkpoint("tiny-base");
    let config = EncoderConfig::load(&folder.join("speech_tokenizer")).expect("configuration");
    let weights = Weights::open(&folder).expect("weights");
    let loader = Loader {
        weights: &weights,
        packed: None,
        pool: &pool,
        precision: Precision::F32,
        on_matrix: None,
    };
    let error = Encoder::load(&loader, &config).expect_err("no encoder");
    let message = error.to_string();
    assert!(
        message.contains("encoder.encoder.layers.0.conv.bias is missing"),
        "{message}"
    );
}
