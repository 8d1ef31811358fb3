//! A cache of clone prompts, so that a reference is not encoded again for every sentence.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use mynah_speech::{Reference, ScorerFactory};
use sha2::{Digest, Sha256};

use crate::Qwen3Error;
use crate::model::Model;
use crate::request::ClonePrompt;
use crate::voice::Recording;

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
        let prompt = Arc::new(encode_reference(model, reference, scorer)?);
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

fn encode_reference(
    model: &Model,
    reference: &Reference,
    scorer: Option<&ScorerFactory>,
) -> Result<ClonePrompt, Qwen3Error> {
    // A checkpoint without encoders fails before the recording is decoded.
    model.clone_encoders()?;
    let scorer = scorer.ok_or_else(|| {
        Qwen3Error::unsupported(
            "ref_audio",
            "this engine was opened without a voice activity detector, which cloning needs",
        )
    })?;
    let recording = Recording::read(&reference.audio, &mut *scorer.scorer())?;
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

fn key(reference: &Reference) -> Key {
    let mut hash = Sha256::new();
    hash.update((reference.audio.len() as u64).to_le_bytes());
    hash.update(&reference.audio);
    match reference.transcript() {
        Some(text) => hash.update([b"1", text.as_bytes()].concat()),
        None => hash.update(b"0"),
    }
    hash.finalize().into()
}
