//! One decode of a clip: its language, its text, and what of it is kept.

mod detect;
mod transcript;

use mynah_speech::pool::Lease;
use mynah_speech::{Cancel, Transcript};
use whisper_rs::{FullParams, WhisperError, WhisperState};

use crate::model::{Model, Strategy};
use crate::segment::{self, Segment};
use crate::transcription::{Dropped, Transcription};
use crate::words::text;
use crate::{clip, language, repetition};

use detect::{Detected, NoSpeech};

/// Below this mean logarithm of its tokens' probabilities, a text is doubted; above the other, the
/// sound under a doubted text is no speech. The thresholds of the original's `transcribe`.
const MIN_LOG_PROBABILITY: f32 = -1.0;
const MAX_NO_SPEECH: f32 = 0.6;

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
    /// A call of the library failed.
    #[error("{0} failed: {1}")]
    Library(&'static str, WhisperError),
    /// The model's weights give nothing that is a number.
    #[error("its model gives values that are not numbers; the file is damaged")]
    Broken,
}

/// What a decode works with.
pub(crate) struct Decode<'a> {
    pub(crate) model: &'a Model,
    pub(crate) lease: &'a mut Lease<WhisperState>,
    pub(crate) threads: usize,
    pub(crate) cancel: &'a Cancel,
}

impl Decode<'_> {
    /// The text of samples that are not silent. `language` is one by its number; none is found out.
    pub(crate) fn transcribe(
        &mut self,
        samples: Vec<f32>,
        language: Option<i32>,
    ) -> Result<Transcription, DecodeError> {
        let length_ms = (samples.len() * 1_000 / clip::RATE) as u64;
        let samples = clip::padded(samples);
        let mut state = match self.lease.take_value() {
            Some(state) => state,
            None => self.new_state()?,
        };
        let detected = match language {
            Some(number) => Detected {
                number,
                probability: None,
            },
            None => self.detect(&mut state, &samples)?,
        };
        let mut dropped = Dropped::default();
        let decoded = self.decode(&mut state, &samples, detected.number, Strategy::Greedy)?;
        let mut segments = segment::all(&state, self.model.end(), length_ms);
        self.without_no_speech(&mut state, &mut segments, &mut dropped)?;
        if decoded && self.is_bad(&segments)? {
            // A state that chose by chance chooses otherwise the next time, so it is not kept.
            let mut other = self.new_state()?;
            self.decode(&mut other, &samples, detected.number, Strategy::Sampled)?;
            segments = segment::all(&other, self.model.end(), length_ms);
            dropped = Dropped::default();
            self.without_no_speech(&mut other, &mut segments, &mut dropped)?;
        }
        self.lease.put_value(state);
        let unspaced = language::unspaced(detected.number);
        let transcript = Transcript {
            language: language::tag(detected.number),
            ..transcript::transcript(&segments, unspaced, &mut dropped)
        };
        Ok(Transcription {
            transcript,
            probability: detected.probability,
            dropped,
        })
    }

    fn new_state(&self) -> Result<WhisperState, DecodeError> {
        let state = self.model.state();
        state.map_err(|error| DecodeError::Library("making a state", error))
    }

    /// Whether there is anything in the state afterwards.
    fn decode(
        &self,
        state: &mut WhisperState,
        samples: &[f32],
        language: i32,
        strategy: Strategy,
    ) -> Result<bool, DecodeError> {
        let threads = i32::try_from(self.threads).unwrap_or(1);
        let mut params = self.model.params(language, strategy, threads);
        stop_with(&mut params, self.cancel);
        let done = state.full(params, samples);
        if self.cancel.is_cancelled() {
            return Err(DecodeError::Cancelled);
        }
        done.map_err(|error| DecodeError::Library("the decode", error))?;
        Ok(state.full_n_segments() > 0)
    }

    /// Whether another try may help: the model doubts what it wrote, or turns in a loop.
    fn is_bad(&self, segments: &[Segment]) -> Result<bool, DecodeError> {
        if segments
            .iter()
            .any(|segment| !segment.log_probability.is_finite())
        {
            return Err(DecodeError::Broken);
        }
        let all: String = segments
            .iter()
            .map(|segment| text(&segment.tokens))
            .collect();
        let doubted = |segment: &Segment| segment.log_probability < MIN_LOG_PROBABILITY;
        Ok(repetition::repeats(&all) || segments.iter().any(doubted))
    }

    /// Takes away what is doubted and lies over sound that is no speech.
    fn without_no_speech(
        &self,
        state: &mut WhisperState,
        segments: &mut Vec<Segment>,
        dropped: &mut Dropped,
    ) -> Result<(), DecodeError> {
        let mut no_speech = NoSpeech::default();
        let mut kept = Vec::new();
        for segment in segments.drain(..) {
            let doubted = segment.log_probability < MIN_LOG_PROBABILITY;
            if doubted && no_speech.at(self, state, segment.start_ms)? > MAX_NO_SPEECH {
                dropped.no_speech += 1;
            } else {
                kept.push(segment);
            }
        }
        *segments = kept;
        Ok(())
    }
}

/// Has a decode end when the token is cancelled. The library looks after each token that it wrote,
/// and after each 30 s of sound that it took in.
#[allow(unsafe_code)]
fn stop_with(params: &mut FullParams<'_, '_>, cancel: &Cancel) {
    unsafe extern "C" fn cancelled(cancel: *mut std::ffi::c_void) -> bool {
        // SAFETY: it is the token below, which outlives the decode.
        unsafe { &*cancel.cast::<Cancel>() }.is_cancelled()
    }
    // SAFETY: the token is borrowed by the run for longer than the decode that these parameters
    // are made for, and is only read. The binding's own safe setter reads the closure that it was
    // given through a pointer to a box of it.
    unsafe {
        params.set_abort_callback(Some(cancelled));
        params.set_abort_callback_user_data(std::ptr::from_ref(cancel).cast_mut().cast());
    }
}
