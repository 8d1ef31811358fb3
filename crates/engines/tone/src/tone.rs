//! The engine itself.

use mynah_speech::{EngineHealth, EngineId, EngineInfo};

use crate::Script;

/// Its name.
pub(crate) const ID: EngineId = EngineId::new("tone");

/// Speaks, listens and translates, as its script orders. Clones share the script.
#[derive(Clone, Debug, Default)]
pub struct Tone {
    pub(crate) script: Script,
}

/// What it is.
pub(crate) static INFO: EngineInfo = EngineInfo {
    id: ID,
    demo: true,
    about: "A test engine that speaks in tones and understands its own; nobody else does.",
    licence: "MIT OR Apache-2.0",
    packages: &[],
};

impl Tone {
    /// An engine that follows this script.
    pub const fn new(script: Script) -> Self {
        Self { script }
    }
}

/// It always can.
pub(crate) fn ready() -> EngineHealth {
    EngineHealth::Ready {
        version: Some(env!("CARGO_PKG_VERSION").into()),
    }
}
