//! The language, and the probability of no speech. Both are read from the model's first output,
//! after the start token alone.

use whisper_rs::WhisperState;

use super::{Decode, DecodeError};

/// The library's frames of sound in a window of 30 s, and milliseconds in one.
const WINDOW_MS: u64 = 30_000;
const FRAME_MS: u64 = 10;

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Detected {
    /// The language's number.
    pub(super) number: i32,
    /// How likely it is; none where there was no choice.
    pub(super) probability: Option<f32>,
}

impl Decode<'_> {
    /// The language of the first 30 s.
    ///
    /// The library's own function is not used: it compares a hundred languages also where the model
    /// knows one less, and takes the token that follows for Cantonese.
    pub(super) fn detect(
        &self,
        state: &mut WhisperState,
        samples: &[f32],
    ) -> Result<Detected, DecodeError> {
        if !self.model.multilingual() {
            return Ok(Detected {
                number: 0,
                probability: None,
            });
        }
        let computed = state.pcm_to_mel(samples, self.threads);
        computed.map_err(|error| DecodeError::Library("the spectrogram", error))?;
        let logits = self.first_answer(state, 0)?;
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

    /// The model's output for each word after the start token, for the 30 s that begin here.
    fn first_answer<'s>(
        &self,
        state: &'s mut WhisperState,
        start_ms: u64,
    ) -> Result<&'s [f32], DecodeError> {
        let frame = usize::try_from(start_ms / FRAME_MS).unwrap_or(0);
        for step in 0..2 {
            // Neither looks at the token by itself.
            if self.cancel.is_cancelled() {
                return Err(DecodeError::Cancelled);
            }
            let done = match step {
                0 => state.encode(frame, self.threads),
                _ => state.decode(&[self.model.start()], 0, self.threads),
            };
            done.map_err(|error| DecodeError::Library("the encoder", error))?;
        }
        let logits = state.get_logits();
        logits.map_err(|error| DecodeError::Library("the encoder", error))
    }
}

/// How likely a place holds no speech, looked at once for each 30 s.
#[derive(Debug, Default)]
pub(super) struct NoSpeech {
    last: Option<(u64, f32)>,
}

impl NoSpeech {
    /// The likelihood of no speech in the 30 s around a place. Places come in order, and the state
    /// still holds the sound.
    pub(super) fn at(
        &mut self,
        run: &Decode<'_>,
        state: &mut WhisperState,
        start_ms: u64,
    ) -> Result<f32, DecodeError> {
        if let Some((from, probability)) = self.last
            && (from..from + WINDOW_MS).contains(&start_ms)
        {
            return Ok(probability);
        }
        let all = softmax(run.first_answer(state, start_ms)?)?;
        let place = run.model.no_speech().unsigned_abs() as usize;
        let probability = *all.get(place).ok_or(DecodeError::Broken)?;
        self.last = Some((start_ms, probability));
        Ok(probability)
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
