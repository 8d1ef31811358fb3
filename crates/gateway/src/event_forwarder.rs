//! From a session's events to those that its client gets.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mynah_api::realtime::{
    AudioDelta, PcmFormat, SegmentDone, SegmentFailed, ServerEventBody, TranscriptDelta,
    TranscriptPreview, encode_pcm,
};
use mynah_bus_session::{SessionEvent, SessionEventBody, Speech};
use mynah_speech::Language;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::audio_charges::AudioCharges;
use crate::backend::ResultStream;
use crate::fault::{End, Fault};
use crate::metrics;
use crate::send_queue::{SendQueue, SendQueueClosed};

/// Which events a client gets; shared by the reader of its configuration and the forwarder.
#[derive(Debug)]
pub(crate) struct EventFilter {
    /// The recognized text.
    pub(crate) transcription: AtomicBool,
    /// Previews of it.
    pub(crate) preview: AtomicBool,
    /// Acknowledgements of audio.
    acknowledgements: bool,
    /// When the last event came.
    pub(crate) last_event_at: watch::Sender<Instant>,
}

impl EventFilter {
    /// All but previews, and the recognized text only where the client asks for it.
    pub(crate) fn by_configuration() -> Self {
        Self::new(false, true)
    }

    /// All results, and nothing else.
    pub(crate) fn results() -> Self {
        Self::new(true, false)
    }

    fn new(transcription: bool, acknowledgements: bool) -> Self {
        Self {
            transcription: AtomicBool::new(transcription),
            preview: AtomicBool::new(false),
            acknowledgements,
            last_event_at: watch::Sender::new(Instant::now()),
        }
    }

    /// Ends when no event came for so long, from now on.
    pub(crate) async fn stalled(&self, limit: Duration) {
        self.last_event_at.send_replace(Instant::now());
        loop {
            let until = *self.last_event_at.borrow() + limit;
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }
}

/// Why forwarding stopped.
pub(crate) enum ForwardingEnd {
    /// Nothing can be sent any more.
    Unsendable,
    /// The session ended early.
    Aborted(End),
}

impl From<SendQueueClosed> for ForwardingEnd {
    fn from(_: SendQueueClosed) -> Self {
        Self::Unsendable
    }
}

/// Forwards a session's events to its client.
pub(crate) struct EventForwarder<'a> {
    send_queue: &'a SendQueue,
    filter: &'a EventFilter,
    has_input_text: bool,
    has_output_text: bool,
    /// When the next sound begins, if it is played as soon as it can be.
    playing_until_ms: u64,
    /// Sound since then that is less than a millisecond, in nanoseconds.
    played: Duration,
    /// Where synthesized speech is charged.
    charges: &'a AudioCharges<'a>,
}

impl<'a> EventForwarder<'a> {
    pub(crate) fn new(
        send_queue: &'a SendQueue,
        filter: &'a EventFilter,
        charges: &'a AudioCharges<'a>,
    ) -> Self {
        Self {
            send_queue,
            filter,
            has_input_text: false,
            has_output_text: false,
            playing_until_ms: 0,
            played: Duration::ZERO,
            charges,
        }
    }

    /// Runs until there are no more streams of results.
    pub(crate) async fn run(
        mut self,
        mut streams: mpsc::Receiver<Box<dyn ResultStream>>,
    ) -> Result<(), ForwardingEnd> {
        while let Some(mut results) = streams.recv().await {
            let superseded = results.superseded();
            while let Some(event) = results.next().await.map_err(ForwardingEnd::Aborted)? {
                self.filter.last_event_at.send_replace(Instant::now());
                let sending = async {
                    match event.body {
                        SessionEventBody::SpeechLost { segment } => {
                            self.send_queue.fault(speech_lost(segment)).await
                        }
                        SessionEventBody::NotResumable => {
                            self.send_queue.fault(not_resumable()).await
                        }
                        _ => match self.server_event(event) {
                            Some(body) => self.send_queue.send(body).await,
                            None => Ok(()),
                        },
                    }
                };
                tokio::select! {
                    sent = sending => sent?,
                    () = superseded.cancelled() => {
                        return Err(ForwardingEnd::Aborted(End::resumed_elsewhere()));
                    }
                }
            }
        }
        Ok(())
    }

