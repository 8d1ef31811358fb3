//! The response bodies of transcriptions.

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

use super::upload_transcription::{TranscribedSegment, UploadTranscription};
use super::validated_request::ValidatedTranscriptionRequest;
use crate::error::ApiError;
use crate::event;

/// The complete transcript, once all segments are recognized.
pub(super) async fn complete(
    mut transcription: UploadTranscription,
    validated: &ValidatedTranscriptionRequest,
    task: TranscriptionTask,
) -> Result<Response, ApiError> {
    let mut segments = Vec::new();
    let mut words = Vec::new();
    let mut cues = Vec::new();
    while let Some(segment) = transcription.next().await? {
        segments.push(segment.segment);
        words.extend(segment.words);
        cues.extend(segment.cues.into_iter().map(|cue| Cue {
            start_ms: cue.start_ms,
            end_ms: cue.end_ms,
            text: cue.lines.join("\n"),
        }));
    }
    let duration = transcription.duration.as_secs_f64();
    let usage = DurationUsage::seconds(duration);
    let text = joined(&segments);
    Ok(match validated.format {
        TextFormat::Json => {
            Json(TranscriptionBody::Json(TranscriptionJson { text, usage })).into_response()
        }
        TextFormat::Text => typed("text/plain; charset=utf-8", text + "\n"),
        TextFormat::Srt => typed("application/x-subrip; charset=utf-8", srt(&cues)),
        TextFormat::Vtt => typed("text/vtt; charset=utf-8", vtt(&cues)),
        TextFormat::VerboseJson => {
            let words = requested(validated.words, words);
            let language = transcription
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
                warnings: transcription.warnings,
                usage,
            }))
            .into_response()
        }
    })
}

/// Events, while the segments are recognized. Waits for the first segment, so that an earlier
/// failure is an error with its own status.
pub(super) async fn events(mut transcription: UploadTranscription) -> Result<Response, ApiError> {
    let first = transcription.next().await?;
    let events = TranscriptEvents {
        transcription,
        text: String::new(),
    };
    let steps = stream::unfold(Step::First(events, first), async |step| {
        let (mut events, segment) = match step {
            Step::First(events, segment) => (events, Ok(segment)),
            Step::More(mut events) => {
                let segment = events.transcription.next().await;
                (events, segment)
            }
            Step::Over => return None,
        };
        Some(match segment {
            Ok(Some(segment)) => (events.of_segment(segment), Step::More(events)),
            Ok(None) => (events.of_end(), Step::Over),
            Err(error) => {
                error.log();
                mynah_http::metric::error(error.code());
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
    First(TranscriptEvents, Option<TranscribedSegment>),
    More(TranscriptEvents),
    Over,
}

/// Makes events of segments, and keeps the text so far.
struct TranscriptEvents {
    transcription: UploadTranscription,
    text: String,
}

impl TranscriptEvents {
    fn of_segment(&mut self, segment: TranscribedSegment) -> Vec<TranscriptionEvent> {
        let TranscriptionSegment {
            id,
            start,
            end,
            text,
        } = segment.segment;
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

    fn of_end(self) -> Vec<TranscriptionEvent> {
        let usage = DurationUsage::seconds(self.transcription.duration.as_secs_f64());
        vec![TranscriptionEvent::Done {
            text: self.text,
            usage,
        }]
    }
}

/// The text of all segments, separated by spaces as the deltas are.
fn joined(segments: &[TranscriptionSegment]) -> String {
    segments
        .iter()
        .map(|segment| segment.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The words, if they were requested and there are any.
fn requested(is_requested: bool, words: Vec<TranscriptionWord>) -> Option<Vec<TranscriptionWord>> {
    (is_requested && !words.is_empty()).then_some(words)
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
