//! All errors of a request, and the one table from an error to its code and status.

use std::fmt;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use mynah_api::{ErrorBody, ErrorCode, InvalidField};
use mynah_audio::{DecodeError, EncodeError};
use mynah_auth::{AudioBudgetExceeded, AuthError};
use mynah_http::{ErrorResponse, INTERNAL_ERROR_MESSAGE, auth_error_code};
use mynah_speech::SpeechError;
use mynah_speech::recording::InvalidRecording;
use mynah_voices::{PackageError, VoicesError};

/// The longest reason of a parser that is sent, in characters: it may quote the request.
pub(crate) const MAX_REASON_CHARS: usize = 200;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The client: the body is not JSON.
    #[error("the body is not JSON: {0}")]
    Json(serde_json::Error),
    /// The client: the body is JSON, but not an object.
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// The client: the body is not a form.
    #[error("the body is not a well-formed multipart form: {0}")]
    Multipart(String),
    /// The client: the body is incomplete.
    #[error("the body could not be read to its end")]
    Body,
    /// The client: a required field is missing.
    #[error("the field `{0}` is missing")]
    Missing(&'static str),
    /// The client: a field is malformed or out of range.
    #[error("{message}")]
    Invalid {
        /// Which field.
        param: &'static str,
        /// What is wrong, and what is valid.
        message: String,
    },
    /// The client: a value that this server or engine does not support.
    #[error("{message}")]
    Unsupported {
        /// Which field.
        param: &'static str,
        /// What is not supported, and what is.
        message: String,
    },
    /// The client: reference audio without the consent of its speaker.
    #[error(
        "`ref_audio` needs the consent of its speaker; send `consent` with it: {{\"speaker\": the \
         speaker's name, \"statement\": the consent in the speaker's words}}"
    )]
    Consent,
    /// The client: no model has this name.
    #[error("no model of this name does this; there are: {0}")]
    Model(String),
    /// The client: it may not have models fetched.
    #[error(
        "models are fetched for clients on this machine alone; run `mynah models pull` there, or set models.allow_pull"
    )]
    PullNotAllowed,
    /// The client: the body is too large.
    #[error("the body is larger than the {0} bytes that are accepted")]
    TooLarge(usize),
    /// The client: the body arrived too slowly.
    #[error("the body did not arrive within {} seconds", .0.as_secs())]
    TooSlow(Duration),
    /// The client: the wrong Content-Type.
    #[error("send the body as {0}")]
    MediaType(&'static str),
    /// The client: the upload is not audio, or is too long.
    #[error("{0}")]
    Decode(#[from] DecodeError),
    /// The client: no such path.
    #[error("no resource has this path; /docs lists all paths")]
    NotFound,
    /// The client: the path does not support the method.
    #[error("this path does not support this method")]
    Method,
    /// The client: no valid key, or more requests or audio than one client may use.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// All clients together: the queue is full.
    #[error("the queue is full; retry after the time in Retry-After")]
    Full(Duration),
    /// The client, or all clients together: too many bytes are arriving.
    #[error("too many bytes of request bodies are arriving; retry after the time in Retry-After")]
    Arriving(Duration),
    /// A kept voice: see the table of codes.
    #[error(transparent)]
    Voices(VoicesError),
    /// The client: a field that is unknown here.
    #[error("{0}")]
    UnknownField(String),
    /// An engine: see the table of codes.
    #[error(transparent)]
    Speech(#[from] SpeechError),
    /// The machine: an encoder is missing or failed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The server: a defect, or a thread that could not be started.
    #[error("{INTERNAL_ERROR_MESSAGE}")]
    Internal(String),
}

impl ApiError {
    /// An unexpected failure. The reason is logged and not sent.
    pub(crate) fn internal(reason: impl fmt::Display) -> Self {
        Self::Internal(reason.to_string())
    }

    /// A field that is malformed or out of range.
    pub(crate) fn invalid(param: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            param,
            message: message.into(),
        }
    }

    /// The table. A code has its status.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Json(_) | Self::NotAnObject => ErrorCode::InvalidJson,
            Self::Multipart(_) => ErrorCode::InvalidMultipart,
            Self::Body => ErrorCode::BadRequest,
            Self::Missing(_) => ErrorCode::MissingField,
            Self::Speech(SpeechError::Invalid {
                param: "markup", ..
            }) => ErrorCode::MarkupInvalid,
            Self::Invalid { .. } | Self::Speech(SpeechError::Invalid { .. }) => {
                ErrorCode::InvalidValue
            }
            Self::Unsupported { .. } | Self::Speech(SpeechError::Unsupported { .. }) => {
                ErrorCode::Unsupported
            }
            Self::Consent => ErrorCode::ConsentRequired,
            Self::UnknownField(_) => ErrorCode::UnknownField,
            Self::Voices(error) => voices_error_code(error),
            Self::Model(_) => ErrorCode::ModelNotFound,
            Self::PullNotAllowed => ErrorCode::PullNotAllowed,
            Self::TooLarge(_) | Self::Decode(DecodeError::TooManyBytes { .. }) => {
                ErrorCode::BodyTooLarge
            }
            Self::TooSlow(_) => ErrorCode::RequestTimeout,
            Self::MediaType(_) => ErrorCode::UnsupportedMediaType,
            // Cancelled only after the client has disconnected.
            Self::Decode(DecodeError::Cancelled) => ErrorCode::Internal,
            Self::Decode(DecodeError::TooLong { .. } | DecodeError::TooMuchMemory { .. }) => {
                ErrorCode::AudioTooLong
            }
            Self::Decode(DecodeError::Busy) => ErrorCode::Overloaded,
            Self::Decode(DecodeError::NoTrack { .. }) => ErrorCode::Unsupported,
            Self::Decode(_) => ErrorCode::InvalidAudio,
            Self::NotFound => ErrorCode::NotFound,
            Self::Method => ErrorCode::MethodNotAllowed,
            Self::Auth(error) => auth_error_code(error),
            Self::Full(_) | Self::Arriving(_) | Self::Speech(SpeechError::Busy { .. }) => {
                ErrorCode::Overloaded
            }
            Self::Speech(SpeechError::Unavailable { .. })
            | Self::Encode(EncodeError::NotBuilt { .. } | EncodeError::Missing { .. }) => {
                ErrorCode::EngineUnavailable
            }
            Self::Speech(SpeechError::Failed { .. }) => ErrorCode::EngineFailed,
            Self::Speech(SpeechError::Cancelled) | Self::Encode(_) | Self::Internal(_) => {
                ErrorCode::Internal
            }
        }
    }

    /// The field that is at fault.
    fn param(&self) -> Option<&'static str> {
        match self {
            Self::Missing(param)
            | Self::Invalid { param, .. }
            | Self::Unsupported { param, .. }
            | Self::Speech(
                SpeechError::Invalid { param, .. } | SpeechError::Unsupported { param, .. },
            ) => Some(match *param {
                // The API selects engines by `model`.
                "engine" => "model",
                "markup" => "input",
                param => param,
            }),
            Self::Consent | Self::Voices(VoicesError::Consent(_)) => Some("consent"),
            Self::Voices(VoicesError::Name(_) | VoicesError::NameTaken) => Some("name"),
            Self::Voices(VoicesError::Style(_)) => Some("style"),
            Self::Voices(VoicesError::Recording(_)) => Some("audio"),
            Self::Voices(VoicesError::Field { field, .. }) => Some(field),
            Self::Model(_) => Some("model"),
            Self::Decode(DecodeError::NoTrack { .. }) => Some("track"),
            Self::Decode(DecodeError::Busy) => None,
            Self::Decode(_) => Some("file"),
            Self::Encode(EncodeError::NotBuilt { .. } | EncodeError::Missing { .. }) => {
                Some("response_format")
            }
            _ => None,
        }
    }

    /// When to retry.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Full(wait) | Self::Arriving(wait) => Some(*wait),
            Self::Auth(error) => error.retry_after(),
            Self::Speech(SpeechError::Busy { .. }) | Self::Decode(DecodeError::Busy) => {
                Some(Duration::from_secs(1))
            }
            _ => None,
        }
    }

    /// The body of the response.
    pub(crate) fn body(&self) -> ErrorBody {
        let code = self.code();
        let message = match (code, self) {
            // Internal reasons are logged and not sent.
            (ErrorCode::Internal, _) => Self::Internal(String::new()).to_string(),
            (_, Self::Speech(SpeechError::Failed { engine, .. })) => {
                format!("{engine} failed; retry, or take another voice")
            }
            _ => self.to_string(),
        };
        let body = ErrorBody::new(code, message);
        match self.param() {
            Some(param) => body.blaming(param),
            None => body,
        }
    }

    /// Logs what is not sent to the client.
    pub(crate) fn log(&self) {
        let code = self.code();
        if code.status() >= 500 {
            let reason = match self {
                Self::Internal(reason) => reason.clone(),
                other => other.to_string(),
            };
            tracing::error!(event = crate::event::FAILED, code = code.as_str(), reason);
        }
    }
}

