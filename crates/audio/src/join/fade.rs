//! Edges without a click.

use std::collections::VecDeque;
use std::f32::consts::PI;

/// Fades the edges of pieces with half a cosine.
pub(super) struct Fade {
    /// How long a fade is, in samples.
    length: usize,
    /// How far into the piece we are; counts to `length`.
    position: usize,
    /// What the stream had last, at most `length` samples.
    recent: VecDeque<f32>,
}

impl Fade {
    pub(super) fn new(length: usize) -> Self {
        Self {
            length,
            position: 0,
            recent: VecDeque::with_capacity(length),
        }
    }

    /// A piece begins.
    pub(super) fn begin(&mut self) {
        self.position = 0;
        self.recent.clear();
    }

    /// The next sample of the piece, faded where the piece is young.
    pub(super) fn pass(&mut self, mut sample: f32) -> f32 {
        if self.position < self.length {
            sample *= self.rise(self.position);
            self.position += 1;
        }
        if self.recent.len() == self.length {
            self.recent.pop_front();
        }
        self.recent.push_back(sample);
        sample
    }

    /// The end of the piece. Where there is too little left to fade, the last samples that were sent follow
    /// once more, backwards: it joins on without a step, and nothing had to be held back for it.
    pub(super) fn out(&mut self, rest: &[f32]) -> Vec<f32> {
        let mut tail: Vec<_> = rest.iter().map(|&sample| self.pass(sample)).collect();
        if tail.len() < self.length {
            tail.extend(self.recent.iter().rev());
        }
        for (step, sample) in tail.iter_mut().rev().take(self.length).enumerate() {
            *sample *= self.rise(step);
        }
        tail
    }

    /// The gain at a step of the fade, over 0 and under 1.
    fn rise(&self, step: usize) -> f32 {
        0.5 - 0.5 * (PI * (step as f32 + 0.5) / self.length as f32).cos()
    }
}
