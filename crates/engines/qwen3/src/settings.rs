//! What an operator can set.

use std::path::PathBuf;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Processor;
use crate::kernels::Precision;
use crate::tokenizer::Pretokenizer;

/// Qwen3-TTS, for ten languages, with preset, designed and cloned voices.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Qwen3Settings {
    /// The only checkpoint that is used: its folder, its GGUF file (with the codec's beside it), or
    /// its name at the hub once it was fetched by `mynah models pull`. Unset, all that were fetched
    /// are used, each for the voices that it has.
    pub model: Option<String>,
    /// The size that is preferred where several checkpoints of one kind were fetched.
    pub size: ModelSize,
    /// Checkpoints in memory at once. Another one replaces the least recently used one that is idle.
    #[garde(range(min = 1, max = 16))]
    pub loaded: usize,
    /// The format of its weights: `f32`, `bf16`, `int8` or `int4`. All but f32 are packed once, at
    /// the first start, into a file beside the model.
    #[schemars(with = "String")]
    pub precision: Precision,
    /// How text is split before it is tokenized: `qwen2`, as in training; or `mistral`, as the
    /// official package does where a checkpoint's `transformers_version` is 4.57.3.
    #[schemars(with = "String")]
    pub pretokenizer: Pretokenizer,
    /// Threads that compute. 0 means one for each processor of the affinity mask, or as many as the
    /// CPU quota of the cgroup has.
    #[garde(range(max = 1024))]
    pub threads: usize,
    /// Utterances in one batch; further ones wait in order.
    #[garde(range(min = 1, max = 1024))]
    pub streams: usize,
    /// The folder of cloned voices kept by `mynah qwen3 clone`. Unset, it is `mynah/voices` in the
    /// user's data folder.
    pub voices: Option<PathBuf>,
    /// For measurements and tests: the number of frames of 80 ms for each chunk of a text, whatever
    /// the text.
    #[garde(range(min = 1, max = 1_000_000))]
    pub frames: Option<usize>,
}

impl Qwen3Settings {
    /// The number of threads that compute.
    pub fn thread_count(&self) -> usize {
        match self.threads {
            0 => Processor::of_process().threads,
            threads => threads,
        }
    }
}

impl Default for Qwen3Settings {
    fn default() -> Self {
        Self {
            model: None,
            size: ModelSize::Small,
            loaded: 1,
            precision: Precision::Int8,
            pretokenizer: Pretokenizer::Qwen2,
            threads: 0,
            streams: 8,
            voices: None,
            frames: None,
        }
    }
}

/// The sizes of Qwen3-TTS.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum ModelSize {
    /// 0.6 billion parameters.
    #[serde(rename = "0.6B")]
    Small,
    /// 1.7 billion parameters.
    #[serde(rename = "1.7B")]
    Large,
}
