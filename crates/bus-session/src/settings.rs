//! What an operator can set.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Interpreting over a bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct BusSessionSettings {
    /// The audio in one chunk, in milliseconds. Default 200.
    #[garde(range(min = 200, max = 500))]
    pub chunk_ms: u32,
    /// Seconds without audio of a connected client after which an empty chunk keeps its session alive.
    /// Default 5; the detector aborts a session after 15.
    #[garde(range(min = 1, max = 10))]
    pub keepalive_seconds: u32,
    /// Seconds that publishing a chunk may take, retries included, before the session is aborted.
    /// Default 10.
    #[garde(range(min = 1, max = 600))]
    pub publish_seconds: u32,
    /// Seconds that reading a resumed session back from the bus may take. Default 30.
    #[garde(range(min = 1, max = 600))]
    pub resume_timeout_seconds: u32,
    /// Bytes of results that wait for one session; one that has more is ended. Default 33554432.
    #[garde(range(min = 4_194_304, max = 1_073_741_824))]
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
