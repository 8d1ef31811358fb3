//! What can go wrong.

use std::fmt;
use std::path::{Path, PathBuf};

/// An error of a model's files, or of getting them.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file cannot be read or written.
    #[error("{} cannot be read or written: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A model cannot be had from its hub: the name is wrong, access is missing, the network
    /// failed, or the response differs from the listing.
    #[error("{model}: {reason}")]
    Hub {
        /// The model, as it was requested.
        model: String,
        /// What went wrong, and the fix.
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
    /// No model of the catalogue has this id.
    #[error("no model is called {id:?}; there are {known}")]
    Unknown {
        /// The id, as it was requested.
        id: String,
        /// The ids of the catalogue.
        known: String,
    },
    /// A model of the catalogue is not installed.
    #[error("{id} is not installed; `mynah models pull {id}` fetches it")]
    NotInstalled {
        /// Its id.
        id: String,
    },
    /// A source does not have a file, or has other bytes.
    #[error("{reason}")]
    Source {
        /// Why it was passed over.
        reason: String,
    },
    /// Files that no source has.
    #[error("{}", list(failures))]
    Sources {
        /// Each file with the reason of each source.
        failures: Vec<FileFailure>,
    },
    /// The file system has too little space.
    #[error("{} has {available} bytes free, and {needed} are needed", folder.display())]
    DiskSpace {
        /// The folder of the models.
        folder: PathBuf,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        available: u64,
    },
    /// A file cannot be converted.
    #[error("{what} cannot be converted: {reason}")]
    Convert {
        /// Which file.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// A file that no source has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFailure {
    /// The id of its model.
    pub model: String,
    /// Its path within the model.
    pub file: String,
    /// Each source, in the order in which they were tried, and why it was passed over.
    pub sources: Vec<(String, String)>,
}

impl fmt::Display for FileFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: no source has {}:", self.model, self.file)?;
        for (source, reason) in &self.sources {
            write!(f, "\n  {source}: {reason}")?;
        }
        Ok(())
    }
}

/// At most so many files are listed in full.
const MAX_LISTED: usize = 5;

fn list(failures: &[FileFailure]) -> String {
    let mut lines: Vec<String> = failures
        .iter()
        .take(MAX_LISTED)
        .map(FileFailure::to_string)
        .collect();
    if failures.len() > MAX_LISTED {
        lines.push(format!("and {} more files", failures.len() - MAX_LISTED));
    }
    lines.join("\n")
}

impl ModelError {
    pub(crate) fn invalid(param: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            param,
            message: message.into(),
        }
    }

    pub(crate) fn source(reason: impl Into<String>) -> Self {
        Self::Source {
            reason: reason.into(),
        }
    }
}

/// The error of a file, for `map_err`.
pub(crate) fn failed(path: &Path, source: std::io::Error) -> ModelError {
    ModelError::File {
        path: path.to_owned(),
        source,
    }
}
