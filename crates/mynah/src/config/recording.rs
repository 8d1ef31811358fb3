//! Recordings that commands read.

use std::num::NonZeroU64;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a recording on this machine may be. It is named by the user of a command, so its limits
/// are wider than those of an upload; see `server.limits` for those.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize, Validate,
)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct RecordingSettings {
    /// The longest recording that commands read, in seconds, 1 or more. A recording takes 96 kB a
    /// second in memory. Unset: no limit.
    pub(crate) max_seconds: Option<NonZeroU64>,
}
