//! The state machine between scores and segments.

use mynah_settings::InvalidSettings;

use super::SegmenterSettings;
use super::bounds::Bounds;
use super::track::Track;
use crate::VoiceScorer;

/// In silence, the scorer is reset at every multiple of this many samples of the stream.
pub const RESET_SAMPLES: u64 = 160_000;

/// What became of a stream. All places are samples of the stream, at the scorer's rate.
#[derive(Clone, Debug, PartialEq)]
pub enum VoiceEvent {
    /// A segment opened.
    Opened {
        /// Its first sample, padding included.
        start_sample: u64,
    },
    /// The next samples of the open segment, from its first padded sample on.
    Audio(Vec<f32>),
    /// The segment closed. All its audio, `start_sample..end_sample`, has been given.
    Closed {
        /// Its first sample.
        start_sample: u64,
        /// The place after its last sample.
        end_sample: u64,
    },
}

/// Cuts a stream into segments of speech.
///
/// The events are the same in whatever pieces the stream is pushed, but for the division of
/// [`VoiceEvent::Audio`]. Segments never overlap. At a segment's end, and in silence at every
/// multiple of [`RESET_SAMPLES`], the scorer and the smoothing start afresh, so a stream replayed
/// from [`Segmenter::last_reset`] is cut at the same places.
///
/// A recurrent scorer takes the beginning of any sound for speech more easily than its middle. So a
/// reset in silence takes effect once the stream has `settle_ms` of sound after it: until then the
/// state of before the reset decides, and then the scorer starts at the multiple and scores that
/// sound again. A replay from the multiple does the same and opens no segment meanwhile, as none
/// was opened the first time.
///
/// Nothing is given out that a later decision could take back: what follows the likeliest cut of
/// a very long segment, or the padding after its last speech, is held until it is known.
pub struct Segmenter {
    scorer: Box<dyn VoiceScorer>,
    bounds: Bounds,
    track: Track,
    /// The first sample of the next frame.
    at: u64,
    smoothed: f32,
    state: State,
    /// No segment starts before this: the end of the last one.
    min_start: u64,
    reset_at: u64,
    /// No segment opens by a frame that ends at or before this.
    settled_at: u64,
    last_reset: u64,
}

enum State {
    Silent {
        /// Where speech began that is not long enough yet.
        onset: Option<u64>,
    },
    Open(Open),
}

struct Open {
    start: u64,
    /// The place after the last frame of speech.
    speech_end: u64,
    /// The place after the last sample given out.
    given: u64,
    /// The least likely place so far within the window for cuts, and its score.
    cut: Option<(u64, f32)>,
}

impl Open {
    /// Where it ends once its speech is over, given that nothing after `now` is known.
    fn end(&self, bounds: &Bounds, now: u64) -> u64 {
        (self.speech_end + bounds.after)
            .max(self.start + bounds.shortest)
            .min(now)
    }
}

