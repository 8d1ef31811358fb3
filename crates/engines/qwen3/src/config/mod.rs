//! The configuration of a checkpoint: sizes, ids, voices, languages, and default sampling
//! parameters.
//!
//! Everything is read from the files. The class defaults of the official package are not those of
//! any released checkpoint.

pub(crate) mod check;
mod encoder;
mod generation;
mod model;
mod predictor;
mod rope;
mod speaker_encoder;
mod talker;

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::Qwen3Error;

pub use encoder::EncoderConfig;
pub use generation::{GenerationConfig, SamplingSettings};
pub use model::{ModelConfig, ModelKind};
pub use predictor::CodePredictorConfig;
pub use rope::RopeScaling;
pub use speaker_encoder::SpeakerEncoderConfig;
pub use talker::{Dialect, SUPPRESSED_CODES, TalkerConfig};

/// The paths without which a folder or a repository has no checkpoint: its configuration, and that
/// of its codec.
pub const CHECKPOINT_FILES: [&str; 2] = ["config.json", "speech_tokenizer/config.json"];

/// A configuration as a checkpoint's file of another format states it.
pub(crate) fn from_value<T: DeserializeOwned>(
    value: serde_json::Value,
    path: &Path,
) -> Result<T, Qwen3Error> {
    serde_json::from_value(value).map_err(|error| Qwen3Error::Checkpoint {
        path: path.to_owned(),
        reason: format!("its metadata does not make a configuration: {error}"),
    })
}

/// A configuration whose values are in range.
pub(crate) fn checked<T>(
    config: T,
    check: impl FnOnce(&T) -> Result<(), String>,
    path: &Path,
) -> Result<T, Qwen3Error> {
    match check(&config) {
        Ok(()) => Ok(config),
        Err(reason) => Err(Qwen3Error::Checkpoint {
            path: path.to_owned(),
            reason,
        }),
    }
}

/// Reads a file of JSON.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Qwen3Error> {
    let text = std::fs::read(path).map_err(|source| Qwen3Error::File {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&text).map_err(|error| Qwen3Error::Checkpoint {
        path: path.to_owned(),
        reason: format!("does not have the expected structure: {error}"),
    })
}
