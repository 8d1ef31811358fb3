//! The phase vocoder of Signalsmith Stretch
//! <https://signalsmith-audio.co.uk/writing/2023/stretch-design/>, fed as a stream.
//!
//! The library has a function for a whole buffer (`exact`); this is the same, piece by piece:
//! seek by the input latency, drop the output latency, fold back what was dropped, flush the end.

use signalsmith_stretch::Stretch;

use super::{Pitch, Speed};
use crate::SampleRate;

/// Output made in one call of the library, in calls a second: 10 ms.
const CALLS_PER_SECOND: u32 = 100;

/// Added to every sample: −140 dBFS, far below what 16 bits can represent. The library passes exact
/// silence through beside its own buffers, and what stands in these then sounds after the pause.
const DITHER_OFFSET: f32 = 1e-7;

/// The frequency above which the spectrum of speech is noise, in Hz: it is shifted as a whole and not
/// stretched, which would make sibilants metallic.
const TONALITY_LIMIT_HZ: f32 = 8_000.0;

/// The same as a fraction of the rate.
fn tonality_limit(rate: SampleRate) -> f32 {
    TONALITY_LIMIT_HZ / rate.hz() as f32
}

pub(super) struct Vocoder {
    stretch: Stretch,
    speed: f64,
    input_latency: usize,
    output_latency: usize,
    /// Output made in one call.
    quantum: usize,
    /// Input that waits.
    waiting: Vec<f32>,
    /// Whether the library has got its first input, `input_latency` samples that make no output.
    started: bool,
    /// All samples pushed.
    received: usize,
    /// Input since the start of output.
    consumed: usize,
    /// Output, with the part that is dropped.
    produced: usize,
    /// The output that is dropped.
    dropped: Vec<f32>,
    out: Vec<f32>,
    /// All samples given away.
    given: usize,
}

impl Vocoder {
    pub(super) fn new(rate: SampleRate, speed: Speed, pitch: Pitch) -> Self {
        let mut stretch = Stretch::preset_default(1, rate.hz());
        if !pitch.is_zero() {
            stretch.set_transpose_factor_semitones(pitch.semitones(), Some(tonality_limit(rate)));
            stretch.set_formant_factor_semitones(0.0, true);
        }
        Self {
            speed: speed.factor().into(),
            input_latency: stretch.input_latency(),
            output_latency: stretch.output_latency(),
            quantum: (rate.hz() / CALLS_PER_SECOND) as usize,
            stretch,
            waiting: Vec::new(),
            started: false,
            received: 0,
            consumed: 0,
            produced: 0,
            dropped: Vec::new(),
            out: Vec::new(),
            given: 0,
        }
    }

    pub(super) fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.received += samples.len();
        self.waiting
            .extend(samples.iter().map(|&sample| finite(sample) + DITHER_OFFSET));
        self.work(usize::MAX);
        self.given += self.out.len();
        std::mem::take(&mut self.out)
    }

    pub(super) fn finish(mut self) -> Vec<f32> {
        if self.received == 0 {
            return Vec::new();
        }
        let length = (self.received as f64 / self.speed).round() as usize;
        // The beginning is folded back onto as much again, so less cannot be made.
        let made = length.max(2 * self.output_latency);
        let needed = self.received.max(self.input_at(made));
        self.waiting.resize(
            self.waiting.len() + needed - self.received + self.input_latency,
            DITHER_OFFSET,
        );
        self.work(made);
        let rest = std::mem::take(&mut self.waiting);
        self.step(&rest, made - self.produced);
        let mut tail = vec![0.0; self.output_latency];
        self.stretch.flush(&mut tail);
        self.take(&tail);
        self.out.truncate(length - self.given);
        self.out
    }

    /// Makes all whole quanta for which there is input, and no more output than `most`.
    fn work(&mut self, most: usize) {
        if !self.started {
            if self.waiting.len() < self.input_latency {
                return;
            }
            self.stretch
                .seek(&self.waiting[..self.input_latency], self.speed);
            self.waiting.drain(..self.input_latency);
            self.started = true;
        }
        let (mut used, first) = (0, self.consumed);
        let waiting = std::mem::take(&mut self.waiting);
        while self.produced + self.quantum <= most {
            let count = self.input_at(self.produced + self.quantum) - self.consumed;
            let Some(input) = waiting.get(used..used + count) else {
                break;
            };
            self.step(input, self.quantum);
            used = self.consumed - first;
        }
        self.waiting = waiting;
        self.waiting.drain(..used);
    }

    /// How much input stands behind so much output.
    fn input_at(&self, output: usize) -> usize {
        (output as f64 * self.speed).round() as usize
    }

    fn step(&mut self, input: &[f32], output: usize) {
        let mut made = vec![0.0; output];
        self.stretch.process(input, &mut made);
        self.consumed += input.len();
        self.take(&made);
    }

    /// Takes output, without the latency at its beginning.
    fn take(&mut self, made: &[f32]) {
        let latency = self.output_latency;
        for &sample in made {
            if self.produced < latency {
                self.dropped.push(sample);
            } else {
                let back = (2 * latency).checked_sub(self.produced + 1);
                let folded = back
                    .and_then(|at| self.dropped.get(at))
                    .copied()
                    .unwrap_or(0.0);
                self.out.push(sample - folded);
            }
            self.produced += 1;
        }
    }
}

/// One NaN would stay in the vocoder's phases for good.
fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample } else { 0.0 }
}
