//! What an operator can set.

use std::path::PathBuf;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Whisper model, which recognizes before PocketSphinx does. It needs a program built with the
/// feature `whisper`.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct WhisperSettings {
    /// The model: a file of whisper.cpp (`ggml-*.bin`). Unset, none is used.
    pub model: Option<PathBuf>,
    /// Threads that compute for each decode. 0 means one per processor core.
    #[garde(range(max = 64))]
    pub threads: usize,
    /// Concurrent decodes, each with buffers of its own; further ones wait.
    #[garde(range(min = 1, max = 64))]
    pub decoders: usize,
}

impl Default for WhisperSettings {
    fn default() -> Self {
        Self {
            model: None,
            threads: 0,
            decoders: 1,
        }
    }
}
