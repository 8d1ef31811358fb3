//! Pauses between chunks of text.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The silence after a text chunk, by the boundary that ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct Pauses {
    /// After a piece that was cut within a clause because it was too long. Milliseconds. Default
    /// 60.
    #[garde(range(max = Pauses::MAX_MS))]
    pub cut_ms: u16,
    /// After a clause. Milliseconds. Default 160.
    #[garde(range(max = Pauses::MAX_MS))]
    pub clause_ms: u16,
    /// After a sentence. Milliseconds. Default 400.
    #[garde(range(max = Pauses::MAX_MS))]
    pub sentence_ms: u16,
    /// After a paragraph. Milliseconds. Default 800.
    #[garde(range(max = Pauses::MAX_MS))]
    pub paragraph_ms: u16,
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            cut_ms: 60,
            clause_ms: 160,
            sentence_ms: 400,
            paragraph_ms: 800,
        }
    }
}

impl Pauses {
    /// The longest pause that settings may request, in milliseconds.
    pub const MAX_MS: u16 = 10_000;

    /// After a piece that was cut within a clause.
    pub fn cut(&self) -> Duration {
        Duration::from_millis(self.cut_ms.into())
    }

    /// After a clause.
    pub fn clause(&self) -> Duration {
        Duration::from_millis(self.clause_ms.into())
    }

    /// After a sentence.
    pub fn sentence(&self) -> Duration {
        Duration::from_millis(self.sentence_ms.into())
    }

    /// After a paragraph.
    pub fn paragraph(&self) -> Duration {
        Duration::from_millis(self.paragraph_ms.into())
    }
}
