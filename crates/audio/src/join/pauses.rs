//! How long a speaker waits between pieces of text.

use std::time::Duration;

use schemars::JsonSchema;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

/// The silence after a piece of text, by what ends the piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pauses {
    /// After a piece that was cut within a clause because it was too long. Milliseconds, 0–10000,
    /// default 60.
    #[serde(deserialize_with = "bounded")]
    #[schemars(range(max = 10_000))]
    pub cut_ms: u16,
    /// After a clause. Milliseconds, 0–10000, default 160.
    #[serde(deserialize_with = "bounded")]
    #[schemars(range(max = 10_000))]
    pub clause_ms: u16,
    /// After a sentence. Milliseconds, 0–10000, default 400.
    #[serde(deserialize_with = "bounded")]
    #[schemars(range(max = 10_000))]
    pub sentence_ms: u16,
    /// After a paragraph. Milliseconds, 0–10000, default 800.
    #[serde(deserialize_with = "bounded")]
    #[schemars(range(max = 10_000))]
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
    /// The longest pause that settings may ask for, in milliseconds.
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

/// Milliseconds up to [`Pauses::MAX_MS`].
fn bounded<'de, D: Deserializer<'de>>(source: D) -> Result<u16, D::Error> {
    let ms = u16::deserialize(source)?;
    if ms > Pauses::MAX_MS {
        let given = Unexpected::Unsigned(ms.into());
        return Err(D::Error::invalid_value(
            given,
            &"at most 10000 milliseconds",
        ));
    }
    Ok(ms)
}
