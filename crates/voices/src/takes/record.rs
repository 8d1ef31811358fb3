//! Recording a take while it is spoken.

use bytes::Bytes;
use mynah_audio::{Format, MemoryFile, SampleRate, Tags};
use mynah_speech::TakeDetails;

use crate::{ClipId, VoicesError};

/// The largest file of a take, in bytes: more than ten minutes.
const MAX_TAKE_BYTES: usize = 24 << 20;

/// Encodes speech at 24 kHz as it comes, until [`crate::Library::keep_take`] keeps it.
pub struct TakeRecorder {
    id: ClipId,
    details: TakeDetails,
    file: MemoryFile,
    samples: usize,
}

/// A take that is complete, but not yet kept.
pub struct RecordedTake {
    pub(crate) id: ClipId,
    pub(crate) details: TakeDetails,
    pub(crate) flac: Bytes,
    pub(crate) samples: usize,
}

impl TakeRecorder {
    /// A take of which nothing is spoken yet.
    ///
    /// # Errors
    /// [`VoicesError::Encode`] where the encoder cannot be opened.
    pub fn new(details: TakeDetails) -> Result<Self, VoicesError> {
        let voice = details.kept_voice.clone();
        let voice = voice.unwrap_or_else(|| details.voice.to_string());
        let tags = Tags::new().engine(details.voice.engine()).voice(&voice);
        let file = MemoryFile::new(Format::Flac, SampleRate::HZ_24000, &tags);
        Ok(Self {
            id: ClipId::fresh(),
            file: file?,
            details,
            samples: 0,
        })
    }

    /// The id that its clip will have.
    pub const fn id(&self) -> &ClipId {
        &self.id
    }

    /// Adds samples. Blocking: encoding takes processor time.
    ///
    /// # Errors
    /// [`VoicesError::TakeTooLarge`] where the file gets larger than 24 MiB.
    pub fn push(&mut self, samples: &[f32]) -> Result<(), VoicesError> {
        self.samples += samples.len();
        match self.file.push(samples)? {
            bytes if bytes <= MAX_TAKE_BYTES => Ok(()),
            _ => Err(VoicesError::TakeTooLarge(MAX_TAKE_BYTES)),
        }
    }

    /// Ends the take. Blocking.
    ///
    /// # Errors
    /// [`VoicesError::Encode`] where the encoder fails.
    pub fn finish(self) -> Result<RecordedTake, VoicesError> {
        Ok(RecordedTake {
            id: self.id,
            details: self.details,
            flac: self.file.finish()?.into(),
            samples: self.samples,
        })
    }
}
