//! The request's way: form → sound → segments → text in the shape that was asked for.

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use mynah_api::{
    ErrorBody, TranscriptionBody, TranscriptionEvent, TranscriptionForm, TranscriptionTask,
    TranslationForm,
};

use super::answer;
use super::hearing::Hearing;
use super::order::Order;
use crate::error::ApiError;
use crate::guard::Principal;
use crate::header;
use crate::intake;
use crate::state::AppState;

/// The longest text of one field, in bytes.
const FIELD_BYTES: usize = 16 << 10;

/// Write down what is said in a file.
///
/// Silence gives an empty text. With `stream` the segments come as events while the file is heard.
#[utoipa::path(
    post,
    path = "/v1/audio/transcriptions",
    operation_id = "createTranscription",
    tag = "transcription",
    security((), ("key" = [])),
    request_body(content = TranscriptionForm, content_type = "multipart/form-data"),
    responses(
        (
            status = 200,
            description = "The transcript in the shape that was asked for.",
            content(
                (TranscriptionBody = "application/json"),
                (String = "text/plain"),
                (String = "application/x-subrip"),
                (String = "text/vtt"),
                (TranscriptionEvent = "text/event-stream"),
            ),
            headers(
                ("mynah-engine" = String, description = "The engine that listened."),
                ("mynah-ignored" = String, description = "The fields that changed nothing, parted by commas; absent where all were heeded."),
                ("mynah-warnings" = String, description = "What of the upload was left out, parted by semicolons; absent where nothing was."),
                ("x-request-id" = String, description = "The name of this request in the log."),
            ),
        ),
        (status = "4XX", description = "The request cannot be served as it is; see `error.code`.", body = ErrorBody),
        (status = "5XX", description = "Something is missing or broken here; see `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn transcriptions(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<Response, ApiError> {
    hear(&state, &principal, request, TranscriptionTask::Transcribe).await
}

/// Write down in English what is said in a file.
#[utoipa::path(
    post,
    path = "/v1/audio/translations",
    operation_id = "createTranslation",
    tag = "transcription",
    security((), ("key" = [])),
    request_body(content = TranslationForm, content_type = "multipart/form-data"),
    responses(
        (
            status = 200,
            description = "The transcript in the shape that was asked for.",
            content(
                (TranscriptionBody = "application/json"),
                (String = "text/plain"),
                (String = "application/x-subrip"),
                (String = "text/vtt"),
            ),
            headers(
                ("mynah-engine" = String, description = "The engine that listened."),
                ("mynah-ignored" = String, description = "The fields that changed nothing, parted by commas; absent where all were heeded."),
                ("mynah-warnings" = String, description = "What of the upload was left out, parted by semicolons; absent where nothing was."),
                ("x-request-id" = String, description = "The name of this request in the log."),
            ),
        ),
        (status = "4XX", description = "The request cannot be served as it is; see `error.code`.", body = ErrorBody),
        (status = "5XX", description = "Something is missing or broken here; see `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn translations(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<Response, ApiError> {
    hear(&state, &principal, request, TranscriptionTask::Translate).await
}

async fn hear(
    state: &AppState,
    principal: &Principal,
    request: Request,
    task: TranscriptionTask,
) -> Result<Response, ApiError> {
    principal.may_use_sound()?;
    let limits = &state.settings.limits;
    let arrival = state.arriving.begin(principal.caller());
    let upload = ("file", limits.upload_bytes, FIELD_BYTES);
    let form = intake::form(request, limits, upload, &arrival).await?;
    let subtitles = state.interpreter.settings().subtitles;
    let mut order = Order::new(form, &state.settings, subtitles)?;
    if order.stream && task == TranscriptionTask::Translate {
        let message = "translations do not stream; leave `stream` out".into();
        return Err(ApiError::Unsupported {
            param: "stream",
            message,
        });
    }
    // A place is taken when the body is there: from now on it counts here and not as arriving.
    let uploads = state.uploads.for_client(principal.party());
    let place = uploads.enter().map_err(ApiError::Full)?;
    drop(arrival);
    let work = place.work().await;
    let hearing = Hearing::begin(state, &mut order, task, principal, work).await?;
    let engines = hearing.engines.clone();
    let warnings = hearing.warnings.clone();
    let mut response = if order.stream {
        answer::events(hearing).await?
    } else {
        answer::whole(hearing, &order, task).await?
    };
    header::insert(response.headers_mut(), header::ENGINE, engines);
    header::ignored(response.headers_mut(), &order.ignored);
    header::warnings(response.headers_mut(), &warnings);
    Ok(response)
}