/// The code of an error of kept voices.
const fn voices_error_code(error: &VoicesError) -> ErrorCode {
    match error {
        VoicesError::Name(_) | VoicesError::Field { .. } | VoicesError::Style(_) => {
            ErrorCode::InvalidValue
        }
        VoicesError::NameTaken => ErrorCode::NameTaken,
        VoicesError::NotFound => ErrorCode::VoiceNotFound,
        VoicesError::NoSuchPrompt => ErrorCode::PromptNotFound,
        VoicesError::NoSuchClip => ErrorCode::ClipNotFound,
        VoicesError::TooManyTakes(_) => ErrorCode::TooManyTakes,
        VoicesError::TakeTooLarge(_) => ErrorCode::TakeTooLarge,
        VoicesError::NoSuchStyle => ErrorCode::StyleNotFound,
        VoicesError::PromptInUse => ErrorCode::InUse,
        VoicesError::TooManyPrompts(_) => ErrorCode::TooManyPrompts,
        VoicesError::TooManyStyles(_) => ErrorCode::TooManyStyles,
        VoicesError::VersionMismatch(_) => ErrorCode::VersionMismatch,
        VoicesError::TooManyVoices(_) => ErrorCode::TooManyVoices,
        VoicesError::Consent(_) | VoicesError::NoConsent => ErrorCode::ConsentRequired,
        VoicesError::IdTaken(_) => ErrorCode::IdTaken,
        VoicesError::Package(error) => package_error_code(error),
        VoicesError::Recording(error) => match error {
            InvalidRecording::Undecodable(_) => ErrorCode::InvalidAudio,
            InvalidRecording::FileTooLong { .. } | InvalidRecording::TooLong { .. } => {
                ErrorCode::AudioTooLong
            }
            InvalidRecording::NoSpeech { .. } => ErrorCode::NoSpeech,
            InvalidRecording::TooShort { .. } => ErrorCode::AudioTooShort,
            InvalidRecording::Clipped { .. } => ErrorCode::AudioClipped,
        },
        VoicesError::Transcription(_) => ErrorCode::EngineFailed,
        VoicesError::Database(error) if error.is_transient() => ErrorCode::StoreUnavailable,
        VoicesError::Blobs(error) if error.is_transient() => ErrorCode::StoreUnavailable,
        VoicesError::Database(_)
        | VoicesError::Blobs(_)
        | VoicesError::Encode(_)
        | VoicesError::Corrupt(_) => ErrorCode::Internal,
    }
}

