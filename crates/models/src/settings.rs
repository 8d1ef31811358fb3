//! What an operator can set.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Models that were fetched, and who may fetch more.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ModelsSettings {
    /// The folder of the models. Unset, it is `mynah/models` in the user's data folder.
    pub folder: Option<PathBuf>,
    /// Which clients of the server may have models fetched: `loopback`, those on this machine;
    /// `always`, all with the rights; or `never`.
    pub allow_pull: AllowPull,
}

/// Which clients of a server may have models fetched.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize, Validate,
)]
#[serde(rename_all = "lowercase")]
#[garde(allow_unvalidated)]
pub enum AllowPull {
    /// Clients on this machine.
    #[default]
    Loopback,
    /// All clients that have the rights.
    Always,
    /// None.
    Never,
}

impl ModelsSettings {
    /// The folder of the models; none where it is not set and there is no home folder.
    pub fn folder(&self) -> Option<PathBuf> {
        let set = self.folder.as_deref().map(Path::to_owned);
        set.or_else(|| Some(Xdg::new().ok()?.data_dir().join("mynah").join("models")))
    }
}
