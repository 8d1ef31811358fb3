//! What an operator can set.

use std::path::PathBuf;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// CMU PocketSphinx, which recognizes English.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct PocketSphinxSettings {
    /// The folder that holds libpocketsphinx. Unset, the system's linker finds it.
    pub folder: Option<PathBuf>,
    /// The folder of its English model.
    pub model: PathBuf,
}

impl Default for PocketSphinxSettings {
    fn default() -> Self {
        Self {
            folder: None,
            model: "/usr/share/pocketsphinx/model/en-us".into(),
        }
    }
}
