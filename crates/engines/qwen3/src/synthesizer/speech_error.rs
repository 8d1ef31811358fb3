//! Conversion to the error of the `Synthesizer` trait.

use mynah_speech::SpeechError;

use crate::Qwen3Error;

/// The same error for callers that do not depend on checkpoints.
impl From<Qwen3Error> for SpeechError {
    fn from(error: Qwen3Error) -> Self {
        let engine = super::INFO.id;
        match error {
            Qwen3Error::Invalid { param, message } => Self::Invalid { param, message },
            Qwen3Error::Unsupported { param, message } => Self::Unsupported { param, message },
            Qwen3Error::Voice { .. } => Self::Invalid {
                param: "voice",
                message: error.to_string(),
            },
            Qwen3Error::Clip(error) => error,
            Qwen3Error::Cancelled => Self::Cancelled,
            Qwen3Error::Failed(reason) => Self::Failed { engine, reason },
            Qwen3Error::Busy(_) => Self::Busy {
                engine,
                reason: error.to_string(),
            },
            Qwen3Error::File { .. } | Qwen3Error::Checkpoint { .. } | Qwen3Error::Tensor { .. } => {
                Self::Unavailable {
                    engine,
                    reason: error.to_string(),
                    fix: "Fetch the model again: mynah models pull".into(),
                }
            }
        }
    }
}
