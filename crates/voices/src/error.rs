//! What can go wrong with kept voices.

use mynah_audio::EncodeError;
use mynah_blobs::BlobError;
use mynah_database::{DatabaseError, sqlx};
use mynah_speech::recording::InvalidRecording;
use mynah_speech::{InvalidConsent, SpeechError, StyleMismatch};
use mynah_voice_package::PackageError;

use crate::{InvalidName, VoiceKey};

/// Why the library did not do something. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum VoicesError {
    /// The caller: the name is none.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The caller: the workspace has a voice of this name.
    #[error("a voice with this name exists; names differ by more than the case of letters")]
    NameTaken,
    /// The caller: no voice of this workspace has the id or the name.
    #[error("there is no such voice")]
    NotFound,
    /// The caller: the voice has no prompt of this id.
    #[error("there is no such prompt")]
    NoSuchPrompt,
    /// The caller: the workspace has no clip of this id.
    #[error("there is no such clip")]
    NoSuchClip,
    /// The caller: the workspace has no style of this key.
    #[error("there is no such style")]
    NoSuchStyle,
    /// The caller: the name of a style does not fit it.
    #[error(transparent)]
    Style(#[from] StyleMismatch),
    /// The caller: the voice is spoken from it where no style is asked for.
    #[error("the prompt is the anchor of its voice; make another one the anchor first")]
    PromptInUse,
    /// The caller: it was changed since the caller read it.
    #[error("it was changed meanwhile: its version is {0}")]
    VersionMismatch(i64),
    /// The caller: no voice can be made of the recording.
    #[error(transparent)]
    Recording(#[from] InvalidRecording),
    /// The caller: the consent is missing or none.
    #[error(transparent)]
    Consent(#[from] InvalidConsent),
    /// The recognizer failed to transcribe the recording.
    #[error("the recording could not be transcribed ({0}); send its transcript")]
    Transcription(SpeechError),
    /// The caller: a field is out of its range.
    #[error("{field} {rule}")]
    Field {
        /// Its name in the API.
        field: &'static str,
        /// What it must be.
        rule: String,
    },
    /// The caller: a workspace has as many voices as it may have.
    #[error("a workspace has at most {0} voices; delete some first")]
    TooManyVoices(u64),
    /// The caller: a voice has as many prompts as it may have.
    #[error("a voice has at most {0} prompts; delete some first")]
    TooManyPrompts(i64),
    /// The caller: a workspace has as many styles of its own as it may have.
    #[error("a workspace has at most {0} styles of its own; delete some first")]
    TooManyStyles(i64),
    /// The caller: a workspace has as many takes as it may have.
    #[error("a workspace keeps at most {0} takes; delete some first")]
    TooManyTakes(i64),
    /// The caller: a take is larger than it may be.
    #[error("a take that is kept has at most {0} bytes; keep a shorter text")]
    TakeTooLarge(usize),
    /// The caller: the workspace has a voice of the id in a package.
    #[error("a voice with the id {0} exists")]
    IdTaken(VoiceKey),
    /// The caller: the voice has no consent that holds, so its recordings are not given away.
    #[error("the speaker's consent is missing or revoked; give it first")]
    NoConsent,
    /// The caller: a package is none, or not one that can be imported.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The database.
    #[error(transparent)]
    Database(DatabaseError),
    /// The object store.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The encoder failed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A defect here, or a row that another program wrote.
    #[error("a kept voice cannot be read: {0}")]
    Corrupt(String),
}

impl VoicesError {
    pub(crate) fn field(field: &'static str, rule: impl Into<String>) -> Self {
        Self::Field {
            field,
            rule: rule.into(),
        }
    }
}

impl From<DatabaseError> for VoicesError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Conflict(constraint) if constraint.contains("name") => Self::NameTaken,
            error => Self::Database(error),
        }
    }
}

impl From<sqlx::Error> for VoicesError {
    fn from(error: sqlx::Error) -> Self {
        DatabaseError::from(error).into()
    }
}
