//! One utterance under way.

use mynah_speech::Finish;

use super::Frame;
use crate::lm::KvCache;
use crate::sample::{Random, Sampler};

/// What the talker reads before it says anything, and what it reads beside its own codes then.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    /// The positions of the prompt, as wide as the talker.
    pub rows: Vec<f32>,
    /// Rows of text that are added to the frames, one each, from the first on.
    pub trailing: Vec<f32>,
    /// What is added to the frames after those.
    pub pad: Vec<f32>,
}

/// What may be said, and how it is chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerationParameters {
    /// How the talker's code is chosen.
    pub talker: Sampler,
    /// How the predictor's codes are chosen.
    pub predictor: Sampler,
    /// For codes that the talker has said already; 1 is none.
    pub repetition_penalty: f32,
    /// Makes all choices repeatable.
    pub seed: u64,
    /// The code that ends.
    pub end: u32,
    /// The first code that is no sound; it and all above are never said, but for the end.
    pub first_control: u32,
    /// Frames before which it does not end. The official package has 2.
    pub min_frames: usize,
    /// Frames after which it is cut.
    pub max_frames: usize,
}

/// The state of one utterance between two frames.
#[derive(Clone, Debug)]
pub struct Utterance {
    pub(super) parameters: GenerationParameters,
    pub(super) prompt: Prompt,
    /// What the talker remembers; it may hold the prompt's first positions from the start.
    pub(super) cache: KvCache,
    /// The talker's last row, after its last norm. Empty before the prompt was read.
    pub(super) hidden: Vec<f32>,
    pub(super) sampled_codes: Vec<bool>,
    pub(super) random: [Random; 2],
    pub(super) frames: usize,
    pub(super) finish: Option<Finish>,
}

impl Utterance {
    /// Begins one. `cache` may hold the first positions of the prompt; only the others are read.
    /// `codes` is how many codes the talker knows.
    pub fn new(
        prompt: Prompt,
        parameters: GenerationParameters,
        cache: KvCache,
        codes: usize,
    ) -> Self {
        Self {
            random: [0, 1].map(|stream| Random::new(parameters.seed, stream)),
            sampled_codes: vec![false; codes],
            hidden: Vec::new(),
            frames: 0,
            finish: None,
            prompt,
            cache,
            parameters,
        }
    }

    /// Whether all of its prompt was read, so that it can speak.
    pub const fn is_prefilled(&self) -> bool {
        self.cache.len() * self.prompt.pad.len() >= self.prompt.rows.len()
    }

    /// Frames said so far.
    pub const fn frames(&self) -> usize {
        self.frames
    }

    /// Why it ended, once it has.
    pub const fn finish(&self) -> Option<Finish> {
        self.finish
    }

    /// Ends it from outside.
    pub const fn stop(&mut self, finish: Finish) {
        self.finish = Some(finish);
    }

    /// What it remembers.
    pub const fn cache(&self) -> &KvCache {
        &self.cache
    }

    /// Applies what is forbidden and what was said to the talker's logits.
    pub(super) fn apply_logit_mask(&self, logits: &mut [f32]) {
        crate::sample::apply_repetition_penalty(
            logits,
            &self.sampled_codes,
            self.parameters.repetition_penalty,
        );
        let end = self.parameters.end as usize;
        if self.frames < self.parameters.min_frames {
            logits[end] = f32::NEG_INFINITY;
        }
        let controls = logits.iter_mut().enumerate();
        for (code, logit) in controls.skip(self.parameters.first_control as usize) {
            if code != end {
                *logit = f32::NEG_INFINITY;
            }
        }
    }

    /// Takes note of a frame.
    pub(super) fn push_frame(&mut self, frame: &Frame) {
        self.sampled_codes[usize::from(frame[0])] = true;
        self.frames += 1;
        if self.frames >= self.parameters.max_frames {
            self.finish = Some(Finish::Length);
        }
    }

    /// The text that goes with the frame that was said last.
    pub(super) fn text(&self) -> &[f32] {
        let width = self.prompt.pad.len();
        let from = (self.frames - 1) * width;
        let trailing = self.prompt.trailing.get(from..from + width);
        trailing.unwrap_or(&self.prompt.pad)
    }
}
