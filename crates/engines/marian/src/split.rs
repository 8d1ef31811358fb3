//! A sentence in two, where it is too long for a model.

use mynah_speech::Language;
use mynah_speech::text::{TextChunkLimits, text_spans};

/// Two parts, without the white space between: cut after a clause near the middle, else between
/// words, else between characters. None of a single character.
pub(crate) fn halves<'a>(text: &'a str, language: &Language) -> Option<(&'a str, &'a str)> {
    let text = text.trim();
    let half = text.chars().count().div_ceil(2);
    let limits = TextChunkLimits {
        first_chars: half,
        max_chars: half,
    };
    let end = text_spans(text, language, &limits).first()?.range.end;
    let (first, second) = (text[..end].trim(), text[end..].trim());
    (!first.is_empty() && !second.is_empty()).then_some((first, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_cut_where_it_hurts_least() {
        let cut = |text| halves(text, &Language::english());
        let text = "When it rains, the river rises and nobody crosses it";
        assert_eq!(cut(text).map(|(first, _)| first), Some("When it rains,"));
        assert_eq!(cut("one two three four"), Some(("one two", "three four")));
        assert_eq!(cut("abcd"), Some(("ab", "cd")));
        assert_eq!(cut("a"), None);
        assert_eq!(cut(" "), None);
    }
}