    /// The event as the client gets it; none for what it has, or has not asked for.
    fn server_event(&mut self, event: SessionEvent) -> Option<ServerEventBody> {
        let SessionEvent { body, seq, known } = event;
        let body = match body {
            SessionEventBody::Ended { .. }
            | SessionEventBody::SpeechLost { .. }
            | SessionEventBody::NotResumable => return None,
            SessionEventBody::Preview { segment, text } => {
                if !self.filter.preview.load(Ordering::Relaxed) {
                    return None;
                }
                ServerEventBody::Preview(TranscriptPreview { segment, text })
            }
            SessionEventBody::Recognized {
                end_ms,
                text,
                language,
            } => {
                if !self.filter.transcription.load(Ordering::Relaxed) {
                    return None;
                }
                ServerEventBody::InputTranscript(TranscriptDelta {
                    delta: joined(&mut self.has_input_text, &language, &text),
                    elapsed_ms: end_ms,
                    seq,
                })
            }
            SessionEventBody::Translated {
                end_ms,
                text,
                language,
            } => ServerEventBody::OutputTranscript(TranscriptDelta {
                delta: joined(&mut self.has_output_text, &language, &text),
                elapsed_ms: end_ms,
                seq,
            }),
            SessionEventBody::Speech { end_ms, sound } => return self.speech(end_ms, &sound, seq),
            SessionEventBody::Done {
                segment,
                start_ms,
                end_ms,
                source,
                source_language,
                translation,
                engines,
                timings,
            } => ServerEventBody::SegmentDone(SegmentDone {
                segment,
                start_ms,
                end_ms,
                source,
                source_language,
                translation,
                engines,
                timings,
                seq,
            }),
            SessionEventBody::Failed {
                segment,
                code,
                message,
            } => ServerEventBody::SegmentFailed(SegmentFailed {
                segment,
                code,
                message,
                seq,
            }),
            SessionEventBody::Acknowledged { .. } if !self.filter.acknowledgements => return None,
            SessionEventBody::Acknowledged { through_sample } => {
                ServerEventBody::Acknowledged { through_sample }
            }
        };
        (!known).then_some(body)
    }

    fn speech(&mut self, end_ms: u64, sound: &Speech, seq: Option<u64>) -> Option<ServerEventBody> {
        // Speech begins after its segment has ended, and after the speech before it.
        let now_ms = self.playing_until_ms + self.played.as_millis() as u64;
        if end_ms > now_ms {
            (self.playing_until_ms, self.played) = (end_ms, Duration::ZERO);
        }
        let elapsed_ms = self.playing_until_ms + self.played.as_millis() as u64;
        let clip = match sound {
            Speech::Known(duration) => {
                self.played += *duration;
                return None;
            }
            Speech::Clip(clip) => clip,
        };
        self.played += clip.duration();
        metrics::output(clip.duration());
        self.charges.speak(seq, clip.duration());
        Some(ServerEventBody::OutputAudio(AudioDelta {
            delta: encode_pcm(&clip.samples),
            sample_rate: clip.rate.hz(),
            channels: 1,
            format: PcmFormat::Pcm16,
            elapsed_ms,
            seq,
        }))
    }
}

/// Speech whose audio can't be read any more.
fn speech_lost(segment: u64) -> Fault {
    let message =
        format!("a part of the speech of segment {segment} is lost; its text is complete");
    Fault::server("speech_lost", message)
}

/// A session with more results than are kept for a resume.
fn not_resumable() -> Fault {
    let message = "the session has more results than the server keeps; it goes on, but can't be \
                   resumed any more";
    Fault::server("session_not_resumable", message)
}

/// A segment's text as a part of the whole: with the space before it, where it is not the first
/// and the language puts spaces between sentences.
fn joined(begun: &mut bool, language: &Language, text: &str) -> String {
    let spaced = !matches!(language.primary(), "zh" | "ja" | "th" | "lo" | "km" | "my");
    let space = if *begun && spaced { " " } else { "" };
    *begun = true;
    format!("{space}{}", text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_joined_are_the_text() {
        let language = |tag: &str| tag.parse::<Language>().unwrap();
        let mut begun = false;
        let pieces = ["One. ", "Two."].map(|text| joined(&mut begun, &language("en"), text));
        assert_eq!(pieces.concat(), "One. Two.");
        let mut begun = false;
        let pieces = ["一。", "二。"].map(|text| joined(&mut begun, &language("zh-Hant"), text));
        assert_eq!(pieces.concat(), "一。二。");
    }
}
