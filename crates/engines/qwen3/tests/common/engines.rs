//! Engines on tiny checkpoints.

use std::sync::Arc;

use mynah_qwen3::engine::{Engine, EngineOptions, GenerationOptions, Report};
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::{Model, Options};
use mynah_qwen3::request::{Method, Request, SamplingOverrides, ValidationMode};
use mynah_speech::Cancel;

use super::checkpoint;

pub(crate) fn open(name: &str, threads: usize) -> Arc<Model> {
    let options = Options {
        precision: Precision::F32,
        threads: Some(threads),
        ..Options::default()
    };
    Arc::new(Model::open(&checkpoint(name), &options, &mut |_| ()).expect(name))
}

pub(crate) fn engine(model: &Arc<Model>) -> Engine {
    Engine::start(Arc::clone(model), EngineOptions::default()).expect("a thread")
}

pub(crate) fn speaker(name: &str) -> Method {
    Method::CustomVoice {
        speaker: Some(name.into()),
        instruct: None,
    }
}

/// Sampled, so that a difference anywhere shows, and of a forced length.
pub(crate) fn forced(text: &str, method: Method, seed: u64, frames: usize) -> Request {
    Request {
        sampling: SamplingOverrides {
            seed: Some(seed),
            min_frames: Some(frames),
            max_frames: Some(frames),
            ..SamplingOverrides::default()
        },
        ..Request::new(text, method)
    }
}

pub(crate) const NO_RUNAWAY_STOP: GenerationOptions = GenerationOptions {
    stop_runaways: false,
};

pub(crate) fn synthesize(
    engine: &Engine,
    request: &Request,
    options: GenerationOptions,
) -> (Vec<f32>, Report) {
    let prepared = engine
        .model()
        .prepare(request, ValidationMode::Strict)
        .expect("a good request");
    let mut speech = engine
        .speak(prepared, options, &Cancel::new())
        .expect("a place");
    let mut sound = Vec::new();
    while let Some(samples) = speech.read().expect("it speaks") {
        sound.extend(samples);
    }
    (sound, speech.report().expect("it ended").clone())
}
