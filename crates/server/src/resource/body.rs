//! Bodies that are JSON objects, and objects in the fields of forms.

use axum::body::Bytes;
use axum::extract::Request;
use mynah_auth::Principal;
use serde::de::DeserializeOwned;

use crate::error::{ApiError, MAX_REASON_CHARS};
use crate::state::AppState;
use crate::{intake, json};

/// The body of a request that is JSON.
pub(crate) async fn json(
    state: &AppState,
    principal: &Principal,
    request: Request,
    max_bytes: usize,
) -> Result<Bytes, ApiError> {
    let limits = &state.settings.limits;
    let arrival = state.arriving.begin(principal.caller());
    intake::json(request, limits, max_bytes, &arrival).await
}

/// A JSON object whose unknown fields are an error.
pub(crate) fn object<T: DeserializeOwned>(body: &Bytes) -> Result<T, ApiError> {
    let value = json::read(body).map_err(ApiError::Json)?;
    if !value.is_object() {
        return Err(ApiError::NotAnObject);
    }
    serde_json::from_value(value).map_err(|error| field_error("body", &error))
}

/// A JSON object in the field of a form.
pub(crate) fn field<T: DeserializeOwned>(param: &'static str, text: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(text).map_err(|error| field_error(param, &error))
}

fn field_error(param: &'static str, error: &serde_json::Error) -> ApiError {
    // It may quote the request.
    let message: String = error.to_string().chars().take(MAX_REASON_CHARS).collect();
    match message.starts_with("unknown field") {
        true => ApiError::UnknownField(message),
        false => ApiError::invalid(param, format!("`{param}` cannot be read: {message}")),
    }
}
