//! Error responses in the shape of OpenAI's API.

use std::any::Any;
use std::time::Duration;

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use mynah_api::{ErrorBody, ErrorCode};
use mynah_auth::AuthError;

use crate::{event, metric};

/// The message of an internal error: its reason is logged and not sent.
pub const INTERNAL_ERROR_MESSAGE: &str =
    "internal error; the server's log has the reason under the request id";

/// An error response. Converting it into a response counts it in the metrics.
#[derive(Clone, Debug)]
pub struct ErrorResponse {
    body: ErrorBody,
    retry_after: Option<Duration>,
}

impl ErrorResponse {
    /// A response with a code, whose status it has, and a message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            body: ErrorBody::new(code, message),
            retry_after: None,
        }
    }

    /// A response with a body that was built elsewhere.
    pub fn with_body(body: ErrorBody) -> Self {
        Self {
            body,
            retry_after: None,
        }
    }

    /// The same, for a parameter of the request.
    #[must_use]
    pub fn for_param(self, param: impl Into<String>) -> Self {
        Self {
            body: self.body.blaming(param),
            ..self
        }
    }

    /// The same with a `Retry-After` header, in whole seconds, rounded up, at least 1.
    #[must_use]
    pub fn retry_after(self, wait: impl Into<Option<Duration>>) -> Self {
        Self {
            retry_after: wait.into(),
            ..self
        }
    }

    /// An internal error, whose reason is logged.
    pub fn internal(reason: &str) -> Self {
        let code = ErrorCode::Internal;
        tracing::error!(event = event::FAILED, code = code.as_str(), reason);
        Self::new(code, INTERNAL_ERROR_MESSAGE)
    }

    /// The code.
    pub const fn code(&self) -> ErrorCode {
        self.body.error.code
    }
}

/// The code of an authentication error.
pub const fn auth_error_code(error: &AuthError) -> ErrorCode {
    match error {
        AuthError::MissingKey => ErrorCode::MissingApiKey,
        AuthError::InvalidKey | AuthError::RevokedKey => ErrorCode::InvalidApiKey,
        AuthError::KeysUnavailable => ErrorCode::KeysUnavailable,
        AuthError::RateLimited { .. } | AuthError::AudioBudget(_) => ErrorCode::RateLimited,
    }
}

impl From<AuthError> for ErrorResponse {
    fn from(error: AuthError) -> Self {
        let (code, retry_after) = (auth_error_code(&error), error.retry_after());
        let message = error.to_string();
        if matches!(error, AuthError::KeysUnavailable) {
            tracing::error!(
                event = event::FAILED,
                code = code.as_str(),
                reason = message
            );
        }
        Self::new(code, message).retry_after(retry_after)
    }
}

/// Whole seconds, rounded up, at least 1: a client that waits that long is not refused again for
/// the same reason.
pub fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        let code = self.code();
        let status =
            StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.body)).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        metric::error(code);
        response
    }
}

/// The response to a panic in a handler. Only a static message is logged: a formatted one may quote
/// the request.
#[expect(clippy::needless_pass_by_value, reason = "the signature is tower's")]
pub(crate) fn after_panic(panic: Box<dyn Any + Send>) -> Response {
    let reason = panic.downcast_ref::<&str>().copied().unwrap_or("a panic");
    ErrorResponse::internal(reason).into_response()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use mynah_auth::AudioBudgetExceeded;

    use super::*;

    #[test]
    fn retry_after_is_in_whole_seconds() {
        for (millis, seconds) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (59_999, 60)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), seconds);
        }
    }

    #[test]
    fn authentication_errors_have_status_and_headers() {
        let wait = Duration::from_millis(6_001);
        for (error, status, retry_after) in [
            (AuthError::MissingKey, 401, None),
            (AuthError::InvalidKey, 401, None),
            (AuthError::RevokedKey, 401, None),
            (AuthError::RateLimited { retry_after: wait }, 429, Some("7")),
            (
                AuthError::AudioBudget(AudioBudgetExceeded { retry_after: wait }),
                429,
                Some("7"),
            ),
            (AuthError::KeysUnavailable, 503, Some("5")),
        ] {
            let response = ErrorResponse::from(error.clone()).into_response();
            assert_eq!(response.status(), status, "{error}");
            let header = |name| Some(response.headers().get(name)?.to_str().unwrap());
            assert_eq!(header(RETRY_AFTER), retry_after, "{error}");
            assert_eq!(header(WWW_AUTHENTICATE).is_some(), status == 401, "{error}");
        }
    }
}
