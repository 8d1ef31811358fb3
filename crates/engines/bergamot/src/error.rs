//! What can be wrong with a model, and with its work.

use std::path::Path;

use mynah_speech::model_cache::Cancelled;
use mynah_speech::{EngineId, SpeechError};

/// The engine's name.
pub(crate) const ID: EngineId = EngineId::new("bergamot");

/// The act that mends a missing or damaged model.
pub(crate) const FIX: &str = "Run `mynah models pull default`";

/// Why a model cannot be used, or stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModelError {
    /// A file is missing, unreadable, cut off, damaged or of another kind.
    #[error("{file}: {reason}")]
    Damaged {
        /// The model's folder and the file, without the path before them.
        file: String,
        reason: String,
    },
    /// This processor lacks instructions that the engine was compiled for.
    #[error("this processor has no {0}")]
    Processor(&'static str),
    /// A sentence could not be translated.
    #[error("{0}")]
    Compute(String),
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl ModelError {
    pub(crate) fn damaged(file: &Path, reason: impl Into<String>) -> Self {
        let mut names: Vec<_> = file
            .iter()
            .rev()
            .take(2)
            .map(|part| part.to_string_lossy())
            .collect();
        names.reverse();
        Self::Damaged {
            file: names.join("/"),
            reason: reason.into(),
        }
    }
}

impl From<Cancelled> for ModelError {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<ModelError> for SpeechError {
    fn from(error: ModelError) -> Self {
        let reason = error.to_string();
        match error {
            ModelError::Cancelled => Self::Cancelled,
            ModelError::Compute(_) => Self::Failed { engine: ID, reason },
            ModelError::Damaged { .. } => Self::Unavailable {
                engine: ID,
                reason,
                fix: FIX.into(),
            },
            ModelError::Processor(_) => Self::Unavailable {
                engine: ID,
                reason,
                fix: "Use another translator, such as Apertium".into(),
            },
        }
    }
}
