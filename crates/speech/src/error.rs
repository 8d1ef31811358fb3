//! Errors of synthesis, recognition and translation.

use crate::EngineId;

/// One error for all engines. A message names the fix; none holds a text that was spoken or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpeechError {
    /// The caller sent something malformed or out of range.
    #[error("{message}")]
    Invalid {
        /// The parameter at fault, by its name in the API.
        param: &'static str,
        /// What is wrong, and what is right.
        message: String,
    },
    /// The request is valid, but for something that this engine, model or voice cannot do.
    #[error("{message}")]
    Unsupported {
        /// The parameter at fault, by its name in the API.
        param: &'static str,
        /// What cannot be done, and what can.
        message: String,
    },
    /// The engine is not installed, or cannot start here. The request is not at fault.
    #[error("{engine} cannot run here: {reason}. {fix}")]
    Unavailable {
        /// Which engine.
        engine: EngineId,
        /// What is missing.
        reason: String,
        /// The act that mends it.
        fix: String,
    },
    /// Every decoder, process or slot is taken; the same request may go through later.
    #[error("{engine} is busy: {reason}")]
    Busy {
        /// Which engine.
        engine: EngineId,
        /// What is exhausted.
        reason: String,
    },
    /// The engine failed at its work: it crashed, stalled or produced something that is not audio.
    #[error("{engine} failed: {reason}")]
    Failed {
        /// Which engine.
        engine: EngineId,
        /// What happened, without the caller's text.
        reason: String,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl SpeechError {
    /// A parameter that is malformed or out of range.
    pub fn invalid(param: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            param,
            message: message.into(),
        }
    }
}
