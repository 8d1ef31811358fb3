//! What can go wrong.

use std::path::PathBuf;

use mynah_speech::SpeechError;
use mynah_speech::model_cache::Cancelled;
use mynah_speech::recording::InvalidRecording;

/// An error of the engine. A message names the file, tensor or parameter at fault, and never holds
/// the text that was to be spoken.
#[derive(Debug, thiserror::Error)]
pub enum Qwen3Error {
    /// A file of the checkpoint is not there or cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file of the checkpoint is there, and is not what it should be.
    #[error("{}: {reason}", path.display())]
    Checkpoint {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A tensor is missing, or has the wrong type or shape.
    #[error("{}: tensor {tensor} {reason}", path.display())]
    Tensor {
        /// The file it is or should be in.
        path: PathBuf,
        /// Its name.
        tensor: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A saved voice is there and is not whole, was made for another model, or cannot be written.
    #[error("the voice {}: {reason}", path.display())]
    Voice {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it, and the fix.
        reason: String,
    },
    /// A parameter is malformed or out of range.
    #[error("{message}")]
    Invalid {
        /// The parameter at fault, by its name in the API.
        param: &'static str,
        /// What is wrong, and what is right.
        message: String,
    },
    /// A valid parameter that this checkpoint cannot honour.
    #[error("{message}")]
    Unsupported {
        /// The parameter at fault, by its name in the API.
        param: &'static str,
        /// What cannot be done, and what can.
        message: String,
    },
    /// The work was aborted: a panic, or the engine's thread has ended.
    #[error("the engine failed: {0}")]
    Failed(String),
    /// The queue is full.
    #[error("the engine is busy: {0} requests are waiting; try again later")]
    Busy(usize),
    /// The clip of a kept voice cannot be read.
    #[error(transparent)]
    Clip(SpeechError),
    /// The caller cancelled, or dropped the stream.
    #[error("cancelled")]
    Cancelled,
}

impl Qwen3Error {
    pub(crate) fn invalid(param: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            param,
            message: message.into(),
        }
    }

    pub(crate) fn unsupported(param: &'static str, message: impl Into<String>) -> Self {
        Self::Unsupported {
            param,
            message: message.into(),
        }
    }
}

impl From<Cancelled> for Qwen3Error {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<InvalidRecording> for Qwen3Error {
    fn from(error: InvalidRecording) -> Self {
        Self::invalid("ref_audio", error.to_string())
    }
}
