//! `generation_config.json`.

use std::path::Path;

use serde::Deserialize;

use crate::Qwen3Error;

use super::check::{CheckResult, ensure};

const FILE: &str = "generation_config.json";

/// How the codes of one model are sampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplingSettings {
    /// Draw from the distribution; else take the most likely.
    pub do_sample: bool,
    /// Logits are divided by it; above 0.
    pub temperature: f32,
    /// Only this many of the most likely are kept; 0 keeps all.
    pub top_k: usize,
    /// Only the most likely that together have this probability are kept; above 0, and 1 keeps all.
    pub top_p: f32,
}

impl SamplingSettings {
    /// The values of released checkpoints, for both models.
    pub const RELEASED: Self = Self {
        do_sample: true,
        temperature: 0.9,
        top_k: 50,
        top_p: 1.0,
    };
}

/// The default sampling parameters of a checkpoint. A key that the file lacks has the official
/// package's default, which is the released files' value but for `max_new_tokens`.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerationConfig {
    /// A frame's first code.
    pub talker: SamplingSettings,
    /// The others: `subtalker_*`.
    pub predictor: SamplingSettings,
    /// Repetition penalty for first codes that were generated before; 1 is none.
    pub repetition_penalty: f32,
    /// The most first codes; one frame fewer is generated, as the last is never completed.
    pub max_new_tokens: usize,
}

impl GenerationConfig {
    /// `max_new_tokens` where the file has none; released files have 8192.
    pub const DEFAULT_MAX_NEW_TOKENS: usize = 2048;

    /// Reads and checks `generation_config.json` of a checkpoint's folder.
    ///
    /// # Errors
    /// `File` where it cannot be read; `Checkpoint` where a value is out of range.
    pub fn load(folder: &Path) -> Result<Self, Qwen3Error> {
        let path = folder.join(FILE);
        super::checked(super::read_json::<Keys>(&path)?.into(), Self::check, &path)
    }

    /// The parameters of a file of another format.
    ///
    /// # Errors
    /// `Checkpoint` where a value is out of range.
    pub(crate) fn from_value(value: serde_json::Value, path: &Path) -> Result<Self, Qwen3Error> {
        super::checked(
            super::from_value::<Keys>(value, path)?.into(),
            Self::check,
            path,
        )
    }

    fn check(&self) -> CheckResult {
        for (prefix, settings) in [("", &self.talker), ("subtalker_", &self.predictor)] {
            let SamplingSettings {
                temperature, top_p, ..
            } = settings;
            ensure(temperature.is_finite() && *temperature > 0.0, || {
                format!("{prefix}temperature is {temperature}; it must be above 0")
            })?;
            ensure(*top_p > 0.0 && *top_p <= 1.0, || {
                format!("{prefix}top_p is {top_p}; it must be above 0, and at most 1")
            })?;
        }
        let penalty = self.repetition_penalty;
        ensure(penalty.is_finite() && penalty > 0.0, || {
            format!("repetition_penalty is {penalty}; it must be above 0")
        })?;
        ensure(self.max_new_tokens >= 2, || {
            format!(
                "max_new_tokens is {}; it must be at least 2, for one frame",
                self.max_new_tokens
            )
        })
    }
}

impl Default for GenerationConfig {
    fn default() -> Self {
        Keys::default().into()
    }
}

/// The file as it is written. Null is as good as missing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Keys {
    do_sample: Option<bool>,
    temperature: Option<f32>,
    top_k: Option<usize>,
    top_p: Option<f32>,
    repetition_penalty: Option<f32>,
    subtalker_dosample: Option<bool>,
    subtalker_temperature: Option<f32>,
    subtalker_top_k: Option<usize>,
    subtalker_top_p: Option<f32>,
    max_new_tokens: Option<usize>,
}

impl From<Keys> for GenerationConfig {
    fn from(keys: Keys) -> Self {
        let released = SamplingSettings::RELEASED;
        Self {
            talker: SamplingSettings {
                do_sample: keys.do_sample.unwrap_or(released.do_sample),
                temperature: keys.temperature.unwrap_or(released.temperature),
                top_k: keys.top_k.unwrap_or(released.top_k),
                top_p: keys.top_p.unwrap_or(released.top_p),
            },
            predictor: SamplingSettings {
                do_sample: keys.subtalker_dosample.unwrap_or(released.do_sample),
                temperature: keys.subtalker_temperature.unwrap_or(released.temperature),
                top_k: keys.subtalker_top_k.unwrap_or(released.top_k),
                top_p: keys.subtalker_top_p.unwrap_or(released.top_p),
            },
            repetition_penalty: keys.repetition_penalty.unwrap_or(1.05),
            max_new_tokens: keys.max_new_tokens.unwrap_or(Self::DEFAULT_MAX_NEW_TOKENS),
        }
    }
}
