//! Errors to exit codes: the table in `mynah --help`, kept here alone.

use std::io::ErrorKind;
use std::process::ExitCode;

use crate::output::print::{OutputClosed, note};
use mynah_auth::KeyError;
use mynah_models::ModelError;
use mynah_qwen3::Qwen3Error;
use mynah_speech::SpeechError;
use mynah_voices::{PackageError, VoicesError};

/// The kinds of failure that a script can distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Failed = 1,
    BadInput = 2,
    Missing = 3,
    Unsupported = 4,
    Busy = 5,
    Interrupted = 130,
}

/// An error of the program's own, with its exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct CliError {
    exit: Exit,
    message: String,
}

impl CliError {
    /// The person's input is at fault.
    pub(crate) fn bad_input(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::BadInput,
            message: message.into(),
        }
    }

    /// The work went wrong.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            message: message.into(),
        }
    }

    /// Something is not installed.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Missing,
            message: message.into(),
        }
    }
}

/// Prints an error for people and gives its exit code.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    // A closed pipe (`mynah voices | head`) is the reader's choice, not a failure to report.
    if error
        .chain()
        .any(<dyn std::error::Error + 'static>::is::<OutputClosed>)
    {
        return ExitCode::SUCCESS;
    }
    let exit = classify(error);
    note!("mynah: {}", message(error));
    ExitCode::from(exit as u8)
}

/// An error and its causes, without those that the text before them ends with.
fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if message.is_empty() {
            message = cause;
        } else if !message.ends_with(&cause) {
            message += &format!(": {cause}");
        }
    }
    message
}

fn classify(error: &anyhow::Error) -> Exit {
    for cause in error.chain() {
        if let Some(own) = cause.downcast_ref::<CliError>() {
            return own.exit;
        }
        if let Some(speech) = cause.downcast_ref::<SpeechError>() {
            return of_speech(speech);
        }
        if let Some(error) = cause.downcast_ref::<Qwen3Error>() {
            return of_qwen3(error);
        }
        if let Some(error) = cause.downcast_ref::<ModelError>() {
            return of_model(error);
        }
        if let Some(error) = cause.downcast_ref::<VoicesError>() {
            return of_voices(error);
        }
        if cause.downcast_ref::<mynah_synthesis::Full>().is_some() {
            return Exit::Busy;
        }
        if cause.downcast_ref::<mynah_audio::DecodeError>().is_some() {
            return Exit::BadInput;
        }
        if let Some(KeyError::Name | KeyError::Unknown(_)) = cause.downcast_ref() {
            return Exit::BadInput;
        }
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return of_io(io);
        }
    }
    Exit::Failed
}

/// A path that was typed and does not lead to a file is the person's; a full disk is not.
fn of_io(error: &std::io::Error) -> Exit {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::IsADirectory => {
            Exit::BadInput
        }
        _ => Exit::Failed,
    }
}

/// The checkpoint was named by the person; what it needs from elsewhere was not.
fn of_qwen3(error: &Qwen3Error) -> Exit {
    match error {
        Qwen3Error::File { source, .. } => of_io(source),
        Qwen3Error::Checkpoint { .. }
        | Qwen3Error::Tensor { .. }
        | Qwen3Error::Voice { .. }
        | Qwen3Error::Invalid { .. } => Exit::BadInput,
        Qwen3Error::Unsupported { .. } => Exit::Unsupported,
        Qwen3Error::Busy(_) => Exit::Busy,
        Qwen3Error::Cancelled => Exit::Interrupted,
        Qwen3Error::Failed(_) => Exit::Failed,
        Qwen3Error::Clip(error) => of_speech(error),
    }
}

/// What was said about a voice is the person's; the stores are the machine's.
const fn of_voices(error: &VoicesError) -> Exit {
    match error {
        VoicesError::Transcription(error) => of_speech(error),
        VoicesError::Package(PackageError::Io(_))
        | VoicesError::Database(_)
        | VoicesError::Blobs(_)
        | VoicesError::Encode(_)
        | VoicesError::Corrupt(_) => Exit::Failed,
        _ => Exit::BadInput,
    }
}

/// A name that was typed is the person's; what no source has is missing.
fn of_model(error: &ModelError) -> Exit {
    match error {
        ModelError::File { source, .. } => of_io(source),
        ModelError::Invalid { .. } | ModelError::Unknown { .. } => Exit::BadInput,
        ModelError::Hub { .. }
        | ModelError::Source { .. }
        | ModelError::Sources { .. }
        | ModelError::NotInstalled { .. } => Exit::Missing,
        ModelError::DiskSpace { .. } | ModelError::Convert { .. } => Exit::Failed,
        ModelError::Cancelled => Exit::Interrupted,
    }
}

const fn of_speech(error: &SpeechError) -> Exit {
    match error {
        SpeechError::Invalid { .. } => Exit::BadInput,
        SpeechError::Unsupported { .. } => Exit::Unsupported,
        SpeechError::Unavailable { .. } => Exit::Missing,
        SpeechError::Busy { .. } => Exit::Busy,
        SpeechError::Failed { .. } => Exit::Failed,
        SpeechError::Cancelled => Exit::Interrupted,
    }
}
