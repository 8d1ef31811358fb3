//! A cache of clone prompts, so that a reference is not encoded again for every sentence.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use mynah_audio::{DecodeLimits, SampleRate, decode_at};
use mynah_speech::recording::Recording;
use mynah_speech::{KeptClip, PromptKey, Reference, ReferenceAudio, ScorerFactory};
use sha2::{Digest, Sha256};

use crate::Qwen3Error;
use crate::model::Model;
use crate::request::ClonePrompt;

/// Capacity of the cache.
const MAX_CACHED_PROMPTS: usize = 16;

/// Clone prompts by the hash of their reference, the most recent last.
#[derive(Debug, Default)]
pub(super) struct ClonePromptCache(Mutex<VecDeque<(Key, Arc<ClonePrompt>)>>);

type Key = [u8; 32];

impl ClonePromptCache {
    /// The clone prompt of a reference.
    pub(super) fn of(
        &self,
        model: &Model,
        reference: &Reference,
        scorer: Option<&ScorerFactory>,
    ) -> Result<Arc<ClonePrompt>, Qwen3Error> {
        let key = key(reference);
        let find = |cache: &VecDeque<(Key, Arc<ClonePrompt>)>| {
            let found = cache.iter().find(|(other, _)| *other == key);
            found.map(|(_, prompt)| Arc::clone(prompt))
        };
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prompt) = find(&lock()) {
            return Ok(prompt);
        }
        // The lock is not held while the reference is encoded.
        let prompt = Arc::new(clone_prompt(model, reference, scorer)?);
        let mut cache = lock();
        if let Some(prompt) = find(&cache) {
            return Ok(prompt);
        }
        cache.push_back((key, Arc::clone(&prompt)));
        if cache.len() > MAX_CACHED_PROMPTS {
            cache.pop_front();
        }
        Ok(prompt)
    }
}

fn clone_prompt(
    model: &Model,
    reference: &Reference,
    scorer: Option<&ScorerFactory>,
) -> Result<ClonePrompt, Qwen3Error> {
    match &reference.audio {
        ReferenceAudio::Upload(file) => {
            // A checkpoint without encoders fails before the recording is decoded.
            model.clone_encoders()?;
            let scorer = scorer.ok_or_else(|| {
                Qwen3Error::unsupported(
                    "ref_audio",
                    "this engine was opened without a voice activity detector, which cloning needs",
                )
            })?;
            let recording = Recording::read(file, &mut *scorer.scorer())?;
            let quality = recording.quality();
            tracing::info!(
                seconds = quality.seconds,
                signal_to_noise_db = quality.signal_to_noise_db,
                clipped_fraction = quality.clipped_fraction,
                speech_fraction = quality.speech_fraction,
                "a reference is encoded"
            );
            model.create_clone_prompt(recording.samples(), reference.transcript())
        }
        ReferenceAudio::Kept(clip) => kept_prompt(model, clip, reference.transcript()),
    }
}

/// The prompt of a kept clip: from the tensors that were kept with it, else made and kept.
fn kept_prompt(
    model: &Model,
    clip: &KeptClip,
    transcript: Option<&str>,
) -> Result<ClonePrompt, Qwen3Error> {
    let key = PromptKey {
        clip: &clip.sha256,
        transcript,
        checkpoint: model.identity(),
    };
    if let Some(tensors) = clip.cache.tensors(&key) {
        match ClonePrompt::from_tensors(&tensors, model.identity()) {
            Ok(prompt) => return Ok(prompt),
            Err(reason) => {
                tracing::warn!(
                    reason,
                    "tensors of a kept voice cannot be used; they are made again"
                );
            }
        }
    }
    model.clone_encoders()?;
    let file = clip.cache.clip(&clip.sha256).map_err(Qwen3Error::Clip)?;
    // It was measured and trimmed when it was kept.
    let decoded =
        decode_at(&file, &DecodeLimits::default(), SampleRate::HZ_24000).map_err(|error| {
            Qwen3Error::invalid("voice", format!("its recording is damaged: {error}"))
        })?;
    let prompt = model.create_clone_prompt(&decoded.clip.samples, transcript)?;
    match prompt.to_tensors(model.identity()) {
        Ok(tensors) => clip.cache.keep(&key, tensors),
        Err(reason) => tracing::error!(reason, "a clone prompt has no tensors"),
    }
    Ok(prompt)
}

fn key(reference: &Reference) -> Key {
    let mut hash = Sha256::new();
    match &reference.audio {
        ReferenceAudio::Upload(file) => {
            hash.update((file.len() as u64).to_le_bytes());
            hash.update(file);
        }
        ReferenceAudio::Kept(clip) => hash.update(clip.sha256.as_bytes()),
    }
    match reference.transcript() {
        Some(text) => hash.update([b"1", text.as_bytes()].concat()),
        None => hash.update(b"0"),
    }
    hash.finalize().into()
}
