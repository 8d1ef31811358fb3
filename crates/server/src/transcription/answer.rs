//! The shapes in which text leaves.

use std::convert::Infallible;

use axum::Json;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use mynah_api::subtitles::{Cue, srt, vtt};
use mynah_api::{
    DurationUsage, TextFormat, TranscriptionBody, TranscriptionEvent, TranscriptionJson,
    TranscriptionSegment, TranscriptionTask, TranscriptionVerbose, TranscriptionWord,
};
use mynah_speech::Language;

use super::hearing::{Heard, Hearing};
use super::order::Order;
use crate::error::ApiError;
use crate::event;

/// The whole text, when all is heard.
pub(super) async fn whole(
    mut hearing: Hearing,
    order: &Order,
    task: TranscriptionTask,
) -> Result<Response, ApiError> {
    let mut segments = Vec::new();
    let mut words = Vec::new();
    let mut cues = Vec::new();
    while let Some(heard) = hearing.next().await? {
        segments.push(heard.segment);
        words.extend(heard.words);
        cues.extend(heard.cues.into_iter().map(|cue| Cue {
            start_ms: cue.start_ms,
            end_ms: cue.end_ms,
            text: cue.lines.join("\n"),
        }));
    }
    let duration = hearing.duration.as_secs_f64();
    let usage = DurationUsage::seconds(duration);
    let text = joined(&segments);
    Ok(match order.format {
        TextFormat::Json => {
            Json(TranscriptionBody::Json(TranscriptionJson { text, usage })).into_response()
        }
        TextFormat::Text => typed("text/plain; charset=utf-8", text + "\n"),
        TextFormat::Srt => typed("application/x-subrip; charset=utf-8", srt(&cues)),
        TextFormat::Vtt => typed("text/vtt; charset=utf-8", vtt(&cues)),
        TextFormat::VerboseJson => {
            let words = asked(order.words, words);
            let language = hearing
                .language()
                .map_or(Language::UNDETERMINED, Language::as_str)
                .to_owned();
            Json(TranscriptionBody::Verbose(TranscriptionVerbose {
                task,
                language,
                duration,
                text,
                segments,
                words,
                warnings: hearing.warnings,
                usage,
            }))
            .into_response()
        }
    })
}

/// Events, while it is heard. The first stretch of speech is waited for, so that what fails
/// before it is an error with a status of its own.
pub(super) async fn events(mut hearing: Hearing) -> Result<Response, ApiError> {
    let first = hearing.next().await?;
    let told = Told {
        hearing,
        text: String::new(),
    };
    let steps = stream::unfold(Step::First(told, first), async |step| {
        let (mut told, heard) = match step {
            Step::First(told, heard) => (told, Ok(heard)),
            Step::More(mut told) => {
                let heard = told.hearing.next().await;
                (told, heard)
            }
            Step::Over => return None,
        };
        Some(match heard {
            Ok(Some(heard)) => (told.tell(heard), Step::More(told)),
            Ok(None) => (told.end(), Step::Over),
            Err(error) => {
                error.log();
                crate::metric::refused(error.code());
                tracing::warn!(event = event::CUT, code = error.code().as_str());
                (
                    vec![TranscriptionEvent::Error {
                        error: error.body().error,
                    }],
                    Step::Over,
                )
            }
        })
    });
    let events = steps.flat_map(stream::iter).map(|event| sse(&event));
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response())
}

enum Step {
    First(Told, Option<Heard>),
    More(Told),
    Over,
}

/// What was told so far.
struct Told {
    hearing: Hearing,
    text: String,
}

impl Told {
    fn tell(&mut self, heard: Heard) -> Vec<TranscriptionEvent> {
        let TranscriptionSegment {
            id,
            start,
            end,
            text,
        } = heard.segment;
        let delta = if self.text.is_empty() {
            text.clone()
        } else {
            format!(" {text}")
        };
        self.text += &delta;
        vec![
            TranscriptionEvent::Delta { delta },
            TranscriptionEvent::Segment {
                id: id.to_string(),
                start,
                end,
                text,
            },
        ]
    }

    fn end(self) -> Vec<TranscriptionEvent> {
        let usage = DurationUsage::seconds(self.hearing.duration.as_secs_f64());
        vec![TranscriptionEvent::Done {
            text: self.text,
            usage,
        }]
    }
}

/// The text of all segments, parted by spaces as the deltas are.
fn joined(segments: &[TranscriptionSegment]) -> String {
    segments
        .iter()
        .map(|segment| segment.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The words, where they were asked for and there are any to tell.
fn asked(wanted: bool, words: Vec<TranscriptionWord>) -> Option<Vec<TranscriptionWord>> {
    (wanted && !words.is_empty()).then_some(words)
}

fn typed(kind: &'static str, text: String) -> Response {
    let mut response = text.into_response();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn sse(event: &TranscriptionEvent) -> Result<Event, Infallible> {
    let sent = Event::default().event(event.name()).json_data(event);
    Ok(sent.unwrap_or_else(|_| unreachable!("events have string keys alone")))
}
