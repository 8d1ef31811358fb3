//! The engine's errors in the house's words.

use mynah_speech::SpeechError;

use crate::Qwen3Error;

/// The same error for callers who know nothing of checkpoints.
pub(super) fn refusal(error: Qwen3Error) -> SpeechError {
    let engine = super::INFO.id;
    match error {
        Qwen3Error::Invalid { param, message } => SpeechError::Invalid { param, message },
        Qwen3Error::Unsupported { param, message } => SpeechError::Unsupported { param, message },
        Qwen3Error::Cancelled => SpeechError::Cancelled,
        Qwen3Error::Failed(reason) => SpeechError::Failed { engine, reason },
        Qwen3Error::Busy(_) => SpeechError::Busy {
            engine,
            reason: error.to_string(),
        },
        Qwen3Error::File { .. }
        | Qwen3Error::Checkpoint { .. }
        | Qwen3Error::Tensor { .. }
        | Qwen3Error::Voice { .. }
        | Qwen3Error::Hub { .. } => SpeechError::Unavailable {
            engine,
            reason: error.to_string(),
            fix: "Fetch the model again: mynah models pull".into(),
        },
    }
}
