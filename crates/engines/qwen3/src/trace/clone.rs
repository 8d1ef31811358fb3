//! Traces of the encoders of a reference recording.

use std::path::Path;
use std::sync::Arc;

use crate::Qwen3Error;
use crate::generate::GROUPS;
use crate::model::Model;
use crate::request::ClonePrompt;
use crate::speaker::SpeakerObserver;

use super::{Tensors, TraceRequest};

/// The official `create_voice_clone_prompt`.
pub(super) fn run(
    request: &TraceRequest,
    model: &Model,
    folder: &Path,
) -> Result<Tensors, Qwen3Error> {
    let samples = reference(request, folder)?;
    let encoders = model.clone_encoders()?;
    let mut mel = MelRecorder::default();
    let embedding = encoders
        .speaker
        .embed_observed(model.thread_pool(), &samples, &mut mel)?;
    let mut tensors = Tensors::default();
    let bins = model
        .config()
        .speaker_encoder_config
        .as_ref()
        .map_or(1, |config| config.mel_dim);
    tensors.put("spk.mel", &[1, mel.0.len() / bins, bins], &mel.0);
    tensors.put("spk_embedding", &[embedding.len()], &embedding);
    if !request.x_vector_only_mode {
        let frames = encoders.codec()?.encode(model.thread_pool(), &samples);
        let codes: Vec<i64> = frames
            .iter()
            .flatten()
            .map(|code| i64::from(*code))
            .collect();
        tensors.put_integers("ref_code", &[frames.len(), GROUPS], &codes);
    }
    Ok(tensors)
}

/// The voice that a request brings along.
pub(super) fn prompt(
    request: &TraceRequest,
    model: &Model,
    folder: &Path,
) -> Result<Arc<ClonePrompt>, Qwen3Error> {
    let text = request
        .ref_text
        .as_deref()
        .filter(|_| !request.x_vector_only_mode);
    if text.is_none() && !request.x_vector_only_mode {
        return Err(Qwen3Error::invalid(
            "ref_text",
            "the reference needs its transcript; put it into `ref_text`, or set `x_vector_only_mode`",
        ));
    }
    let samples = reference(request, folder)?;
    model.create_clone_prompt(&samples, text).map(Arc::new)
}

fn reference(request: &TraceRequest, folder: &Path) -> Result<Vec<f32>, Qwen3Error> {
    let inputs = request.inputs(folder)?;
    let (_, samples) = inputs.numbers("ref_wav").ok_or_else(|| {
        Qwen3Error::invalid(
            "inputs",
            "the inputs have no tensor ref_wav of f32: 24 kHz, mono",
        )
    })?;
    Ok(samples)
}

#[derive(Default)]
struct MelRecorder(Vec<f32>);

impl SpeakerObserver for MelRecorder {
    fn mel(&mut self, rows: &[f32]) {
        self.0 = rows.to_vec();
    }
}
