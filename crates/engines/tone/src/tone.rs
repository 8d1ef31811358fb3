//! The engine itself.

use mynah_speech::{EngineHealth, EngineId, EngineInfo};

use crate::Script;

/// Its name.
pub(crate) const ID: EngineId = EngineId::new("tone");

/// Synthesizes, recognizes and translates as its script orders. Clones share the script.
#[derive(Clone, Debug, Default)]
pub struct Tone {
    pub(crate) script: Script,
}

/// What it is.
pub(crate) static INFO: EngineInfo = EngineInfo {
    id: ID,
    demo: true,
    about: "A test engine whose speech is tones, which only its own recognizer decodes.",
    licence: "MIT OR Apache-2.0",
    packages: &[],
};

impl Tone {
    /// An engine that follows this script.
    pub const fn new(script: Script) -> Self {
        Self { script }
    }
}

/// Always ready.
pub(crate) fn ready() -> EngineHealth {
    EngineHealth::Ready {
        version: Some(env!("CARGO_PKG_VERSION").into()),
    }
}
