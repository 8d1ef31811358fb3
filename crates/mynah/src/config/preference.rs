//! Which engines are preferred for a task.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which engines are preferred.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct PreferenceSettings {
    /// Engines in order of preference; those that are not listed follow in their default order.
    /// Default empty.
    pub(crate) prefer: Vec<String>,
}
