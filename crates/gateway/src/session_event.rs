//! What a backend tells of a session, wherever it is interpreted.

use std::time::Duration;

use mynah_api::realtime::SegmentTimings;
use mynah_audio::Clip;
use mynah_speech::Language;
use mynah_speech_translation::{SessionEvent as LocalEvent, SessionEvents};

use crate::bus::BusResults;
use crate::fault::{End, Fault};

/// A piece of news.
pub(crate) struct SessionEvent {
    pub(crate) body: SessionEventBody,
    /// Its number, the same from every gateway; none where nothing is durable.
    pub(crate) seq: Option<u64>,
    /// Whether the client has it already. It is not sent again, but what follows builds on it.
    pub(crate) known: bool,
}

/// What is told. Numbers of segments and milliseconds count from where the results begins.
pub(crate) enum SessionEventBody {
    Preview {
        segment: u64,
        text: String,
    },
    Recognized {
        end_ms: u64,
        text: String,
        language: Language,
    },
    Translated {
        end_ms: u64,
        text: String,
        language: Language,
    },
    Speech {
        end_ms: u64,
        sound: Speech,
    },
    Done {
        segment: u64,
        start_ms: u64,
        end_ms: u64,
        source: String,
        source_language: String,
        translation: String,
        timings: SegmentTimings,
    },
    Failed {
        segment: u64,
        code: String,
        message: String,
    },
    /// The bus has the client's sound up to this sample of it.
    Acknowledged {
        through_sample: u64,
    },
    /// Something could not be told.
    Missing(Fault),
    /// All is told. The last piece of news.
    Ended {
        segments: u64,
    },
}

/// A part of a translation.
pub(crate) enum Speech {
    Clip(Clip),
    /// Of one that the client has, only how long it was.
    Known(Duration),
}

impl From<SessionEventBody> for SessionEvent {
    fn from(body: SessionEventBody) -> Self {
        Self {
            body,
            seq: None,
            known: false,
        }
    }
}

/// A stretch of a session whose events come from one place.
pub(crate) enum ResultStream {
    Local(LocalResults),
    Bus(Box<BusResults>),
}

/// A stretch under one configuration, interpreted in this process.
pub(crate) struct LocalResults {
    pub(crate) events: SessionEvents,
    /// The sound of the session before it, in milliseconds.
    pub(crate) offset_ms: u64,
    pub(crate) target: Language,
}

impl ResultStream {
    /// The sound of the session before it, in milliseconds.
    pub(crate) const fn offset_ms(&self) -> u64 {
        match self {
            Self::Local(results) => results.offset_ms,
            // Its events count from the session's beginning.
            Self::Bus(_) => 0,
        }
    }

    /// What is told next; none at the end.
    ///
    /// # Errors
    /// The session is over before its time.
    pub(crate) async fn next(&mut self) -> Result<Option<SessionEvent>, End> {
        match self {
            Self::Local(results) => Ok(results.next().await.map(SessionEvent::from)),
            Self::Bus(results) => results.next().await,
        }
    }
}

impl LocalResults {
    async fn next(&mut self) -> Option<SessionEventBody> {
        loop {
            let body = match self.events.next().await? {
                LocalEvent::Opened { .. } => continue,
                LocalEvent::Preview { segment, text } => {
                    SessionEventBody::Preview { segment, text }
                }
                LocalEvent::Recognized {
                    end_ms,
                    transcript,
                    language,
                    ..
                } => SessionEventBody::Recognized {
                    end_ms,
                    text: transcript.text,
                    language,
                },
                LocalEvent::Translated { end_ms, text, .. } => SessionEventBody::Translated {
                    end_ms,
                    text,
                    language: self.target.clone(),
                },
                LocalEvent::Speech { end_ms, clip, .. } => SessionEventBody::Speech {
                    end_ms,
                    sound: Speech::Clip(clip),
                },
                LocalEvent::Done {
                    segment,
                    start_ms,
                    end_ms,
                    source,
                    source_language,
                    translation,
                    timings,
                } => SessionEventBody::Done {
                    segment,
                    start_ms,
                    end_ms,
                    source,
                    source_language: source_language.to_string(),
                    translation,
                    timings: on_the_wire(&timings),
                },
                LocalEvent::Failed {
                    segment,
                    code,
                    message,
                    ..
                } => SessionEventBody::Failed {
                    segment,
                    code: code.as_str().into(),
                    message,
                },
                LocalEvent::Ended { segments, .. } => SessionEventBody::Ended { segments },
            };
            return Some(body);
        }
    }
}

fn on_the_wire(timings: &mynah_speech_translation::SegmentTimings) -> SegmentTimings {
    let ms = |time: Duration| time.as_millis() as u64;
    SegmentTimings {
        detect_ms: ms(timings.detect),
        queue_ms: ms(timings.queue),
        recognize_ms: ms(timings.recognize),
        translate_ms: ms(timings.translate),
        first_audio_ms: timings.first_audio.map(ms),
        total_ms: ms(timings.total),
    }
}
