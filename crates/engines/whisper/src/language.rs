//! Whisper's names of languages and their BCP-47 tags.

use mynah_speech::Language;

/// Tags that differ from Whisper's names, or that one of its languages serves.
const TAGS: [(&str, &str); 5] = [
    ("jv", "jw"), // Javanese by its withdrawn code
    ("nb", "no"),
    ("cmn", "zh"),
    ("fil", "tl"),
    ("in", "id"),
];

/// Whisper's number of a language, among the first `known`.
pub(crate) fn number(language: &Language, known: usize) -> Option<i32> {
    let tag = language.primary();
    let name = TAGS
        .iter()
        .find(|pair| pair.0 == tag)
        .map_or(tag, |pair| pair.1);
    let number = whisper_rs::get_lang_id(name)?;
    usize::try_from(number)
        .ok()
        .filter(|number| *number < known)?;
    Some(number)
}

/// The tag of the language of this number.
pub(crate) fn tag(number: i32) -> Option<Language> {
    let name = whisper_rs::get_lang_str(number)?;
    let tag = TAGS.iter().find(|pair| pair.1 == name && pair.0 == "jv");
    tag.map_or(name, |pair| pair.0).parse().ok()
}

/// The first `known` languages, English first.
pub(crate) fn all(known: usize) -> Vec<Language> {
    (0..known)
        .filter_map(|number| tag(i32::try_from(number).ok()?))
        .collect()
}

/// Whether it is written without spaces between words.
pub(crate) fn unspaced(number: i32) -> bool {
    let name = whisper_rs::get_lang_str(number);
    matches!(
        name,
        Some("zh" | "ja" | "th" | "lo" | "my" | "yue" | "km" | "bo")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number_of(tag: &str, known: usize) -> Option<i32> {
        number(&tag.parse().expect(tag), known)
    }

    #[test]
    fn tags_and_numbers_belong_together() {
        assert_eq!(number_of("en-GB", 99), Some(0));
        assert_eq!(number_of("en", 1), Some(0));
        assert_eq!(number_of("de", 1), None, "of an English model");
        assert_eq!(
            number_of("yue", 99),
            None,
            "of a model before the third large one"
        );
        assert_eq!(number_of("yue", 100), Some(99));
        assert_eq!(number_of("tlh", 100), None);
        assert_eq!(number_of("nb", 99), number_of("no", 99));
        let tags = all(100);
        assert_eq!(tags.len(), 100);
        assert_eq!(tags[0], Language::english());
        for (place, tag) in tags.iter().enumerate() {
            assert_eq!(number(tag, 100), i32::try_from(place).ok(), "{tag}");
        }
    }
}
