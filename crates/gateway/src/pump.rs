//! From what the interpreter tells to what the client is told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mynah_api::realtime::{
    AudioDelta, PcmFormat, SegmentDone, SegmentFailed, SegmentTimings as WireTimings,
    ServerEventBody, TranscriptDelta, TranscriptPreview, encode_pcm,
};
use mynah_audio::Clip;
use mynah_interpreter::{SegmentTimings, SessionEvent, SessionEvents};
use mynah_speech::Language;
use tokio::sync::mpsc;

use crate::metrics;
use crate::outbox::{Outbox, Unsendable};

/// A stretch of a session under one configuration.
pub(crate) struct Leg {
    pub(crate) events: SessionEvents,
    /// The sound of the session before it, in milliseconds.
    pub(crate) offset_ms: u64,
    pub(crate) source: Language,
    pub(crate) target: Language,
}

/// Tells a client of one leg after the other.
pub(crate) struct Pump<'a> {
    pub(crate) outbox: &'a Outbox,
    /// Whether the recognised text is wanted now.
    pub(crate) transcription: &'a AtomicBool,
    segments_before: u64,
    heard: bool,
    said: bool,
    /// When the next sound begins, if it is played as soon as it can be.
    playing_until_ms: u64,
    /// Sound since then that is less than a millisecond, in nanoseconds.
    played: Duration,
}

impl<'a> Pump<'a> {
    pub(crate) fn new(outbox: &'a Outbox, transcription: &'a AtomicBool) -> Self {
        Self {
            outbox,
            transcription,
            segments_before: 0,
            heard: false,
            said: false,
            playing_until_ms: 0,
            played: Duration::ZERO,
        }
    }

    /// Runs until there are no more legs.
    pub(crate) async fn run(mut self, mut legs: mpsc::Receiver<Leg>) -> Result<(), Unsendable> {
        while let Some(mut leg) = legs.recv().await {
            while let Some(event) = leg.events.next().await {
                if let SessionEvent::Ended { segments, .. } = event {
                    self.segments_before += segments;
                } else if let Some(body) = self.tell(event, &leg) {
                    self.outbox.send(body).await?;
                }
            }
        }
        Ok(())
    }

    fn tell(&mut self, event: SessionEvent, leg: &Leg) -> Option<ServerEventBody> {
        let number = |segment: u64| self.segments_before + segment;
        let at = |ms: u64| leg.offset_ms + ms;
        Some(match event {
            SessionEvent::Opened { .. } | SessionEvent::Ended { .. } => return None,
            SessionEvent::Preview { segment, text } => {
                ServerEventBody::Preview(TranscriptPreview {
                    segment: number(segment),
                    text,
                })
            }
            SessionEvent::Recognised {
                end_ms, transcript, ..
            } => {
                if !self.transcription.load(Ordering::Relaxed) {
                    return None;
                }
                let delta = joined(&mut self.heard, &leg.source, &transcript.text);
                ServerEventBody::InputTranscript(TranscriptDelta {
                    delta,
                    elapsed_ms: at(end_ms),
                })
            }
            SessionEvent::Translated { end_ms, text, .. } => {
                let delta = joined(&mut self.said, &leg.target, &text);
                ServerEventBody::OutputTranscript(TranscriptDelta {
                    delta,
                    elapsed_ms: at(end_ms),
                })
            }
            SessionEvent::Speech { end_ms, clip, .. } => self.speech(at(end_ms), &clip),
            SessionEvent::Done {
                segment,
                start_ms,
                end_ms,
                source,
                translation,
                timings,
            } => ServerEventBody::SegmentDone(SegmentDone {
                segment: number(segment),
                start_ms: at(start_ms),
                end_ms: at(end_ms),
                source,
                translation,
                timings: on_the_wire(&timings),
            }),
            SessionEvent::Failed {
                segment,
                code,
                message,
                ..
            } => ServerEventBody::SegmentFailed(SegmentFailed {
                segment: number(segment),
                code: code.as_str().into(),
                message,
            }),
        })
    }

    fn speech(&mut self, heard_ms: u64, clip: &Clip) -> ServerEventBody {
        // Nothing can be said before it was heard, or while something else is said.
        let now_ms = self.playing_until_ms + self.played.as_millis() as u64;
        if heard_ms > now_ms {
            (self.playing_until_ms, self.played) = (heard_ms, Duration::ZERO);
        }
        let elapsed_ms = self.playing_until_ms + self.played.as_millis() as u64;
        self.played += clip.duration();
        metrics::output(clip.duration());
        ServerEventBody::OutputAudio(AudioDelta {
            delta: encode_pcm(&clip.samples),
            sample_rate: clip.rate.hz(),
            channels: 1,
            format: PcmFormat::Pcm16,
            elapsed_ms,
        })
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

fn on_the_wire(timings: &SegmentTimings) -> WireTimings {
    let ms = |time: Duration| time.as_millis() as u64;
    WireTimings {
        detect_ms: ms(timings.detect),
        queue_ms: ms(timings.queue),
        recognise_ms: ms(timings.recognise),
        translate_ms: ms(timings.translate),
        first_audio_ms: timings.first_audio.map(ms),
        total_ms: ms(timings.total),
    }
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
