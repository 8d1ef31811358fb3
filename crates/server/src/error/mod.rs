//! Every way in which a request can fail, and the one table from there to code and status.

mod answer;

use std::fmt;
use std::time::Duration;

use mynah_api::{ErrorBody, ErrorCode, InvalidField};
use mynah_audio::{DecodeError, EncodeError};
use mynah_speech::SpeechError;

pub(crate) use answer::after_panic;

use crate::guard::Refusal;

/// The longest reason of a parser that is passed on, in characters: it may quote the caller.
const REASON_CHARS: usize = 200;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The caller: the body is not JSON.
    #[error("the body is not JSON: {0}")]
    Json(serde_json::Error),
    /// The caller: the body is JSON, but no object.
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// The caller: the body is not a form.
    #[error("the body is not a well-formed multipart form: {0}")]
    Multipart(String),
    /// The caller: the body broke off.
    #[error("the body could not be read to its end")]
    Body,
    /// The caller: a required field is not there.
    #[error("the field `{0}` is missing")]
    Missing(&'static str),
    /// The caller: a field is malformed or out of range.
    #[error("{message}")]
    Invalid {
        /// Which field.
        param: &'static str,
        /// What is wrong, and what is right.
        message: String,
    },
    /// The caller: a field asks for what is not done here.
    #[error("{message}")]
    Unsupported {
        /// Which field.
        param: &'static str,
        /// What cannot be done, and what can.
        message: String,
    },
    /// The caller: reference audio without the consent of its speaker.
    #[error(
        "`ref_audio` is somebody's voice; send `consent` with it: {{\"speaker\": who speaks, \
         \"statement\": what they agreed to, in their words}}"
    )]
    Consent,
    /// The caller: no model has this name.
    #[error("there is no model of this name that does this; there are: {0}")]
    Model(String),
    /// The caller: the body is larger than is taken.
    #[error("the body is larger than the {0} bytes that are accepted")]
    TooLarge(usize),
    /// The caller: the body came too slowly.
    #[error("the body did not arrive within {} seconds", .0.as_secs())]
    TooSlow(Duration),
    /// The caller: the wrong Content-Type.
    #[error("send the body as {0}")]
    MediaType(&'static str),
    /// The caller: the upload is no sound, or too much of it.
    #[error("{0}")]
    Decode(#[from] DecodeError),
    /// The caller: more than one Host.
    #[error("a request has one Host header; send one")]
    TwoHosts,
    /// The caller: a Host that is not ours.
    #[error(
        "this server does not answer to the Host that was sent; add it to the setting `server.hosts`"
    )]
    Host,
    /// The caller: a page of another origin.
    #[error(
        "pages of this origin may not send requests here; add it to the setting `server.origins`"
    )]
    Origin,
    /// The caller: no such path.
    #[error("there is nothing at this path; /docs lists what there is")]
    NotFound,
    /// The caller: not with this method.
    #[error("this path does not take this method")]
    Method,
    /// The caller: no key, or more than their share.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Everybody together: the queue is full.
    #[error("the queue is full; come again after as long as Retry-After says")]
    Full(Duration),
    /// The caller, or everybody together: too many bytes are arriving.
    #[error(
        "more bytes of bodies are arriving than there is room for; come again after as long as \
         Retry-After says"
    )]
    Arriving(Duration),
    /// An engine: see the table of codes.
    #[error(transparent)]
    Speech(#[from] SpeechError),
    /// The machine: an encoder is missing or broke.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// Nobody's request: a bug of ours, or a thread that could not be had.
    #[error("something broke here; the log has it under the request id")]
    Internal(String),
}

impl ApiError {
    /// An unexpected failure. The reason goes to the log and not to the caller.
    pub(crate) fn internal(reason: impl fmt::Display) -> Self {
        Self::Internal(reason.to_string())
    }

