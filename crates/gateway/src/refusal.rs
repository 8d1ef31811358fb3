//! Why somebody is turned away before the upgrade, in the shape of every HTTP error.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mynah_api::{ErrorBody, ErrorCode};

use crate::admission::TooMany;
use crate::key::KeyRefusal;
use crate::metrics;

/// When to try again where all places are taken, in seconds. Sessions end when people stop
/// talking, so nobody knows when; this keeps clients from asking all the time.
const RETRY_AFTER_SECONDS: u64 = 10;

/// Why somebody is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    ShuttingDown,
    Origin,
    Key(KeyRefusal),
    NoModel,
    Model,
    TooMany(TooMany),
    NoSession,
    StoreAway,
}

impl Refusal {
    const fn code(self) -> ErrorCode {
        match self {
            Self::ShuttingDown => ErrorCode::ShuttingDown,
            Self::Origin => ErrorCode::OriginNotAllowed,
            Self::Key(KeyRefusal::Missing) => ErrorCode::MissingApiKey,
            Self::Key(KeyRefusal::Unknown) => ErrorCode::InvalidApiKey,
            Self::Key(KeyRefusal::RateLimited { .. }) | Self::TooMany(TooMany::OfThisParty) => {
                ErrorCode::RateLimited
            }
            Self::Key(KeyRefusal::Unavailable) => ErrorCode::KeysUnavailable,
            Self::NoModel => ErrorCode::MissingField,
            Self::Model => ErrorCode::InvalidValue,
            Self::TooMany(TooMany::InAll) => ErrorCode::Overloaded,
            Self::NoSession => ErrorCode::NotFound,
            Self::StoreAway => ErrorCode::StoreUnavailable,
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::ShuttingDown => "the server is about to stop; connect again",
            Self::Origin => "pages of this origin may not connect; the operator can allow it",
            Self::Key(KeyRefusal::Missing) => {
                "send a key: Authorization: Bearer KEY, or the subprotocols realtime and \
                 openai-insecure-api-key.KEY"
            }
            Self::Key(KeyRefusal::Unknown) => "the key is unknown or was revoked",
            Self::Key(KeyRefusal::RateLimited { .. }) => {
                "too many requests, or the seconds of audio are used up; wait as long as \
                 Retry-After says"
            }
            Self::Key(KeyRefusal::Unavailable) => {
                "the keys of this server cannot be read; come again"
            }
            Self::NoModel => "name a model: ?model=NAME",
            Self::Model => "the name of a model has 1 to 128 characters",
            Self::TooMany(TooMany::InAll) => "all places for live sessions are taken",
            Self::NoSession => {
                "no such session here, or not yours: send its resume token in the header \
                 mynah-resume-token"
            }
            Self::StoreAway => "the object store does not answer; try again",
            Self::TooMany(TooMany::OfThisParty) => "you have too many live sessions already",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.code();
        metrics::refused(code.as_str());
        let mut body = ErrorBody::new(code, self.message());
        if matches!(self, Self::NoModel | Self::Model) {
            body = body.blaming("model");
        }
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, Json(body)).into_response();
        match self {
            Self::TooMany(_) | Self::Key(KeyRefusal::Unavailable) => {
                let after = HeaderValue::from(RETRY_AFTER_SECONDS);
                response.headers_mut().insert(header::RETRY_AFTER, after);
            }
            Self::Key(KeyRefusal::RateLimited { retry_after }) => {
                // Whole seconds, rounded up: who waits that long is not turned away at once.
                let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
                let after = HeaderValue::from(seconds.max(1));
                response.headers_mut().insert(header::RETRY_AFTER, after);
            }
            Self::Key(KeyRefusal::Missing | KeyRefusal::Unknown) => {
                let bearer = HeaderValue::from_static("Bearer");
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, bearer);
            }
            _ => {}
        }
        response
    }
}
