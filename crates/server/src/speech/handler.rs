//! The handler: raw request → validated request → plan → permit → first audio → response.

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::response::Response;
use mynah_api::{AudioBytes, ErrorBody, SpeechBody, SpeechEvent, SpeechForm, StreamFormat};

use super::raw_request::RawSpeechRequest;
use super::response_body;
use super::speech_response::{FirstAudioTimings, SpeechResponse, SpeechWork};
use super::validated_request::ValidatedSpeechRequest;
use crate::blocking::holding;
use crate::error::ApiError;
use crate::header;
use crate::state::AppState;
use mynah_auth::Principal;
use mynah_voices::TakeRecorder;

/// Convert text to speech.
///
/// The audio streams in every format and at every speed. The status is sent with the first audio:
/// an earlier failure is an HTTP error; a later one breaks the connection, or with
/// `stream_format: sse` ends the stream with `speech.audio.error`. A form can carry reference audio
/// as an upload; its other fields are as in JSON.
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
            description = "The audio in the requested format, or its events.",
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
                ("mynah-engine" = String, description = "The engine; where tags switch it, all in the order of the text."),
                ("mynah-voice" = String, description = "The full id of the voice; where tags switch it, all in the order of the text."),
                ("mynah-style" = String, description = "How a style was realized: `sad/medium; by=prompt; asked=sad/intense`, where `by` is `prompt`, `instruct`, `prosody` or, of `neutral`, `nothing`, and `asked` is there if another style was asked for. Where tags switch it, all in the order of the text, separated by commas. Absent without a style."),
                ("mynah-clip" = String, description = "With `keep`: the id of the clip that the speech is kept as, once the answer is complete. See `/api/v1/clips`."),
                ("mynah-ignored" = String, description = "The fields that had no effect, separated by commas, and as `input[31..37]` the bytes of words that the voice of an alias cannot speak; absent if all had an effect."),
                ("mynah-synthetic" = String, description = "`1`: the audio is synthetic. The metadata of files has this as well."),
                ("server-timing" = String, description = "Milliseconds: `queue` waiting for an engine, `first-audio` from the start of the work to the first audio, `encode` for its encoding."),
                ("x-request-id" = String, description = "The id of this request in the log."),
            ),
        ),
        (status = "4XX", description = "The request is invalid or exceeds a limit; see `error.code`.", body = ErrorBody),
        (status = "5XX", description = "Something is missing or broken on the server; see `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn speech(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<Response, ApiError> {
    principal.check_audio_budget()?;
    let limits = &state.settings.limits;
    let arrival = state.arriving.begin(principal.caller());
    let uploads = state.uploads.for_client(principal.client_key());
    let raw = RawSpeechRequest::read(request, limits, &uploads, &arrival).await?;
    let mut validated = ValidatedSpeechRequest::new(raw, &state.settings)?;
    let max_bytes = limits.reference_bytes;
    let slot = validated
        .fetch(&state.remote, &uploads, &arrival, max_bytes)
        .await?;
    let (format, stream) = (validated.format, validated.stream);
    let kept_text = validated.keep.then(|| validated.job.text.clone());

    let synthesis = state.synthesis.for_client(principal.client_key());
    let planning = synthesis.clone();
    let held = (arrival, slot);
    let (planned, held) = holding(held, move |_| validated.plan(&planning)).await?;
    let (plan, ignored) = planned?;
    let (plan, take) = match kept_text {
        Some(text) => {
            let plan = plan.with_seed()?;
            let take = TakeRecorder::new(plan.take_details(text)?).map_err(ApiError::Voices)?;
            (plan, Some(take))
        }
        None => (plan, None),
    };
    let clip = take.as_ref().map(|take| take.id().to_string());
    let permit = synthesis
        .admit()
        .map_err(|full| ApiError::Full(full.retry_after))?;
    drop(held);
    let chars = plan.chars();
    let engines: Vec<_> = plan.engines().iter().map(ToString::to_string).collect();
    let voices = plan.voice_ids();
    let styles: Vec<_> = plan.styles().iter().map(ToString::to_string).collect();

    let work = SpeechWork {
        plan,
        permit,
        format,
        take,
    };
    let speech = SpeechResponse::start(&synthesis, &state.library, work, principal);
    let (speech, first, timings) = speech.await?;
    let mut response = match stream {
        StreamFormat::Audio => response_body::audio(speech, first, format),
        StreamFormat::Sse => response_body::events(speech, first, chars),
    };
    let headers = response.headers_mut();
    header::insert(headers, header::ENGINE, engines.join(", "));
    header::insert(headers, header::VOICE, voices.join(", "));
    if !styles.is_empty() {
        header::insert(headers, header::STYLE, styles.join(", "));
    }
    if let Some(clip) = clip {
        header::insert(headers, header::CLIP, clip);
    }
    headers.insert(header::SYNTHETIC, HeaderValue::from_static("1"));
    headers.insert(header::SERVER_TIMING, server_timing(timings));
    header::ignored(headers, &ignored);
    Ok(response)
}

/// W3C Server Timing, in milliseconds.
fn server_timing(timings: FirstAudioTimings) -> HeaderValue {
    let FirstAudioTimings {
        queue,
        first_audio,
        encode,
    } = timings;
    let [queue, first_audio, encode] =
        [queue, first_audio, encode].map(|time| time.as_secs_f64() * 1000.0);
    let timing =
        format!("queue;dur={queue:.1}, first-audio;dur={first_audio:.1}, encode;dur={encode:.1}");
    HeaderValue::try_from(timing).unwrap_or(HeaderValue::from_static(""))
}
