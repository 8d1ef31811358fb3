//! Recordings that commands read.

use std::num::NonZeroU64;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a recording on this machine may be. Whoever runs a command asked for it, so it may be more
/// than an upload; see `server.limits` for those.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RecordingSettings {
    /// The longest recording that commands read, in seconds, 1 or more. A recording takes 96 kB a
    /// second in memory. Unset: no limit.
    pub(crate) max_seconds: Option<NonZeroU64>,
}
