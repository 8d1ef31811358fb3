//! The state of one utterance.

use mynah_speech::FinishReason;

use super::Frame;
use crate::lm::KvCache;
use crate::sample::{Random, Sampler};

/// The embedded prompt, and the text rows that are added to the generated frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    /// The positions of the prompt, as wide as the talker.
    pub rows: Vec<f32>,
    /// Rows of text that are added to the frames, one each, from the first on.
    pub trailing: Vec<f32>,
    /// The row that is added to the frames after those.
    pub pad: Vec<f32>,
}

/// Sampling parameters, and the codes that are allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerationParameters {
    /// How the talker's code is sampled.
    pub talker: Sampler,
    /// How the predictor's codes are sampled.
    pub predictor: Sampler,
    /// Repetition penalty for first codes that were generated before; 1 is none.
    pub repetition_penalty: f32,
    /// Makes sampling repeatable.
    pub seed: u64,
    /// The end-of-speech code.
    pub end: u32,
    /// The first control code: it and all above are masked, except the end code.
    pub first_control: u32,
    /// The fewest frames. The official package has 2.
    pub min_frames: usize,
    /// The most frames.
    pub max_frames: usize,
}

/// The state of one utterance between two frames.
#[derive(Clone, Debug)]
pub struct Utterance {
    pub(super) parameters: GenerationParameters,
    pub(super) prompt: Prompt,
    /// The talker's cache; it may hold the prompt's first positions from the start.
    pub(super) cache: KvCache,
    /// The talker's last row, after its last norm. Empty before the prefill is complete.
    pub(super) hidden: Vec<f32>,
    pub(super) sampled_codes: Vec<bool>,
    pub(super) random: [Random; 2],
    pub(super) frames: usize,
    pub(super) finish_reason: Option<FinishReason>,
}

impl Utterance {
    /// A new utterance. `cache` may hold the first positions of the prompt; only the others are
    /// prefilled. `codes` is the size of the talker's vocabulary.
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
            finish_reason: None,
            prompt,
            cache,
            parameters,
        }
    }

    /// Whether the whole prompt was prefilled.
    pub const fn is_prefilled(&self) -> bool {
        self.cache.len() * self.prompt.pad.len() >= self.prompt.rows.len()
    }

    /// Frames generated so far.
    pub const fn frames(&self) -> usize {
        self.frames
    }

    /// Why it ended; None while it goes on.
    pub const fn finish_reason(&self) -> Option<FinishReason> {
        self.finish_reason
    }

    /// Ends it with this reason.
    pub const fn stop(&mut self, reason: FinishReason) {
        self.finish_reason = Some(reason);
    }

    /// Its cache.
    pub const fn cache(&self) -> &KvCache {
        &self.cache
    }

    /// Applies the repetition penalty and the mask of forbidden codes to the talker's logits.
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

    /// Records a generated frame.
    pub(super) fn push_frame(&mut self, frame: &Frame) {
        self.sampled_codes[usize::from(frame[0])] = true;
        self.frames += 1;
        if self.frames >= self.parameters.max_frames {
            self.finish_reason = Some(FinishReason::Length);
        }
    }

    /// The text row that is added to the last generated frame.
    pub(super) fn text(&self) -> &[f32] {
        let width = self.prompt.pad.len();
        let from = (self.frames - 1) * width;
        let trailing = self.prompt.trailing.get(from..from + width);
        trailing.unwrap_or(&self.prompt.pad)
    }
}
