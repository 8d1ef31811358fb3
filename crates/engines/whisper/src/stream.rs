//! One segment: its samples, kept until they are decoded whole.

use std::sync::Arc;

use mynah_speech::{Cancel, RecognizerStream, SpeechError, Transcript};

use crate::clip;
use crate::engine::Shared;

/// The longest segment, in samples: ten minutes, 38 MB.
pub(crate) const MAX_SAMPLES: usize = 600 * clip::RATE;

pub(crate) struct Stream {
    pub(crate) samples: Vec<f32>,
    /// The language's number; none is found out.
    pub(crate) language: Option<i32>,
    pub(crate) engine: Arc<Shared>,
}

impl RecognizerStream for Stream {
    fn push(&mut self, samples: &[f32]) -> Result<Option<String>, SpeechError> {
        fits(self.samples.len() + samples.len())?;
        self.samples
            .extend(samples.iter().copied().map(clip::clean));
        Ok(None)
    }

    fn finish(self: Box<Self>, cancel: &Cancel) -> Result<Transcript, SpeechError> {
        let transcription = self
            .engine
            .transcribe(self.samples, self.language, cancel)?;
        Ok(transcription.transcript)
    }
}

/// # Errors
/// `Invalid` for more samples than a segment may have.
pub(crate) fn fits(samples: usize) -> Result<(), SpeechError> {
    if samples <= MAX_SAMPLES {
        return Ok(());
    }
    let message = "a segment is longer than ten minutes; cut it at pauses".into();
    Err(SpeechError::Invalid {
        param: "audio",
        message,
    })
}
