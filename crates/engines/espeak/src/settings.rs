//! What an operator can set.

use std::path::PathBuf;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// eSpeak NG, for many languages.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct EspeakSettings {
    /// The espeak-ng program: a name found on `PATH`, or a path.
    pub program: PathBuf,
}

impl Default for EspeakSettings {
    fn default() -> Self {
        Self {
            program: "espeak-ng".into(),
        }
    }
}
