//! What is said about a voice, and its bounds.

use mynah_speech::Language;

use crate::{VoiceName, VoicesError};

/// The most tags of a voice.
const MAX_TAGS: usize = 32;
/// The longest tag, in characters.
const MAX_TAG_CHARS: usize = 64;
/// The longest description, in characters.
const MAX_DESCRIPTION_CHARS: usize = 2_000;
/// The most languages of a voice.
const MAX_LANGUAGES: usize = 32;
/// The slowest and the fastest default speed.
const SPEED: std::ops::RangeInclusive<f64> = 0.25..=4.0;

/// What is said about a new voice.
#[derive(Clone, Debug, PartialEq)]
pub struct NewVoice {
    /// Its name.
    pub name: VoiceName,
    /// How it sounds, in words; at most 2 000 characters.
    pub description: String,
    /// The languages it speaks, best first; empty for those of the engine.
    pub languages: Vec<Language>,
    /// At most 32 words to find it by, each of 1 to 64 characters.
    pub tags: Vec<String>,
    /// Its speed where a request names none, 0.25 to 4.
    pub speed: f64,
    /// Whether other workspaces may speak with it.
    pub public: bool,
}

impl NewVoice {
    /// A voice of this name.
    pub const fn named(name: VoiceName) -> Self {
        Self {
            name,
            description: String::new(),
            languages: Vec::new(),
            tags: Vec::new(),
            speed: 1.0,
            public: false,
        }
    }

    /// Ok, or the first field that is out of its range.
    pub(crate) fn check(&self) -> Result<(), VoicesError> {
        if is_longer(&self.description, MAX_DESCRIPTION_CHARS) {
            let rule = format!("has at most {MAX_DESCRIPTION_CHARS} characters");
            return Err(VoicesError::field("description", rule));
        }
        check_characters("description", &self.description)?;
        check_tags(&self.tags)?;
        if self.languages.len() > MAX_LANGUAGES {
            let rule = format!("are at most {MAX_LANGUAGES}");
            return Err(VoicesError::field("languages", rule));
        }
        if !SPEED.contains(&self.speed) {
            let rule = format!("must be {} to {}", SPEED.start(), SPEED.end());
            return Err(VoicesError::field("speed", rule));
        }
        Ok(())
    }
}

/// Whether a text has more characters than it may have.
pub(crate) fn is_longer(text: &str, max_chars: usize) -> bool {
    text.chars().take(max_chars + 1).count() > max_chars
}

/// Ok, or that there are too many tags or one is none.
pub(crate) fn check_tags(tags: &[String]) -> Result<(), VoicesError> {
    let is_tag = |tag: &String| {
        !tag.trim().is_empty()
            && !is_longer(tag, MAX_TAG_CHARS)
            && !tag.chars().any(char::is_control)
    };
    if tags.len() <= MAX_TAGS && tags.iter().all(is_tag) {
        return Ok(());
    }
    let rule = format!("are at most {MAX_TAGS}, each of 1 to {MAX_TAG_CHARS} characters");
    Err(VoicesError::field("tags", rule))
}

/// Ok, or that a text has characters that no database of text keeps.
pub(crate) fn check_characters(field: &'static str, text: &str) -> Result<(), VoicesError> {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match text.chars().any(odd) {
        true => Err(VoicesError::field(field, "has control characters")),
        false => Ok(()),
    }
}
