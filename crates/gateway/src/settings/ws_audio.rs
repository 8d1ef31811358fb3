//! The settings of the earlier protocol, `/ws/audio`.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The limits of `/ws/audio`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct WsAudioSettings {
    /// Connections at the same time; 0 refuses all. Default 10.
    #[garde(range(max = 100_000))]
    pub max_connections: usize,
    /// The most bytes of sound in one message. Default 65536.
    #[garde(range(min = 2, max = 16_777_216))]
    pub max_chunk_bytes: usize,
    /// The most bytes of sound in one session. Default 5242880: 164 seconds.
    #[garde(range(min = 2, max = 1_073_741_824))]
    pub max_buffer_bytes: usize,
    /// Messages in any one second; 0 does not count them. Default 200.
    #[garde(range(max = 100_000))]
    pub max_messages_per_second: u32,
    /// Seconds without a message, before `done`. Default 10.
    #[garde(range(min = 1, max = 86_400))]
    pub idle_seconds: u32,
    /// Seconds until `done` at the latest. Default 60.
    #[garde(range(min = 1, max = 86_400))]
    pub session_seconds: u32,
}

impl Default for WsAudioSettings {
    fn default() -> Self {
        Self {
            max_connections: 10,
            max_chunk_bytes: 65_536,
            max_buffer_bytes: 5_242_880,
            max_messages_per_second: 200,
            idle_seconds: 10,
            session_seconds: 60,
        }
    }
}

impl WsAudioSettings {
    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds.into())
    }

    pub(crate) fn session(&self) -> Duration {
        Duration::from_secs(self.session_seconds.into())
    }
}
