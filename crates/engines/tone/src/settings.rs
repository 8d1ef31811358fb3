//! What an operator can set.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Behaviour, Script, Tone};

/// The test engine, whose speech is tones.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ToneSettings {
    /// Whether the test engine is offered beside the real ones.
    pub enabled: bool,
    /// The time before its first sound, in milliseconds.
    #[garde(range(max = 600_000))]
    pub latency_ms: u64,
}

impl ToneSettings {
    /// The engine, where it is enabled.
    pub fn engine(&self) -> Option<Tone> {
        let script = Script::new();
        let latency = Duration::from_millis(self.latency_ms);
        script.speech.always(Behaviour::with_latency(latency));
        self.enabled.then(|| Tone::new(script))
    }
}
