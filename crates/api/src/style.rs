//! `/api/v1/styles`, and the style of a request.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A style to speak in: an emotion, or a mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StyleParam {
    /// The key of an emotion, such as `sad`; or `neutral`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub emotion: Option<String>,
    /// How strong the emotion is; the weakest of its intensities by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub intensity: Option<String>,
    /// The key of a mode, such as `whispering`, in place of an emotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub mode: Option<String>,
}

/// The styles of a workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StyleList {
    /// The built-in ones in their order, then the workspace's own by their keys.
    pub items: Vec<Style>,
    /// Null: the list is always whole.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many there are.
    pub total: usize,
}

/// A style of speaking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Style {
    /// Its key: 1 to 64 of `a-z`, `0-9` and `_`.
    #[schema(example = "sad")]
    pub key: String,
    /// Whose it is.
    pub origin: StyleOrigin,
    /// Grows with each change; 0 of a built-in one. The `ETag`.
    pub version: i64,
    /// All else.
    #[serde(flatten)]
    pub body: StyleBody,
}

/// What a style is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StyleBody {
    /// Whether it is an emotion or a mode.
    pub kind: StyleKind,
    /// Its name for people, by language: 1 to 32, each of at most 64 characters.
    #[schema(example = json!({"en": "Sad", "pt": "Triste"}))]
    pub labels: BTreeMap<String, String>,
    /// At most 32 words to find it by, each of 1 to 64 characters.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether its sample text is laughter, sobs and the like, which no recognizer writes as words.
    #[serde(default)]
    pub wordless: bool,
    /// The ways to speak it: of an emotion 1 to 5, each of its own intensity, the weakest first; else one
    /// without an intensity.
    pub variants: Vec<StyleVariant>,
}

/// Whose a style is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StyleOrigin {
    /// The program's.
    Builtin,
    /// The workspace's, in place of a built-in one.
    Override,
    /// The workspace's.
    Workspace,
}

impl StyleOrigin {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Override => "override",
            Self::Workspace => "workspace",
        }
    }
}

/// What kind of style it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StyleKind {
    /// Speech without a style.
    Neutral,
    /// A feeling, of one or more intensities.
    Emotion,
    /// A manner: whispering, shouting, narration.
    Mode,
}

impl StyleKind {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Emotion => "emotion",
            Self::Mode => "mode",
        }
    }
}

/// One way to speak a style.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StyleVariant {
    /// The intensity of an emotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub intensity: Option<String>,
    /// The instruction for voices that take one, of at most 1000 characters.
    pub instruct: String,
    /// A text that carries the style, by language: 1 to 32, each of at most 500 characters.
    #[schema(example = json!({"en": "I waited at the station all night, and no train came."}))]
    pub texts: BTreeMap<String, String>,
    /// What is done to the audio of a voice that has neither a recording in the style nor takes instructions.
    #[serde(default)]
    pub prosody: Prosody,
}

/// A change of tempo, pitch and level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Prosody {
    /// The factor of the tempo.
    #[schema(minimum = 0.5, maximum = 2.0, default = 1.0)]
    pub rate: f32,
    /// The change of pitch, in semitones.
    #[schema(minimum = -12.0, maximum = 12.0, default = 0.0)]
    pub pitch: f32,
    /// The change of level, in dB.
    #[schema(minimum = -24.0, maximum = 0.0, default = 0.0)]
    pub gain: f32,
}

impl Default for Prosody {
    /// No change.
    fn default() -> Self {
        Self {
            rate: 1.0,
            pitch: 0.0,
            gain: 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_origins_have_their_wire_names() {
        for kind in [StyleKind::Neutral, StyleKind::Emotion, StyleKind::Mode] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for origin in [
            StyleOrigin::Builtin,
            StyleOrigin::Override,
            StyleOrigin::Workspace,
        ] {
            assert_eq!(serde_json::to_value(origin).unwrap(), origin.as_str());
        }
    }
}
