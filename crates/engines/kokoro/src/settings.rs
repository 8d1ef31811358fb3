//! What an operator can set.

use std::path::PathBuf;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kokoro-82M, which speaks nine languages with neural voices; seven of them here.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct KokoroSettings {
    /// The graph: `kokoro-v1.0.int8.im2col.onnx`. Unset, it is the installed one.
    pub model: Option<PathBuf>,
    /// The folder of the voices: `af_heart.bin` and so on. Unset, it is the installed one.
    pub voices: Option<PathBuf>,
    /// The shared library of ONNX Runtime, 1.22 or later. Unset, it is the installed one, else the
    /// system's.
    pub runtime: Option<PathBuf>,
    /// Threads that compute for each utterance. 0 means one per processor core, at most eight. 0
    /// to 256, default 0.
    #[garde(range(max = 256))]
    pub threads: usize,
    /// Utterances that are computed at the same time, each with a copy of the model (about 130 MB)
    /// and its buffers; further ones take turns, chunk by chunk. 1 to 64, default 1.
    #[garde(range(min = 1, max = 64))]
    pub sessions: usize,
}

impl Default for KokoroSettings {
    fn default() -> Self {
        Self {
            model: None,
            voices: None,
            runtime: None,
            threads: 0,
            sessions: 1,
        }
    }
}
