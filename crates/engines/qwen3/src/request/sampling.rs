//! Overrides of sampling parameters.

use crate::Qwen3Error;
use crate::config::{GenerationConfig, SamplingSettings, TalkerConfig};

/// The highest temperature accepted: the distribution is nearly flat there.
pub const MAX_TEMPERATURE: f32 = 10.0;

/// The highest repetition penalty accepted.
pub const MAX_REPETITION_PENALTY: f32 = 10.0;

/// The fewest frames of an utterance: `min_new_tokens` of the official package.
const MIN_FRAMES: usize = 2;

/// Overrides of `generation_config.json`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SamplingOverrides {
    /// Sample a frame's first code; else take the most likely.
    pub do_sample: Option<bool>,
    /// Above 0, at most [`MAX_TEMPERATURE`].
    pub temperature: Option<f32>,
    /// Sample from this many of the most likely; 0 is all.
    pub top_k: Option<usize>,
    /// Above 0, at most 1.
    pub top_p: Option<f32>,
    /// Above 0, at most [`MAX_REPETITION_PENALTY`]; 1 is none.
    pub repetition_penalty: Option<f32>,
    /// As `do_sample`, for a frame's other codes.
    pub subtalker_dosample: Option<bool>,
    /// As `temperature`, for those.
    pub subtalker_temperature: Option<f32>,
    /// As `top_k`, for those.
    pub subtalker_top_k: Option<usize>,
    /// As `top_p`, for those.
    pub subtalker_top_p: Option<f32>,
    /// Makes sampling repeatable; without it each utterance differs.
    pub seed: Option<u64>,
    /// The fewest frames, of 80 ms each.
    pub min_frames: Option<usize>,
    /// The most frames; the official `max_new_tokens` is one more.
    pub max_frames: Option<usize>,
}

/// Sampling parameters with all defaults filled in, but for the seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplingRules {
    /// A frame's first code.
    pub talker: SamplingSettings,
    /// The others.
    pub predictor: SamplingSettings,
    /// For first codes that were generated before.
    pub repetition_penalty: f32,
    /// Makes sampling repeatable.
    pub seed: Option<u64>,
    /// The fewest frames.
    pub min_frames: usize,
    /// The most frames, within the context that the prompt leaves.
    pub max_frames: usize,
}

impl SamplingOverrides {
    /// Greedy decoding.
    #[must_use]
    pub const fn greedy(mut self) -> Self {
        self.do_sample = Some(false);
        self.subtalker_dosample = Some(false);
        self
    }

    pub(super) fn resolve(
        &self,
        generation: &GenerationConfig,
        talker: &TalkerConfig,
    ) -> Result<SamplingRules, Qwen3Error> {
        check_range("temperature", self.temperature, MAX_TEMPERATURE)?;
        check_range("top_p", self.top_p, 1.0)?;
        check_range(
            "repetition_penalty",
            self.repetition_penalty,
            MAX_REPETITION_PENALTY,
        )?;
        check_range(
            "subtalker_temperature",
            self.subtalker_temperature,
            MAX_TEMPERATURE,
        )?;
        check_range("subtalker_top_p", self.subtalker_top_p, 1.0)?;
        let (min_frames, max_frames) = self.frames(generation, talker)?;
        Ok(SamplingRules {
            talker: SamplingSettings {
                do_sample: self.do_sample.unwrap_or(generation.talker.do_sample),
                temperature: self.temperature.unwrap_or(generation.talker.temperature),
                top_k: self.top_k.unwrap_or(generation.talker.top_k),
                top_p: self.top_p.unwrap_or(generation.talker.top_p),
            },
            predictor: SamplingSettings {
                do_sample: self
                    .subtalker_dosample
                    .unwrap_or(generation.predictor.do_sample),
                temperature: self
                    .subtalker_temperature
                    .unwrap_or(generation.predictor.temperature),
                top_k: self.subtalker_top_k.unwrap_or(generation.predictor.top_k),
                top_p: self.subtalker_top_p.unwrap_or(generation.predictor.top_p),
            },
            repetition_penalty: self
                .repetition_penalty
                .unwrap_or(generation.repetition_penalty),
            seed: self.seed,
            min_frames,
            max_frames,
        })
    }

    fn frames(
        &self,
        generation: &GenerationConfig,
        talker: &TalkerConfig,
    ) -> Result<(usize, usize), Qwen3Error> {
        let max_value = talker.max_position_embeddings;
        if let Some(max) = self.max_frames.filter(|max| !(1..=max_value).contains(max)) {
            return Err(Qwen3Error::invalid(
                "max_frames",
                format!("max_frames is {max}; it must be from 1 to {max_value}"),
            ));
        }
        let max = self.max_frames.unwrap_or(generation.max_new_tokens - 1);
        match self.min_frames {
            Some(min) if min > max => Err(Qwen3Error::invalid(
                "min_frames",
                format!("min_frames is {min}, more than max_frames, {max}"),
            )),
            Some(min) => Ok((min, max)),
            None => Ok((MIN_FRAMES, max)),
        }
    }
}

/// A given number must be above 0 and at most `max_value`.
fn check_range(param: &'static str, value: Option<f32>, max_value: f32) -> Result<(), Qwen3Error> {
    match value {
        Some(value) if !(value > 0.0 && value <= max_value) => Err(Qwen3Error::invalid(
            param,
            format!("{param} is {value}; it must be above 0, and at most {max_value}"),
        )),
        _ => Ok(()),
    }
}
