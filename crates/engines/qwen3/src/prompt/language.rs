//! Which language id a prompt names.

use crate::config::{Dialect, TalkerConfig};

/// The codec id of the language, or None where the model chooses.
///
/// `language` is a name of `codec_language_id`, none for `auto`; `speaker` is one of `spk_id`. Both
/// are looked up in lower case. For a speaker of a dialect, Chinese and `auto` mean that dialect.
pub fn language_id(
    talker: &TalkerConfig,
    language: Option<&str>,
    speaker: Option<&str>,
) -> Option<u32> {
    let id = |name: &str| talker.codec_language_id.get(name).copied();
    let language = language.map(str::to_lowercase);
    let dialect = speaker
        .and_then(|speaker| talker.spk_is_dialect.get(&speaker.to_lowercase()))
        .and_then(Dialect::name);
    match (language.as_deref(), dialect) {
        (None | Some("chinese"), Some(dialect)) => id(dialect),
        (language, _) => language.and_then(id),
    }
}
