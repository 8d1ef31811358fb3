//! Languages by the checkpoint's names and by their tags.

use mynah_speech::Language;

use crate::Qwen3Error;
use crate::config::TalkerConfig;

use super::{comma_separated, quoted};

/// The first subtags of the languages that released checkpoints name.
const TAGS: [(&str, &str); 11] = [
    ("zh", "chinese"),
    ("cmn", "chinese"),
    ("en", "english"),
    ("de", "german"),
    ("it", "italian"),
    ("pt", "portuguese"),
    ("es", "spanish"),
    ("ja", "japanese"),
    ("ko", "korean"),
    ("fr", "french"),
    ("ru", "russian"),
];

impl TalkerConfig {
    /// The languages that a request may name, by their tags, as far as tags are known.
    pub fn language_tags(&self) -> impl Iterator<Item = Language> {
        self.languages().filter_map(|name| {
            let (tag, _) = TAGS.iter().find(|(_, known)| *known == name)?;
            tag.parse().ok()
        })
    }
}

/// A language's name as the checkpoint writes it, or none for `auto`.
pub(super) fn named<'t>(
    talker: &'t TalkerConfig,
    requested: &str,
) -> Result<Option<&'t str>, Qwen3Error> {
    let lower = requested.to_lowercase();
    if lower == "auto" {
        return Ok(None);
    }
    let find = |name: &str| talker.languages().find(|known| *known == name);
    let by_tag = || {
        let tag: Language = requested.parse().ok()?;
        let (_, name) = TAGS.iter().find(|(known, _)| *known == tag.primary())?;
        find(name)
    };
    find(&lower).or_else(by_tag).map(Some).ok_or_else(|| {
        Qwen3Error::unsupported(
            "language",
            format!(
                "this model does not speak {}; it speaks {}, or auto",
                quoted(requested),
                comma_separated(talker.languages())
            ),
        )
    })
}
