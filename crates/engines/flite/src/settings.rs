//! What an operator can set.

use std::path::PathBuf;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// CMU flite, for English.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct FliteSettings {
    /// The folder that holds libflite. Unset, the system's linker finds it.
    pub folder: Option<PathBuf>,
}