/// The code of an error of packages.
const fn package_error_code(error: &PackageError) -> ErrorCode {
    match error {
        PackageError::Damaged(_) => ErrorCode::PackageDamaged,
        PackageError::Pickle(_) => ErrorCode::PackagePickle,
        PackageError::Entry { .. } => ErrorCode::PackageEntryInvalid,
        PackageError::Missing(_) => ErrorCode::PackageEntryMissing,
        PackageError::Unexpected(_) => ErrorCode::PackageEntryUnexpected,
        PackageError::Checksum(_) => ErrorCode::PackageChecksumMismatch,
        PackageError::Limit { .. } => ErrorCode::PackageTooLarge,
        PackageError::Version(_) => ErrorCode::PackageVersionUnsupported,
        PackageError::Document { .. } => ErrorCode::PackageDocumentInvalid,
        PackageError::Recording { .. } => ErrorCode::PackageRecordingInvalid,
        PackageError::Io(_) => ErrorCode::Internal,
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        ErrorResponse::with_body(self.body())
            .retry_after(self.retry_after())
            .into_response()
    }
}

impl From<AudioBudgetExceeded> for ApiError {
    fn from(exceeded: AudioBudgetExceeded) -> Self {
        Self::Auth(exceeded.into())
    }
}

impl From<VoicesError> for ApiError {
    fn from(error: VoicesError) -> Self {
        match error {
            VoicesError::Transcription(error) => Self::Speech(error),
            error => Self::Voices(error),
        }
    }
}

