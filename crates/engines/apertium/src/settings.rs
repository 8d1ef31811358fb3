//! What an operator can set.

use std::path::PathBuf;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Apertium, which translates by rules.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ApertiumSettings {
    /// The folder of the installed directions.
    pub modes: PathBuf,
}

impl Default for ApertiumSettings {
    fn default() -> Self {
        Self {
            modes: "/usr/share/apertium/modes".into(),
        }
    }
}
