//! What every engine reports of itself.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of an engine, one of a closed set: `flite espeak pocketsphinx apertium tone …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct EngineId(&'static str);

impl EngineId {
    /// The name of an engine. Lower-case letters and digits.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for EngineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What an engine is, whether or not it can run here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EngineInfo {
    /// Its name in every interface.
    pub id: EngineId,
    /// Whether it is a demo engine: real, but not the product's quality.
    pub demo: bool,
    /// One sentence for people: what it is.
    pub about: &'static str,
    /// The licence of the engine itself, as an SPDX expression.
    pub licence: &'static str,
    /// The Debian packages that bring it; empty when it is built in.
    pub packages: &'static [&'static str],
}

/// Whether an engine can run on this machine now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EngineHealth {
    /// It can.
    Ready {
        /// Its version, where it states one.
        version: Option<String>,
    },
    /// It cannot, and what would change that.
    Missing {
        /// What is missing.
        reason: String,
        /// The act that mends it, such as `apt-get install flite`.
        fix: String,
    },
}

impl EngineHealth {
    /// Whether it can run.
    pub const fn is_ready(&self) -> bool {
        matches!(self, Self::Ready { .. })
    }
}
