//! A sentence in two, where it is too long for a model.

use crate::Language;
use crate::text::{TextChunkLimits, text_spans};

/// Two parts, without the white space between: cut after a clause near the middle, else between
/// words, else between characters. None of a single character.
pub fn halves<'a>(text: &'a str, language: &Language) -> Option<(&'a str, &'a str)> {
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
    fn sentences_are_cut_at_a_clause_or_between_words() {
        let cut = |text| halves(text, &Language::english());
        let text = "When it rains, the river rises and nobody crosses it";
        assert_eq!(cut(text).map(|(first, _)| first), Some("When it rains,"));
        assert_eq!(cut("one two three four"), Some(("one two", "three four")));
        assert_eq!(cut("abcd"), Some(("ab", "cd")));
        assert_eq!(cut("a"), None);
        assert_eq!(cut(" "), None);
    }
}
