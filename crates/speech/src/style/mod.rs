//! Styles of speaking: emotions with intensities, and modes such as whispering.

mod prosody;
mod style_name;
mod style_ref;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Language;

pub use prosody::{InvalidProsody, Prosody};
pub use style_name::{StyleMismatch, StyleName};
pub use style_ref::{InvalidStyleKey, StyleKey, StyleRef};

/// A style of speaking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Style {
    /// Its key.
    pub key: StyleKey,
    /// What it is.
    pub kind: StyleKind,
    /// Its name for people, by language (`en`, `pt` …).
    pub labels: BTreeMap<Language, String>,
    /// Words to find it by, besides its key.
    pub tags: Vec<String>,
    /// Whether its sample text is laughter, sobs and the like, which no recognizer writes as words.
    #[serde(default)]
    pub wordless: bool,
    /// The ways to speak it: of an emotion one for each intensity, the weakest first; else one.
    pub variants: Vec<StyleVariant>,
}

/// What a style is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StyleKind {
    /// Speech without a style.
    Neutral,
    /// A feeling, of one or more intensities.
    Emotion,
    /// A manner: whispering, shouting, narration.
    Mode,
}

/// One way to speak a style.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StyleVariant {
    /// The intensity of an emotion; else none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intensity: Option<StyleKey>,
    /// The instruction for voices that take one, in English.
    pub instruct: String,
    /// A text that carries the style, by language: what a sample of it says.
    pub texts: BTreeMap<Language, String>,
    /// What is done to the audio of a voice that can do neither.
    #[serde(default)]
    pub prosody: Prosody,
}

impl Style {
    /// The name of one of its variants.
    pub fn name_of(&self, variant: &StyleVariant) -> StyleRef {
        StyleRef {
            key: self.key.clone(),
            intensity: variant.intensity.clone(),
        }
    }

    /// How far two intensities are apart; none where it has not both.
    pub fn distance(&self, a: Option<&StyleKey>, b: Option<&StyleKey>) -> Option<usize> {
        let position = |intensity: Option<&StyleKey>| {
            self.variants
                .iter()
                .position(|variant| variant.intensity.as_ref() == intensity)
        };
        Some(position(a)?.abs_diff(position(b)?))
    }
}

/// The styles that a workspace may speak, in memory.
pub trait StyleIndex: Send + Sync {
    /// The style of a key.
    fn style(&self, workspace: &str, key: &StyleKey) -> Option<Arc<Style>>;

    /// All of them, in the order of the catalogue, then by their keys.
    fn styles(&self, workspace: &str) -> Vec<Arc<Style>>;
}
