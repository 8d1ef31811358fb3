//! What an operator can set.

use std::path::PathBuf;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Whisper model, which recognizes before PocketSphinx does. It needs the feature `whisper`, which
/// is on by default.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct WhisperSettings {
    /// The model: a file of whisper.cpp (`ggml-*.bin`). Unset, none is used.
    pub model: Option<PathBuf>,
    /// A small model for previews of live speech in a language that it has, such as `ggml-tiny.en-q8_0.bin`.
    /// Unset, the model itself makes them.
    pub preview_model: Option<PathBuf>,
    /// Texts that a decode follows at once (beam search). 5 has fewer errors than 1 and takes longer.
    #[garde(range(min = 1, max = 8))]
    pub beam: usize,
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
            preview_model: None,
            beam: 1,
            threads: 0,
            decoders: 1,
        }
    }
}
