//! English words, for deciding what a hyphen at a line end means.

/// The words in small letters, sorted, each ended by a newline. Licence: `data/words/LICENSE.txt`.
const WORDS: &str = include_str!("../data/words/en.txt");

/// Whether a word, in any case, is on the list. Words with other letters than ASCII are not.
pub(super) fn is_english(word: &str) -> bool {
    if word.is_empty() || !word.bytes().all(|b| b.is_ascii_alphabetic()) {
        return false;
    }
    let word = word.to_ascii_lowercase();
    let (mut low, mut high) = (0, WORDS.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = WORDS[..middle].rfind('\n').map_or(0, |end| end + 1);
        let end = start + WORDS[start..].find('\n').unwrap_or(WORDS.len() - start);
        match WORDS[start..end].cmp(word.as_str()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_word_is_found() {
        let words: Vec<&str> = WORDS.lines().collect();
        assert!(words.len() > 40_000);
        assert!(words.is_sorted());
        assert!(words.iter().all(|word| is_english(word)));
    }

    #[test]
    fn other_words_are_not() {
        assert!(is_english("Known") && is_english("A"));
        for other in ["", "tion", "qqq", "zzzzz", "wellknown", "naïve", "a\nb"] {
            assert!(!is_english(other), "{other}");
        }
    }
}