impl Segmenter {
    /// A segmenter at the first sample of a stream.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn new(
        scorer: Box<dyn VoiceScorer>,
        settings: &SegmenterSettings,
    ) -> Result<Self, InvalidSettings> {
        Self::resume(scorer, settings, 0)
    }

    /// A segmenter that goes on from a [`Segmenter::last_reset`] of an earlier one: the next
    /// sample pushed must be that sample of the stream.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn resume(
        mut scorer: Box<dyn VoiceScorer>,
        settings: &SegmenterSettings,
        sample: u64,
    ) -> Result<Self, InvalidSettings> {
        mynah_settings::check(settings)?;
        let bounds = Bounds::new(settings, scorer.rate(), scorer.frame_samples());
        scorer.reset();
        Ok(Self {
            scorer,
            settled_at: bounds.settled_at(sample),
            bounds,
            track: Track::starting_at(sample),
            at: sample,
            smoothed: 0.0,
            state: State::Silent { onset: None },
            min_start: sample,
            reset_at: sample,
            last_reset: sample,
        })
    }

    /// The latest sample from which a replay gives the same later events: a pipeline may forget
    /// what came before it. It follows the reset itself once no segment can reach back over it.
    pub const fn last_reset(&self) -> u64 {
        self.last_reset
    }

    /// Takes the next samples of the stream, any number of them.
    pub fn push(&mut self, samples: &[f32], events: &mut Vec<VoiceEvent>) {
        // In pieces, so that a whole file pushed at once is not kept at once.
        for block in samples.chunks(Track::BLOCK_SAMPLES) {
            self.track.extend(block);
            self.advance(events);
            self.give(events);
        }
    }

    /// Ends the stream, and with it the open segment. What was pushed but is shorter than a frame
    /// belongs to the segment when speech went on into it.
    pub fn finish(&mut self, events: &mut Vec<VoiceEvent>) {
        loop {
            self.advance(events);
            let State::Open(open) = &self.state else {
                break;
            };
            let speech_goes_on = open.speech_end == self.at;
            let end = if speech_goes_on {
                self.track.end()
            } else {
                open.end(&self.bounds, self.track.end())
            };
            self.close(end, events);
        }
    }

    fn advance(&mut self, events: &mut Vec<VoiceEvent>) {
        loop {
            if let Some(multiple) = self.due_reset() {
                self.reset(multiple);
                while self.at + self.bounds.frame <= self.settled_at {
                    self.score_frame();
                }
            }
            if self.track.end() < self.at + self.bounds.frame {
                break;
            }
            let frame = self.at;
            self.score_frame();
            match self.state {
                State::Silent { .. } => self.follow_silence(frame, events),
                State::Open(_) => self.follow_speech(frame, events),
            }
        }
    }

    /// Scores the next frame, which must be complete.
    fn score_frame(&mut self) {
        let end = self.at + self.bounds.frame;
        let score = self.scorer.score(self.track.range(self.at, end));
        // A score that is not a number does not indicate speech.
        let score = if score.is_nan() {
            0.0
        } else {
            score.clamp(0.0, 1.0)
        };
        self.smoothed = self.bounds.keep * self.smoothed + (1.0 - self.bounds.keep) * score;
        self.at = end;
    }

    /// The multiple whose reset takes effect before the next frame: the first frame in silence that
    /// begins `settle` samples or more after it.
    fn due_reset(&self) -> Option<u64> {
        let settled = self.at.checked_sub(self.bounds.settle)?;
        let multiple = settled - settled % RESET_SAMPLES;
        let silent = matches!(self.state, State::Silent { onset: None });
        let first = settled - multiple < self.bounds.frame;
        (silent && first && multiple > self.reset_at).then_some(multiple)
    }

    fn reset(&mut self, sample: u64) {
        self.scorer.reset();
        self.smoothed = 0.0;
        self.at = sample;
        self.reset_at = sample;
        self.settled_at = self.bounds.settled_at(sample);
    }

    /// A frame of silence, or of speech that is not long enough yet.
    fn follow_silence(&mut self, frame: u64, events: &mut Vec<VoiceEvent>) {
        let State::Silent { onset } = &mut self.state else {
            return;
        };
        let threshold = if onset.is_some() {
            self.bounds.close
        } else {
            self.bounds.open
        };
        let settled = self.at > self.settled_at;
        *onset = (settled && self.smoothed >= threshold).then(|| onset.unwrap_or(frame));
        let onset = *onset;
        let start = onset
            .unwrap_or(self.at)
            .saturating_sub(self.bounds.before)
            .max(self.min_start);
        if start >= self.reset_at {
            self.last_reset = self.reset_at;
        }
        if onset.is_some_and(|onset| self.at - onset >= self.bounds.min_speech) {
            events.push(VoiceEvent::Opened {
                start_sample: start,
            });
            self.state = State::Open(Open {
                start,
                speech_end: self.at,
                given: start,
                cut: None,
            });
        } else {
            // A reset that has not taken effect needs the sound from its multiple on.
            let multiple = self.at - self.at % RESET_SAMPLES;
            let pending = self.at < multiple + self.bounds.settle + self.bounds.frame;
            let needed = if pending { start.min(multiple) } else { start };
            self.track.forget_before(needed);
        }
    }

    /// A frame of an open segment.
    fn follow_speech(&mut self, frame: u64, events: &mut Vec<VoiceEvent>) {
        let State::Open(open) = &mut self.state else {
            return;
        };
        if self.smoothed >= self.bounds.close {
            open.speech_end = self.at;
        }
        let length = self.at - open.start;
        if length > self.bounds.cuttable && open.cut.is_none_or(|(_, least)| self.smoothed <= least)
        {
            open.cut = Some((frame, self.smoothed));
        }
        let silent_for = self.at - open.speech_end;
        let end = if silent_for >= self.bounds.hang_over && length >= self.bounds.shortest {
            open.end(&self.bounds, self.at)
        } else if length + self.bounds.frame > self.bounds.longest {
            open.cut.map_or(self.at, |(place, _)| place)
        } else {
            return;
        };
        self.close(end, events);
    }

    /// Ends the segment and goes back to its end: what follows is scored afresh.
    fn close(&mut self, end: u64, events: &mut Vec<VoiceEvent>) {
        let State::Open(open) = &self.state else {
            return;
        };
        if open.given < end {
            events.push(VoiceEvent::Audio(
                self.track.range(open.given, end).to_vec(),
            ));
        }
        events.push(VoiceEvent::Closed {
            start_sample: open.start,
            end_sample: end,
        });
        self.state = State::Silent { onset: None };
        self.min_start = end;
        self.reset(end);
        self.last_reset = end;
    }

    /// Gives out what is sure to belong to the open segment.
    fn give(&mut self, events: &mut Vec<VoiceEvent>) {
        let State::Open(open) = &mut self.state else {
            return;
        };
        let cut = open.cut.map_or(self.at, |(place, _)| place);
        let sure = self.at.min(open.speech_end + self.bounds.after).min(cut);
        if sure > open.given {
            events.push(VoiceEvent::Audio(
                self.track.range(open.given, sure).to_vec(),
            ));
            open.given = sure;
        }
        self.track.forget_before(open.given);
    }
}
