//! One segment: its samples, kept until they are decoded whole.

use std::sync::Arc;

use mynah_speech::{Cancel, RecognizerStream, SpeechError, Transcript};

use crate::clip;
use crate::engine::{SegmentToDecode, Shared};
use crate::preview::Preview;

/// The longest segment, in samples: ten minutes, 38 MB.
pub(crate) const MAX_SAMPLES: usize = 600 * clip::RATE;

pub(crate) struct Stream {
    pub(crate) segment: SegmentToDecode,
    pub(crate) preview: Option<Preview>,
    pub(crate) engine: Arc<Shared>,
}

impl RecognizerStream for Stream {
    fn push(&mut self, samples: &[f32]) -> Result<Option<String>, SpeechError> {
        let kept = &mut self.segment.samples;
        fits(kept.len() + samples.len())?;
        kept.extend(samples.iter().copied().map(clip::clean));
        let preview = self.preview.as_mut();
        Ok(preview.and_then(|preview| preview.advance(kept)))
    }

    fn finish(self: Box<Self>, cancel: &Cancel) -> Result<Transcript, SpeechError> {
        drop(self.preview);
        let transcription = self.engine.transcribe(self.segment, cancel)?;
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
