//! The request's way: body → order → plan → place in the queue → first sound → answer.

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::response::Response;
use mynah_api::{AudioBytes, ErrorBody, SpeechBody, SpeechEvent, SpeechForm, StreamFormat};

use super::answer;
use super::order::Order;
use super::sent::Sent;
use super::take::{Beginning, Take};
use crate::blocking::holding;
use crate::error::ApiError;
use crate::guard::Principal;
use crate::header;
use crate::state::AppState;

/// Speak a text.
///
/// The sound streams in every format and at every speed. The status is sent with the first sound:
/// what fails before is an HTTP error; what fails after cuts the connection, or with
/// `stream_format: sse` ends the stream with `speech.audio.error`. A form can carry reference audio
/// as an upload; all else is as in JSON.
#[utoipa::path(
    post,
    path = "/v1/audio/speech",
    operation_id = "createSpeech",
    tag = "speech",
    security((), ("key" = [])),
    request_body(content((SpeechBody = "application/json"), (SpeechForm = "multipart/form-data"))),
    responses(
        (
            status = 200,
            description = "The sound, in the format that was asked for, or its events.",
            content(
                (AudioBytes = "audio/mpeg"),
                (AudioBytes = "audio/ogg"),
                (AudioBytes = "audio/aac"),
                (AudioBytes = "audio/flac"),
                (AudioBytes = "audio/wav"),
                (AudioBytes = "audio/pcm"),
                (SpeechEvent = "text/event-stream"),
            ),
            headers(
                ("mynah-engine" = String, description = "The engine that spoke."),
                ("mynah-voice" = String, description = "The voice that spoke, by its full id."),
                ("mynah-ignored" = String, description = "The fields that changed nothing, parted by commas, and as `input[31..37]` the bytes of words that the voice of an alias cannot speak; absent where all had an effect."),
                ("mynah-synthetic" = String, description = "`1`: a machine made this sound. Files say it in their own metadata as well."),
                ("server-timing" = String, description = "Milliseconds: `queue` waiting for an engine, `first-audio` from the start of the work to the first sound, `encode` for its encoding."),
                ("x-request-id" = String, description = "The name of this request in the log."),
            ),
        ),
        (status = "4XX", description = "The request cannot be served as it is; see `error.code`.", body = ErrorBody),
        (status = "5XX", description = "Something is missing or broken here; see `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn speech(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<Response, ApiError> {
    principal.may_use_sound()?;
    let limits = &state.settings.limits;
    let arrival = state.arriving.begin(principal.caller());
    let uploads = state.uploads.for_client(principal.party());
    let sent = Sent::read(request, limits, &uploads, &arrival).await?;
    let mut order = Order::new(sent, &state.settings)?;
    let most = limits.reference_bytes;
    let place = order.fetch(&state.remote, &uploads, &arrival, most).await?;
    let (format, stream) = (order.format, order.stream);

    let synthesis = state.synthesis.for_client(principal.party());
    let planning = synthesis.clone();
    let held = (arrival, place);
    let (planned, held) = holding(held, move |_| order.plan(&planning)).await?;
    let (plan, ignored) = planned?;
    let permit = synthesis
        .admit()
        .map_err(|full| ApiError::Full(full.retry_after))?;
    drop(held);
    let chars = plan.chars();
    let engine = plan.engine();
    let voice = plan.voice().id.to_string();

    let take = Take::begin(&synthesis, plan, permit, format, principal);
    let (take, first, beginning) = take.await?;
    let mut response = match stream {
        StreamFormat::Audio => answer::audio(take, first, format),
        StreamFormat::Sse => answer::events(take, first, chars),
    };
    let headers = response.headers_mut();
    headers.insert(header::ENGINE, HeaderValue::from_static(engine.as_str()));
    header::insert(headers, header::VOICE, voice);
    headers.insert(header::SYNTHETIC, HeaderValue::from_static("1"));
    headers.insert(header::SERVER_TIMING, timing(beginning));
    header::ignored(headers, &ignored);
    Ok(response)
}

/// W3C Server Timing, in milliseconds.
fn timing(beginning: Beginning) -> HeaderValue {
    let Beginning {
        queue,
        first_audio,
        encode,
    } = beginning;
    let [queue, first_audio, encode] =
        [queue, first_audio, encode].map(|time| time.as_secs_f64() * 1000.0);
    let timing =
        format!("queue;dur={queue:.1}, first-audio;dur={first_audio:.1}, encode;dur={encode:.1}");
    HeaderValue::try_from(timing).unwrap_or(HeaderValue::from_static(""))
}
