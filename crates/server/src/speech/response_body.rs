//! The two response bodies of speech: the audio itself, and server-sent events.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{Stream, StreamExt as _, stream};
use mynah_api::{SpeechEvent, SpeechUsage};
use mynah_audio::Format;

use super::speech_response::SpeechResponse;
use crate::error::ApiError;
use crate::event;

/// The audio as the body. A failure breaks the connection before the regular end of the body, so
/// that the client's HTTP library reports an incomplete response.
pub(super) fn audio(speech: SpeechResponse, first: Bytes, format: Format) -> Response {
    let bytes = chunks(speech, first).map(|item| match item {
        Ok(Chunk::Bytes(bytes)) => Ok(bytes),
        Ok(Chunk::End(_)) => Ok(Bytes::new()),
        Err(error) => {
            log_cut(&error);
            Err(std::io::Error::other(error.code().as_str()))
        }
    });
    let mut response = Body::from_stream(bytes).into_response();
    let kind = HeaderValue::from_static(format.content_type());
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// The audio in events. A failure is the last of them.
pub(super) fn events(speech: SpeechResponse, first: Bytes, chars: usize) -> Response {
    let events = chunks(speech, first).map(move |item| match item {
        Ok(Chunk::Bytes(bytes)) => SpeechEvent::Delta {
            audio: STANDARD.encode(bytes),
        },
        Ok(Chunk::End(speech)) => {
            let audio_ms = u64::try_from(speech.audio().as_millis()).unwrap_or(u64::MAX);
            SpeechEvent::Done {
                usage: SpeechUsage::new(chars as u64, audio_ms),
            }
        }
        Err(error) => {
            log_cut(&error);
            SpeechEvent::Error {
                error: error.body().error,
            }
        }
    });
    Sse::new(events.map(|event| sse(event.name(), &event)))
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// One event in its wire format.
fn sse(name: &str, event: &SpeechEvent) -> Result<Event, Infallible> {
    let event = Event::default().event(name).json_data(event);
    Ok(event.unwrap_or_else(|_| unreachable!("events have string keys alone")))
}

enum Chunk {
    Bytes(Bytes),
    End(Box<SpeechResponse>),
}

enum Step {
    First(SpeechResponse, Bytes),
    More(SpeechResponse),
    Over,
}

/// The bytes of a response, then its end or its error.
fn chunks(
    speech: SpeechResponse,
    first: Bytes,
) -> impl Stream<Item = Result<Chunk, ApiError>> + Send {
    stream::unfold(Step::First(speech, first), async |step| match step {
        Step::First(speech, first) => Some((Ok(Chunk::Bytes(first)), Step::More(speech))),
        Step::More(mut speech) => match speech.next().await {
            Ok(Some(bytes)) => Some((Ok(Chunk::Bytes(bytes)), Step::More(speech))),
            Ok(None) => Some((Ok(Chunk::End(Box::new(speech))), Step::Over)),
            Err(error) => {
                // Lets the bytes before be written: an error drops them.
                tokio::task::yield_now().await;
                Some((Err(error), Step::Over))
            }
        },
        Step::Over => None,
    })
}

fn log_cut(error: &ApiError) {
    error.log();
    mynah_http::metric::error(error.code());
    tracing::warn!(event = event::CUT, code = error.code().as_str());
}
