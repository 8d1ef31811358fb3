//! The handlers: form → audio → segments → text in the requested format.

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use mynah_api::{
    ErrorBody, TranscriptionBody, TranscriptionEvent, TranscriptionForm, TranscriptionTask,
    TranslationForm,
};

use super::response_body;
use super::upload_transcription::UploadTranscription;
use super::validated_request::ValidatedTranscriptionRequest;
use crate::error::ApiError;
use crate::header;
use crate::intake;
use crate::state::AppState;
use mynah_auth::Principal;

/// The longest text of one field, in bytes.
const MAX_FIELD_BYTES: usize = 16 << 10;

/// Transcribe an audio file.
///
/// Silence gives an empty text. With `stream` the segments are sent as events while the file is
/// recognized.
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
            description = "The transcript in the requested format.",
            content(
                (TranscriptionBody = "application/json"),
                (String = "text/plain"),
                (String = "application/x-subrip"),
                (String = "text/vtt"),
                (TranscriptionEvent = "text/event-stream"),
            ),
            headers(
                ("mynah-engine" = String, description = "The engine."),
                ("mynah-ignored" = String, description = "The fields that had no effect, separated by commas; absent if all had an effect."),
                ("mynah-warnings" = String, description = "What of the upload was left out, separated by semicolons; absent if nothing was."),
                ("x-request-id" = String, description = "The id of this request in the log."),
            ),
        ),
        (status = "4XX", description = "The request is invalid or exceeds a limit; see `error.code`.", body = ErrorBody),
        (status = "5XX", description = "Something is missing or broken on the server; see `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn transcriptions(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<Response, ApiError> {
    transcribe(&state, &principal, request, TranscriptionTask::Transcribe).await
}

/// Transcribe an audio file and translate it into English.
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
            description = "The transcript in the requested format.",
            content(
                (TranscriptionBody = "application/json"),
                (String = "text/plain"),
                (String = "application/x-subrip"),
                (String = "text/vtt"),
            ),
            headers(
                ("mynah-engine" = String, description = "The engine."),
                ("mynah-ignored" = String, description = "The fields that had no effect, separated by commas; absent if all had an effect."),
                ("mynah-warnings" = String, description = "What of the upload was left out, separated by semicolons; absent if nothing was."),
                ("x-request-id" = String, description = "The id of this request in the log."),
            ),
        ),
        (status = "4XX", description = "The request is invalid or exceeds a limit; see `error.code`.", body = ErrorBody),
        (status = "5XX", description = "Something is missing or broken on the server; see `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn translations(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<Response, ApiError> {
    transcribe(&state, &principal, request, TranscriptionTask::Translate).await
}

async fn transcribe(
    state: &AppState,
    principal: &Principal,
    request: Request,
    task: TranscriptionTask,
) -> Result<Response, ApiError> {
    principal.check_audio_budget()?;
    let limits = &state.settings.limits;
    let arrival = state.arriving.begin(principal.caller());
    let upload = ("file", limits.upload_bytes, MAX_FIELD_BYTES);
    let form = intake::form(request, limits, upload, &arrival).await?;
    let subtitles = state.interpreter.settings().subtitles;
    let mut validated = ValidatedTranscriptionRequest::new(form, &state.settings, subtitles)?;
    if validated.stream && task == TranscriptionTask::Translate {
        let message = "translations do not stream; leave `stream` out".into();
        return Err(ApiError::Unsupported {
            param: "stream",
            message,
        });
    }
    // Acquired once the body has arrived: from now on it counts here and not as arriving.
    let uploads = state.uploads.for_client(principal.client_key());
    let slot = uploads.try_acquire().map_err(ApiError::Full)?;
    drop(arrival);
    let running = slot.start().await;
    let transcription =
        UploadTranscription::start(state, &mut validated, task, principal, running).await?;
    let engines = transcription.engines.clone();
    let warnings = transcription.warnings.clone();
    let mut response = if validated.stream {
        response_body::events(transcription).await?
    } else {
        response_body::complete(transcription, &validated, task).await?
    };
    header::insert(response.headers_mut(), header::ENGINE, engines);
    header::ignored(response.headers_mut(), &validated.ignored);
    header::warnings(response.headers_mut(), &warnings);
    Ok(response)
}
