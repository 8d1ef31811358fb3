//! What is wrong with a package.

use std::io;

use zip::result::ZipError;

/// Why a package is refused. Paths in messages are quoted and escaped.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// It is no ZIP archive, or a damaged one.
    #[error("the package is no ZIP archive, or it is damaged: {0}")]
    Damaged(String),
    /// It holds a pickle, which runs code where it is read.
    #[error("{0} is a Python pickle, which can run any code; export the voice as a package")]
    Pickle(String),
    /// It has an entry that a package has not.
    #[error("entry {path:?} {rule}")]
    Entry {
        /// Its path.
        path: String,
        /// What is wrong with it.
        rule: &'static str,
    },
    /// An entry is missing.
    #[error("entry {0:?} is missing")]
    Missing(String),
    /// An entry that the manifest does not list, or that the voice does not have.
    #[error("entry {0:?} is not listed in the manifest, or the voice has no such prompt")]
    Unexpected(String),
    /// Its bytes are not those that the manifest lists.
    #[error("entry {0:?} does not have the length and the SHA-256 that the manifest lists")]
    Checksum(String),
    /// It exceeds a limit.
    #[error("the package has more than {limit} {unit}")]
    Limit {
        /// The limit.
        limit: u64,
        /// Of what.
        unit: &'static str,
    },
    /// A later version wrote it.
    #[error("a package of version {0} is not read here")]
    Version(u64),
    /// A document does not have the fields that it must have.
    #[error("document {path:?}: {reason}")]
    Document {
        /// Its path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No voice can be spoken from a recording.
    #[error("recording {path:?}: {reason}")]
    Recording {
        /// Its path.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file cannot be read or written.
    #[error("the package cannot be read or written: {0}")]
    Io(io::Error),
}

impl PackageError {
    /// Its stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "package_damaged",
            Self::Pickle(_) => "package_pickle",
            Self::Entry { .. } => "package_entry_invalid",
            Self::Missing(_) => "package_entry_missing",
            Self::Unexpected(_) => "package_entry_unexpected",
            Self::Checksum(_) => "package_checksum_mismatch",
            Self::Limit { .. } => "package_too_large",
            Self::Version(_) => "package_version_unsupported",
            Self::Document { .. } => "package_document_invalid",
            Self::Recording { .. } => "package_recording_invalid",
            Self::Io(_) => "package_unreadable",
        }
    }

    pub(crate) fn entry(path: &str, rule: &'static str) -> Self {
        Self::Entry {
            path: path.to_owned(),
            rule,
        }
    }

    /// That something is wrong with a document.
    pub fn document(path: &str, reason: impl Into<String>) -> Self {
        Self::Document {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}

impl From<ZipError> for PackageError {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) => error.into(),
            error => Self::Damaged(error.to_string()),
        }
    }
}

/// Decoders report damaged data as errors of reading, which those of the file itself are not.
impl From<io::Error> for PackageError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::Other => Self::Damaged(error.to_string()),
            _ => Self::Io(error),
        }
    }
}
