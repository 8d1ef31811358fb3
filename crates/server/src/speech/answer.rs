//! The two ways in which sound travels: as the body itself, and inside events.

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

use super::take::Take;
use crate::error::ApiError;
use crate::event;

/// The sound as the body. A failure on the way breaks the connection before the body's regular
/// end: the client's HTTP library reports that it is cut, and takes no half file for a whole one.
pub(super) fn audio(take: Take, first: Bytes, format: Format) -> Response {
    let bytes = chunks(take, first).map(|item| match item {
        Ok(Chunk::Bytes(bytes)) => Ok(bytes),
        Ok(Chunk::End(_)) => Ok(Bytes::new()),
        Err(error) => {
            cut(&error);
            Err(std::io::Error::other(error.code().as_str()))
        }
    });
    let mut response = Body::from_stream(bytes).into_response();
    let kind = HeaderValue::from_static(format.content_type());
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// The sound inside events. A failure on the way is the last of them.
pub(super) fn events(take: Take, first: Bytes, chars: usize) -> Response {
    let events = chunks(take, first).map(move |item| match item {
        Ok(Chunk::Bytes(bytes)) => SpeechEvent::Delta {
            audio: STANDARD.encode(bytes),
        },
        Ok(Chunk::End(take)) => {
            let sound = u64::try_from(take.sound().as_millis()).unwrap_or(u64::MAX);
            SpeechEvent::Done {
                usage: SpeechUsage::new(chars as u64, sound),
            }
        }
        Err(error) => {
            cut(&error);
            SpeechEvent::Error {
                error: error.body().error,
            }
        }
    });
    Sse::new(events.map(|event| sse(event.name(), &event)))
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// One event, as it stands on the wire.
fn sse(name: &str, event: &SpeechEvent) -> Result<Event, Infallible> {
    let event = Event::default().event(name).json_data(event);
    Ok(event.unwrap_or_else(|_| unreachable!("events have string keys alone")))
}

enum Chunk {
    Bytes(Bytes),
    End(Box<Take>),
}

enum Step {
    First(Take, Bytes),
    More(Take),
    Over,
}

/// The bytes of a take, then its end or its error, and nothing after that.
fn chunks(take: Take, first: Bytes) -> impl Stream<Item = Result<Chunk, ApiError>> + Send {
    stream::unfold(Step::First(take, first), async |step| match step {
        Step::First(take, first) => Some((Ok(Chunk::Bytes(first)), Step::More(take))),
        Step::More(mut take) => match take.next().await {
            Ok(Some(bytes)) => Some((Ok(Chunk::Bytes(bytes)), Step::More(take))),
            Ok(None) => Some((Ok(Chunk::End(Box::new(take))), Step::Over)),
            Err(error) => {
                // Lets what was given before leave for the wire: an error drops it.
                tokio::task::yield_now().await;
                Some((Err(error), Step::Over))
            }
        },
        Step::Over => None,
    })
}

fn cut(error: &ApiError) {
    error.log();
    crate::metric::refused(error.code());
    tracing::warn!(event = event::CUT, code = error.code().as_str());
}