    /// The table. Its right-hand side holds the status as well.
    pub(crate) const fn code(&self) -> ErrorCode {
        match self {
            Self::Json(_) | Self::NotAnObject => ErrorCode::InvalidJson,
            Self::Multipart(_) => ErrorCode::InvalidMultipart,
            Self::Body | Self::TwoHosts => ErrorCode::BadRequest,
            Self::Missing(_) => ErrorCode::MissingField,
            Self::Invalid { .. } | Self::Speech(SpeechError::Invalid { .. }) => {
                ErrorCode::InvalidValue
            }
            Self::Unsupported { .. } | Self::Speech(SpeechError::Unsupported { .. }) => {
                ErrorCode::Unsupported
            }
            Self::Consent => ErrorCode::ConsentRequired,
            Self::Model(_) => ErrorCode::ModelNotFound,
            Self::TooLarge(_) | Self::Decode(DecodeError::TooManyBytes { .. }) => {
                ErrorCode::BodyTooLarge
            }
            Self::TooSlow(_) => ErrorCode::RequestTimeout,
            Self::MediaType(_) => ErrorCode::UnsupportedMediaType,
            // Only a client that has left cancels.
            Self::Decode(DecodeError::Cancelled) => ErrorCode::Internal,
            Self::Decode(DecodeError::TooLong { .. } | DecodeError::TooMuchMemory { .. }) => {
                ErrorCode::AudioTooLong
            }
            Self::Decode(DecodeError::Busy) => ErrorCode::Overloaded,
            Self::Decode(DecodeError::NoTrack { .. }) => ErrorCode::Unsupported,
            Self::Decode(_) => ErrorCode::InvalidAudio,
            Self::Host => ErrorCode::HostNotAllowed,
            Self::Origin => ErrorCode::OriginNotAllowed,
            Self::NotFound => ErrorCode::NotFound,
            Self::Method => ErrorCode::MethodNotAllowed,
            Self::Refused(refusal) => refusal.code,
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

    /// The field at fault.
    fn param(&self) -> Option<&'static str> {
        match self {
            Self::Missing(param)
            | Self::Invalid { param, .. }
            | Self::Unsupported { param, .. }
            | Self::Speech(
                SpeechError::Invalid { param, .. } | SpeechError::Unsupported { param, .. },
            ) => Some(match *param {
                // Engines are chosen by `model` here.
                "engine" => "model",
                param => param,
            }),
            Self::Consent => Some("consent"),
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

    /// When to come again.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Full(wait) | Self::Arriving(wait) => Some(*wait),
            Self::Refused(refusal) => refusal.retry_after,
            Self::Speech(SpeechError::Busy { .. }) | Self::Decode(DecodeError::Busy) => {
                Some(Duration::from_secs(1))
            }
            _ => None,
        }
    }

    /// What the caller is told.
    pub(crate) fn body(&self) -> ErrorBody {
        let code = self.code();
        let message = match (code, self) {
            // What broke inside is for the log.
            (ErrorCode::Internal, _) => Self::Internal(String::new()).to_string(),
            (_, Self::Speech(SpeechError::Failed { engine, .. })) => {
                format!("{engine} failed at its work; try again, or take another voice")
            }
            _ => self.to_string(),
        };
        let body = ErrorBody::new(code, message);
        match self.param() {
            Some(param) => body.blaming(param),
            None => body,
        }
    }

    /// Writes to the log what the caller is not told.
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

impl From<InvalidField> for ApiError {
    fn from(field: InvalidField) -> Self {
        match field {
            InvalidField::NotAnObject => Self::NotAnObject,
            InvalidField::Missing(param) => Self::Missing(param),
            InvalidField::Wrong { param, reason } => {
                let reason: String = reason.chars().take(REASON_CHARS).collect();
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
    fn no_internals_reach_a_caller() {
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
    fn a_quoting_parser_is_cut_short() {
        let reason = "x".repeat(1_000_000);
        let error = ApiError::from(InvalidField::Wrong {
            param: "speed",
            reason,
        });
        assert!(error.body().error.message.len() < 300);
    }

    #[test]
    fn engines_are_models_here() {
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
