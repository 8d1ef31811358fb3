//! Chunks of speech become one stream.

mod fade;
mod pauses;

pub use pauses::Pauses;

use std::collections::VecDeque;
use std::time::Duration;

use crate::SampleRate;
use fade::Fade;

/// Joins pieces of speech, each from one call of an engine, into one continuous stream.
///
/// The silence that engines leave at the edges of a piece is taken off, and pauses stand in its
/// place: from the last audible sample of a piece to the first of the next it takes the pause
/// requested, or the kept edges ([`Self::KEPT_LEAD`] + [`Self::KEPT_TAIL`]) where these are longer. Edges
/// are faded, so that there is no click; a piece that is cut off at full swing gets its fade from
/// its own first or repeated last 5 ms. The stream begins and ends without a pause.
///
/// An audible sample is never held back: it leaves in the push that brings it. Samples below
/// [`Self::AUDIBLE_THRESHOLD`] wait until an audible one or the chunk's end decides what they are, but no more
/// than [`Self::MAX_HELD_SILENCE`] of them; silence that left because of that counts towards the pause.
pub struct Joiner {
    rate: SampleRate,
    fade: Fade,
    /// Samples below the threshold, since the last audible one or the piece's start.
    held: VecDeque<f32>,
    /// Whether the chunk had an audible sample yet.
    audible: bool,
    /// How much the stream has of silence since its last audible sample.
    quiet: usize,
    /// What is pending before the next piece; nothing before the first.
    pause: Option<usize>,
}

impl Joiner {
    /// What counts as sound: a peak of −50 dBFS.
    pub const AUDIBLE_THRESHOLD: f32 = 0.003_162_3;
    /// How much is kept before the first audible sample of a piece, for soft consonants.
    pub const KEPT_LEAD: Duration = Duration::from_millis(10);
    /// How much is kept after the last audible sample of a piece, to die away in.
    pub const KEPT_TAIL: Duration = Duration::from_millis(30);
    /// How long the fades are.
    pub const FADE_TIME: Duration = Duration::from_millis(5);
    /// How much silence is held back at most.
    pub const MAX_HELD_SILENCE: Duration = Duration::from_secs(1);

    /// A stream that has not begun. All pieces have this rate.
    pub fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            fade: Fade::new(rate.samples_in(Self::FADE_TIME)),
            held: VecDeque::new(),
            audible: false,
            quiet: 0,
            pause: None,
        }
    }

    /// Takes the next samples of the piece, and gives what the stream goes on with.
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        let mut out = Vec::with_capacity(samples.len());
        for &sample in samples {
            // NaN and infinities are silence.
            let sample = if sample.is_finite() { sample } else { 0.0 };
            if sample.abs() < Self::AUDIBLE_THRESHOLD {
                self.hold(sample, &mut out);
            } else {
                self.sound(sample, &mut out);
            }
        }
        out
    }

    /// Ends the chunk; `pause` is the silence before the next one. It leaves with the next chunk's
    /// first audible sample; after a silent chunk the longer of the two pauses is used.
    pub fn end_chunk(&mut self, pause: Duration) -> Vec<f32> {
        let pause = self.rate.samples_in(pause);
        let mut out = Vec::new();
        if self.audible {
            self.held.truncate(self.rate.samples_in(Self::KEPT_TAIL));
            let tail = self.fade.out(self.held.make_contiguous());
            self.quiet += tail.len();
            out.extend(tail);
            self.audible = false;
            self.pause = Some(pause);
        } else {
            self.pause = self.pause.map(|pending| pending.max(pause));
        }
        self.held.clear();
        out
    }

    /// Ends the piece, where one is open, and the stream.
    pub fn finish(mut self) -> Vec<f32> {
        self.end_chunk(Duration::ZERO)
    }

    fn hold(&mut self, sample: f32, out: &mut Vec<f32>) {
        self.held.push_back(sample);
        let max_held = if self.audible {
            Self::MAX_HELD_SILENCE
        } else {
            Self::KEPT_LEAD
        };
        if self.held.len() > self.rate.samples_in(max_held)
            && let Some(oldest) = self.held.pop_front()
            && self.audible
        {
            out.push(self.fade.pass(oldest));
            self.quiet += 1;
        }
    }

    fn sound(&mut self, sample: f32, out: &mut Vec<f32>) {
        if !self.audible {
            self.audible = true;
            self.fade.begin();
            if let Some(pause) = self.pause {
                let silence = pause.saturating_sub(self.quiet + self.held.len());
                out.resize(out.len() + silence, 0.0);
            }
        }
        out.extend(self.held.drain(..).map(|quiet| self.fade.pass(quiet)));
        out.push(self.fade.pass(sample));
        self.quiet = 0;
    }
}
