//! What an operator can set.

use std::path::PathBuf;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// MarianMT models (OPUS-MT), which translate. They need a program built with the feature `marian`.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct MarianSettings {
    /// The folder of the models: one folder each, named like `opus-mt-en-es`. Unset, none is used.
    pub models: Option<PathBuf>,
    /// Threads that compute. 0 means one per processor core.
    #[garde(range(max = 1024))]
    pub threads: usize,
    /// Models that stay in memory; the least recently used one is dropped for another. A
    /// translation through English uses two.
    #[garde(range(min = 1, max = 1000))]
    pub max_loaded: usize,
}

impl Default for MarianSettings {
    fn default() -> Self {
        Self {
            models: None,
            threads: 0,
            max_loaded: 4,
        }
    }
}
