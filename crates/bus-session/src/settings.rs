//! What an operator can set.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Interpreting over a bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BusSessionSettings {
    /// The audio in one chunk, in milliseconds. 200 to 500, default 200.
    pub chunk_ms: u32,
    /// Seconds without audio of a connected client after which an empty chunk keeps its session
    /// alive. 1 to 10, default 5; the detector aborts a session after 15.
    pub keepalive_seconds: u32,
    /// Seconds that publishing a chunk may take, retries included, before the session is aborted.
    /// 1 to 600, default 10.
    pub publish_seconds: u32,
    /// Seconds that reading a resumed session back from the bus may take. 1 to 600, default 30.
    pub resume_timeout_seconds: u32,
    /// Bytes of results that wait for one session; one that has more is ended.
    /// 4194304 to 1073741824, default 33554432.
    pub max_inbox_bytes: usize,
}

impl Default for BusSessionSettings {
    fn default() -> Self {
        Self {
            chunk_ms: 200,
            keepalive_seconds: 5,
            publish_seconds: 10,
            resume_timeout_seconds: 30,
            max_inbox_bytes: 32 << 20,
        }
    }
}

impl BusSessionSettings {
    pub(crate) fn keepalive(&self) -> Duration {
        Duration::from_secs(self.keepalive_seconds.into())
    }

    pub(crate) fn publish(&self) -> Duration {
        Duration::from_secs(self.publish_seconds.into())
    }

    /// How long reading a resumed session back may take.
    pub fn resume_timeout(&self) -> Duration {
        Duration::from_secs(self.resume_timeout_seconds.into())
    }
}
