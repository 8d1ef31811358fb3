//! What can be wrong with a model, and with its work.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use mynah_speech::model_cache::Cancelled;

/// Why a model cannot be used, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum MarianError {
    /// A file of the model is missing or cannot be read.
    #[error("{} cannot be read: {reason}", name(.file))]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// A file of the model is not what it should be: cut off, damaged, or of another kind.
    #[error("{} is damaged or no Marian model's: {reason}", name(.file))]
    Damaged {
        /// Which.
        file: PathBuf,
        /// What is wrong with it, with the tensor or key at fault.
        reason: String,
    },
    /// The model is sound and of a kind that is not computed here.
    #[error("{} asks for what this engine does not do: {reason}", name(.file))]
    Unsupported {
        /// The file that requires it.
        file: PathBuf,
        /// What it requires.
        reason: String,
    },
    /// A computation failed, by a defect here or a lack of memory.
    #[error("the computation failed: {0}")]
    Compute(String),
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// A file by its model's folder and its own name: a client gets no path of this machine.
fn name(file: &Path) -> String {
    let mut names: Vec<_> = file
        .iter()
        .rev()
        .take(2)
        .map(|part| part.to_string_lossy())
        .collect();
    names.reverse();
    names.join("/")
}

impl MarianError {
    #[allow(
        clippy::needless_pass_by_value,
        reason = "errors and texts alike, at the end of a map_err"
    )]
    pub(crate) fn damaged(file: &Path, reason: impl Display) -> Self {
        Self::Damaged {
            file: file.to_owned(),
            reason: reason.to_string(),
        }
    }

    #[allow(clippy::needless_pass_by_value, reason = "as above")]
    pub(crate) fn unsupported(file: &Path, reason: impl Display) -> Self {
        Self::Unsupported {
            file: file.to_owned(),
            reason: reason.to_string(),
        }
    }
}

impl From<Cancelled> for MarianError {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<candle_core::Error> for MarianError {
    fn from(error: candle_core::Error) -> Self {
        // The rest may be a backtrace, with paths of this machine.
        let text = error.to_string();
        Self::Compute(text.lines().next().unwrap_or_default().to_owned())
    }
}

/// Reads a whole file that may have so many bytes at most.
pub(crate) fn read(file: &Path, most: u64) -> Result<Vec<u8>, MarianError> {
    let unreadable = |error: std::io::Error| MarianError::Unreadable {
        file: file.to_owned(),
        reason: error.to_string(),
    };
    let size = std::fs::metadata(file).map_err(unreadable)?.len();
    if size > most {
        return Err(MarianError::damaged(
            file,
            format!("{size} bytes are more than the {most} that such a file may have"),
        ));
    }
    std::fs::read(file).map_err(unreadable)
}
