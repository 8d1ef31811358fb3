//! What an operator can set.

use std::path::PathBuf;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Models of Firefox (Bergamot), which translate.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct BergamotSettings {
    /// Folders of models, or of such folders, beside those that `mynah models pull` installed. A
    /// model's folder has one direction and is named after it: `bergamot-en-pt`.
    pub models: Vec<PathBuf>,
    /// Texts that are translated at the same time, each by one thread. 0 means one per processor
    /// core. Default 0.
    #[garde(range(max = 1024))]
    pub concurrency: usize,
}