impl From<InvalidField> for ApiError {
    fn from(field: InvalidField) -> Self {
        match field {
            InvalidField::NotAnObject => Self::NotAnObject,
            InvalidField::Missing(param) => Self::Missing(param),
            InvalidField::Wrong { param, reason } => {
                let reason: String = reason.chars().take(MAX_REASON_CHARS).collect();
                Self::Invalid {
                    param,
                    message: format!("`{param}` cannot be read: {reason}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use mynah_speech::EngineId;

    use super::*;

    #[test]
    fn no_internals_reach_a_client() {
        let engine = EngineId::new("tone");
        for error in [
            ApiError::internal("secret"),
            ApiError::Speech(SpeechError::Failed {
                engine,
                reason: "secret".into(),
            }),
            ApiError::Encode(EncodeError::Codec {
                format: mynah_audio::Format::Aac,
                reason: "secret".into(),
            }),
        ] {
            assert_eq!(error.code().status(), 500);
            assert!(!error.body().error.message.contains("secret"), "{error:?}");
        }
    }

    #[test]
    fn errors_of_packages_have_the_codes_of_their_format() {
        let (text, path) = (String::new, || "voice.json".to_owned());
        for error in [
            PackageError::Damaged(text()),
            PackageError::Pickle(text()),
            PackageError::Entry {
                path: path(),
                rule: "is encrypted",
            },
            PackageError::Missing(path()),
            PackageError::Unexpected(path()),
            PackageError::Checksum(path()),
            PackageError::Limit {
                limit: 1,
                unit: "entries",
            },
            PackageError::Version(3),
            PackageError::document("voice.json", "x"),
            PackageError::Recording {
                path: path(),
                reason: text(),
            },
        ] {
            assert_eq!(package_error_code(&error).as_str(), error.code());
        }
    }

    #[test]
    fn reasons_of_parsers_are_cut() {
        let reason = "x".repeat(1_000_000);
        let error = ApiError::from(InvalidField::Wrong {
            param: "speed",
            reason,
        });
        assert!(error.body().error.message.len() < 300);
    }

    #[test]
    fn engines_are_reported_as_models() {
        let error = SpeechError::Invalid {
            param: "engine",
            message: "No.".into(),
        };
        assert_eq!(
            ApiError::from(error).body().error.param.as_deref(),
            Some("model")
        );
    }
}
