//! Errors of requests before the upgrade, in the shape of every HTTP error.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use mynah_admission::LimitReached;
use mynah_api::ErrorCode;
use mynah_auth::AuthError;
use mynah_http::{ErrorResponse, auth_error_code, origin_not_allowed};

use crate::metrics;

/// When to retry while all slots are held. The end of a live session cannot be predicted; this
/// limits the rate of retries.
const SLOT_RETRY_DELAY: Duration = Duration::from_secs(10);

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RequestError {
    ShuttingDown,
    Origin,
    Auth(AuthError),
    MissingModel,
    InvalidModel,
    TooManySessions(LimitReached),
    UnknownSession,
    StoreUnavailable,
}

impl From<AuthError> for RequestError {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}

impl RequestError {
    const fn code(&self) -> ErrorCode {
        match self {
            Self::ShuttingDown => ErrorCode::ShuttingDown,
            Self::Origin => ErrorCode::OriginNotAllowed,
            Self::Auth(error) => auth_error_code(error),
            Self::MissingModel => ErrorCode::MissingField,
            Self::InvalidModel => ErrorCode::InvalidValue,
            Self::TooManySessions(LimitReached::Client) => ErrorCode::RateLimited,
            Self::TooManySessions(LimitReached::Total) => ErrorCode::Overloaded,
            Self::UnknownSession => ErrorCode::NotFound,
            Self::StoreUnavailable => ErrorCode::StoreUnavailable,
        }
    }

    fn response(self) -> ErrorResponse {
        let code = self.code();
        let new = |message: &str| ErrorResponse::new(code, message);
        match self {
            Self::ShuttingDown => new("the server is shutting down; connect again"),
            Self::Origin => origin_not_allowed(),
            Self::Auth(AuthError::MissingKey) => new(
                "this server requires a key: send `Authorization: Bearer KEY`, or the subprotocols \
                 realtime and openai-insecure-api-key.KEY",
            ),
            Self::Auth(error) => error.into(),
            Self::MissingModel => new("send the name of a model: ?model=NAME").for_param("model"),
            Self::InvalidModel => {
                new("the name of a model has 1 to 128 characters").for_param("model")
            }
            Self::TooManySessions(LimitReached::Total) => {
                new("the server has no free slot for a live session").retry_after(SLOT_RETRY_DELAY)
            }
            Self::TooManySessions(LimitReached::Client) => {
                new("too many live sessions of this client").retry_after(SLOT_RETRY_DELAY)
            }
            Self::UnknownSession => new(
                "no session has this id and resume token; send the token in the header \
                 mynah-resume-token",
            ),
            Self::StoreUnavailable => new("the object store is unavailable; retry"),
        }
    }
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        metrics::refused(self.code().as_str());
        self.response().into_response()
    }
}
