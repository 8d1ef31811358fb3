//! The speaker encoder computes what the official package computes.

mod common;

use std::collections::BTreeMap;

use common::{Case, checkpoint, difference, transposed};
use mynah_qwen3::Qwen3Error;
use mynah_qwen3::config::ModelConfig;
use mynah_qwen3::kernels::{Precision, ThreadPool};
use mynah_qwen3::speaker::{MIN_SAMPLES, SpeakerEncoder, SpeakerObserver};
use mynah_qwen3::weights::{Loader, Weights};

fn encoder(pool: &ThreadPool, name: &str) -> SpeakerEncoder {
    let folder = checkpoint(name);
    let weights = Weights::open(&folder).expect("weights");
    let loader = Loader {
        weights: &weights,
        packed: None,
        pool,
        precision: Precision::Int8,
        on_matrix: None,
    };
    let config = ModelConfig::load(&folder).expect("configuration");
    let config = config.speaker_encoder_config.expect("a base checkpoint");
    SpeakerEncoder::load(&loader, &config).expect("speaker encoder")
}

#[derive(Default)]
struct Seen(BTreeMap<String, Vec<f32>>);

impl SpeakerObserver for Seen {
    fn mel(&mut self, rows: &[f32]) {
        self.0.insert("spk.mel".into(), rows.to_vec());
    }

    fn block(&mut self, number: usize, rows: &[f32]) {
        self.0.insert(format!("spk.block{number}.0"), rows.to_vec());
    }

    fn aggregate(&mut self, rows: &[f32]) {
        self.0.insert("spk.mfa.0".into(), rows.to_vec());
    }

    fn pooled(&mut self, row: &[f32]) {
        self.0.insert("spk.asp.0".into(), row.to_vec());
    }
}

#[test]
fn every_stage_is_the_official_one() {
    let pool = ThreadPool::new(2);
    let mut compared = 0;
    for base in ["tiny-base", "tiny17-base"] {
        let case = Case::open(base, "clone_prompt");
        let encoder = encoder(&pool, base);
        let mut seen = Seen::default();
        let (samples, _) = case.tensor("ref_wav");
        let embedding = encoder
            .embed_observed(&pool, &samples, &mut seen)
            .expect("an embedding");
        seen.0.insert("spk_embedding".into(), embedding);
        for (name, ours) in &seen.0 {
            if !case.has(name) {
                continue;
            }
            let (theirs, shape) = case.tensor(name);
            let theirs = if name.ends_with(".0") {
                transposed(&theirs, shape[1])
            } else {
                theirs
            };
            let difference = difference(ours, &theirs);
            assert!(difference < 1e-4, "{base} {name}: {difference}");
            compared += 1;
        }
    }
    assert_eq!(compared, 4 + 8);
}

#[test]
fn embeddings_do_not_depend_on_the_thread_count() {
    let (samples, _) = Case::open("tiny-base", "clone_prompt").tensor("ref_wav");
    let embed = |threads| {
        let pool = ThreadPool::new(threads);
        let encoder = encoder(&pool, "tiny-base");
        encoder.embed(&pool, &samples).expect("an embedding")
    };
    assert_eq!(embed(1), embed(3));
}

#[test]
fn short_references_are_refused_below_the_minimum() {
    let pool = ThreadPool::new(1);
    let encoder = encoder(&pool, "tiny-base");
    let sound: Vec<f32> = (0..MIN_SAMPLES).map(|at| (at as f32 / 9.0).sin()).collect();
    let embedding = encoder.embed(&pool, &sound).expect("the least");
    assert!(embedding.iter().all(|x| x.is_finite()));
    let error = encoder
        .embed(&pool, &sound[1..])
        .expect_err("less than the least");
    assert!(
        matches!(
            error,
            Qwen3Error::Invalid {
                param: "ref_audio",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn silence_has_a_finite_embedding() {
    let pool = ThreadPool::new(1);
    let encoder = encoder(&pool, "tiny-base");
    let embedding = encoder.embed(&pool, &[0.0; 24_000]).expect("an embedding");
    assert!(embedding.iter().all(|x| x.is_finite()));
}
