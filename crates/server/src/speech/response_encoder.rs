//! The encoders of a speech response: that of the body, and that of a take which is kept.

use mynah_audio::{EncodeError, Encoder, Format, SampleRate, Tags};
use mynah_voices::{RecordedTake, TakeRecorder};

use crate::error::ApiError;

/// Encodes the speech of a response.
pub(super) struct ResponseEncoder {
    body: Encoder,
    take: Option<TakeRecorder>,
}

impl ResponseEncoder {
    /// Blocking, as all methods.
    pub(super) fn new(
        format: Format,
        rate: SampleRate,
        tags: &Tags,
        take: Option<TakeRecorder>,
    ) -> Result<Self, EncodeError> {
        let body = Encoder::new(format, rate, tags)?;
        Ok(Self { body, take })
    }

    /// Encodes samples. Returns the bytes of the body that are ready.
    pub(super) fn push(&mut self, samples: &[f32]) -> Result<Vec<u8>, ApiError> {
        if let Some(take) = &mut self.take {
            take.push(samples).map_err(ApiError::Voices)?;
        }
        Ok(self.body.push(samples)?)
    }

    /// The last bytes of the body, and the take.
    pub(super) fn finish(self) -> Result<(Vec<u8>, Option<RecordedTake>), ApiError> {
        let take = self.take.map(TakeRecorder::finish).transpose();
        let take = take.map_err(ApiError::Voices)?;
        Ok((self.body.finish()?, take))
    }
}
