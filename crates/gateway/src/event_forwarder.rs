//! From what is told of a session to what its client is told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mynah_api::realtime::{
    AudioDelta, PcmFormat, SegmentDone, SegmentFailed, ServerEventBody, TranscriptDelta,
    TranscriptPreview, encode_pcm,
};
use mynah_auth::Principal;
use mynah_speech::Language;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::fault::{End, Fault};
use crate::metrics;
use crate::send_queue::{SendQueue, SendQueueClosed};
use crate::session_event::{ResultStream, SessionEvent, SessionEventBody, Speech};

/// What a client wants to be told; shared by those who read its wishes and those who tell it.
#[derive(Debug)]
pub(crate) struct EventFilter {
    /// The recognized text.
    pub(crate) transcription: AtomicBool,
    /// Previews of it.
    pub(crate) preview: AtomicBool,
    /// When there was news last.
    pub(crate) last_event_at: watch::Sender<Instant>,
}

impl EventFilter {
    pub(crate) fn new(transcription: bool) -> Self {
        Self {
            transcription: AtomicBool::new(transcription),
            preview: AtomicBool::new(false),
            last_event_at: watch::Sender::new(Instant::now()),
        }
    }

    /// Ends when there was no news for so long, from now on.
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

/// Why the telling stopped.
pub(crate) enum ForwardingEnd {
    /// Nothing can be sent any more.
    Unsendable,
    /// The session is over before its time.
    Aborted(End),
}

impl From<SendQueueClosed> for ForwardingEnd {
    fn from(_: SendQueueClosed) -> Self {
        Self::Unsendable
    }
}

/// Tells a client of one results after the other.
pub(crate) struct EventForwarder<'a> {
    send_queue: &'a SendQueue,
    filter: &'a EventFilter,
    /// Whether only results are told, and none of our additions about the sound.
    quiet: bool,
    segments_before: u64,
    heard: bool,
    said: bool,
    /// When the next sound begins, if it is played as soon as it can be.
    playing_until_ms: u64,
    /// Sound since then that is less than a millisecond, in nanoseconds.
    played: Duration,
    /// The client that synthesized speech is charged to.
    principal: Option<&'a Principal>,
}

impl<'a> EventForwarder<'a> {
    pub(crate) fn new(send_queue: &'a SendQueue, filter: &'a EventFilter) -> Self {
        Self {
            send_queue,
            filter,
            quiet: false,
            segments_before: 0,
            heard: false,
            said: false,
            playing_until_ms: 0,
            played: Duration::ZERO,
            principal: None,
        }
    }

    /// Charges synthesized speech to this client.
    pub(crate) fn charging(mut self, principal: &'a Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    /// Tells of results only.
    pub(crate) fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Runs until there are no more streams.
    pub(crate) async fn run(
        mut self,
        mut streams: mpsc::Receiver<ResultStream>,
    ) -> Result<(), ForwardingEnd> {
        while let Some(mut results) = streams.recv().await {
            let offset_ms = results.offset_ms();
            while let Some(told) = results.next().await.map_err(ForwardingEnd::Aborted)? {
                self.filter.last_event_at.send_replace(Instant::now());
                match told.body {
                    SessionEventBody::Ended { segments } => self.segments_before += segments,
                    SessionEventBody::Missing(fault) => self.missing(fault).await?,
                    _ => {
                        if let Some(body) = self.tell(told, offset_ms) {
                            self.send_queue.send(body).await?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    async fn missing(&self, fault: Fault) -> Result<(), SendQueueClosed> {
        self.send_queue.fault(fault).await
    }

    fn tell(&mut self, told: SessionEvent, offset_ms: u64) -> Option<ServerEventBody> {
        let SessionEvent { body, seq, known } = told;
        let number = |segment: u64| self.segments_before + segment;
        let at = |ms: u64| offset_ms + ms;
        let body = match body {
            SessionEventBody::Ended { .. } | SessionEventBody::Missing(_) => return None,
            SessionEventBody::Preview { segment, text } => {
                if !self.filter.preview.load(Ordering::Relaxed) {
                    return None;
                }
                ServerEventBody::Preview(TranscriptPreview {
                    segment: number(segment),
                    text,
                })
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
                    delta: joined(&mut self.heard, &language, &text),
                    elapsed_ms: at(end_ms),
                    seq,
                })
            }
            SessionEventBody::Translated {
                end_ms,
                text,
                language,
            } => ServerEventBody::OutputTranscript(TranscriptDelta {
                delta: joined(&mut self.said, &language, &text),
                elapsed_ms: at(end_ms),
                seq,
            }),
            SessionEventBody::Speech { end_ms, sound } => {
                return self.speech(at(end_ms), &sound, seq);
            }
            SessionEventBody::Done {
                segment,
                start_ms,
                end_ms,
                source,
                source_language,
                translation,
                timings,
            } => ServerEventBody::SegmentDone(SegmentDone {
                segment: number(segment),
                start_ms: at(start_ms),
                end_ms: at(end_ms),
                source,
                source_language,
                translation,
                timings,
                seq,
            }),
            SessionEventBody::Failed {
                segment,
                code,
                message,
            } => ServerEventBody::SegmentFailed(SegmentFailed {
                segment: number(segment),
                code,
                message,
                seq,
            }),
            SessionEventBody::Acknowledged { .. } if self.quiet => return None,
            SessionEventBody::Acknowledged { through_sample } => {
                ServerEventBody::Acknowledged { through_sample }
            }
        };
        (!known).then_some(body)
    }

    fn speech(
        &mut self,
        heard_ms: u64,
        sound: &Speech,
        seq: Option<u64>,
    ) -> Option<ServerEventBody> {
        // Nothing can be said before it was heard, or while something else is said.
        let now_ms = self.playing_until_ms + self.played.as_millis() as u64;
        if heard_ms > now_ms {
            (self.playing_until_ms, self.played) = (heard_ms, Duration::ZERO);
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
        if let Some(principal) = self.principal {
            principal.charge_audio(clip.duration());
        }
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

/// A segment's text as a piece of the whole: with the space before it, where it is not the first
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
