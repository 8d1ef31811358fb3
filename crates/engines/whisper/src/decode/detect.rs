//! The language, and the probability of no speech. Both are read from the model's first output,
//! after the start token alone.

use whisper_rs::WhisperState;

use super::{Decode, DecodeError};
use crate::{audio_context, clip};

/// The most sound by which a language is found, in samples: 10 s. The decode computes the encoder once
/// more, for all of its window.
const MAX_DETECTION_SAMPLES: usize = 10 * clip::RATE;
/// Samples that are skipped together where they are silent.
const SILENCE_BLOCK: usize = clip::RATE / 10;

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Detected {
    /// The language's number.
    pub(crate) number: i32,
    /// How likely it is; none where there was no choice.
    pub(crate) probability: Option<f32>,
}

impl Decode<'_> {
    /// The language of a window, found in its first sound.
    ///
    /// The library's own function is not used: it compares a hundred languages also where the model
    /// knows one less, and takes the token that follows for Cantonese.
    pub(super) fn detect(
        &self,
        state: &mut WhisperState,
        window: &[f32],
    ) -> Result<Detected, DecodeError> {
        if !self.model.multilingual() {
            return Ok(Detected {
                number: 0,
                probability: None,
            });
        }
        let start = window
            .chunks(SILENCE_BLOCK)
            .position(|block| !clip::is_silent(block))
            .map_or(0, |block| block * SILENCE_BLOCK);
        let sound = &window[start..];
        let sound = &sound[..sound.len().min(MAX_DETECTION_SAMPLES)];
        let context = if self.full_context {
            audio_context::FULL
        } else {
            audio_context::for_preview(sound.len())
        };
        self.take_in(state, sound, context)?;
        let logits = self.first_answer(state)?;
        let of_language = |number| logits.get(self.model.language(number).unsigned_abs() as usize);
        let known = i32::try_from(self.model.languages()).unwrap_or(1);
        let logits: Vec<f32> = (0..known).filter_map(of_language).copied().collect();
        let probabilities = softmax(&logits)?;
        let best = (0..known)
            .zip(probabilities)
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let (number, probability) = best.ok_or(DecodeError::Broken)?;
        Ok(Detected {
            number,
            probability: Some(probability),
        })
    }

    /// How likely the window that the state took in holds no speech.
    pub(super) fn no_speech(&self, state: &mut WhisperState) -> Result<f32, DecodeError> {
        let all = softmax(self.first_answer(state)?)?;
        let place = self.model.no_speech().unsigned_abs() as usize;
        all.get(place).copied().ok_or(DecodeError::Broken)
    }

    /// The model's output for each word after the start token.
    fn first_answer<'s>(&self, state: &'s mut WhisperState) -> Result<&'s [f32], DecodeError> {
        for step in 0..2 {
            // Neither looks at the token by itself.
            if self.cancel.is_cancelled() {
                return Err(DecodeError::Cancelled);
            }
            let done = match step {
                0 => state.encode(0, self.threads),
                _ => state.decode(&[self.model.start()], 0, self.threads),
            };
            done.map_err(|error| DecodeError::Library("the encoder", error))?;
        }
        let logits = state.get_logits();
        logits.map_err(|error| DecodeError::Library("the encoder", error))
    }
}

/// Logits to probabilities.
fn softmax(logits: &[f32]) -> Result<Vec<f32>, DecodeError> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if logits.is_empty() || logits.iter().any(|logit| !logit.is_finite()) {
        return Err(DecodeError::Broken);
    }
    let powers: Vec<f64> = logits
        .iter()
        .map(|logit| f64::from(logit - highest).exp())
        .collect();
    let sum: f64 = powers.iter().sum();
    Ok(powers
        .into_iter()
        .map(|power| (power / sum) as f32)
        .collect())
}
