//! Whether what stands before a dot is an abbreviation.

use super::marks::opens;
use super::rules::Rules;

/// What a dot after a word may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AbbreviationKind {
    /// Of an abbreviation that never ends a sentence.
    Never,
    /// Of one only where a number follows.
    BeforeNumber,
    /// Of one that may end a sentence, decided by the word that follows.
    Open,
}

/// How many words an abbreviation may have: `i. d. R.`, `av. J.-C.`
const MAX_WORDS: usize = 4;

/// The longest word of an abbreviation of several, in bytes.
const MAX_PART_CHARS: usize = 12;

/// The kind of abbreviation that `before`, the text up to a dot, ends with.
pub(super) fn abbreviation(before: &str, rules: &Rules) -> Option<AbbreviationKind> {
    let mut words = before.rsplit(char::is_whitespace);
    let last = bare(words.next()?);
    // Spaced abbreviations are looked up as if they were not: `z. B` as `z.B`.
    let mut joined = last.to_owned();
    let mut found = lookup(&joined, rules);
    for word in words.take(MAX_WORDS - 1) {
        let word = bare(word);
        if !word.ends_with('.') || word.len() > MAX_PART_CHARS {
            break;
        }
        joined.insert_str(0, word);
        found = lookup(&joined, rules).or(found);
    }
    found
        .or_else(|| lookup(last.rsplit(['\'', '’', '-', '/']).next()?, rules))
        .or_else(|| dotted(last).then_some(AbbreviationKind::Open))
}

/// A word without what opens a quote or a bracket before it.
pub(super) fn bare(word: &str) -> &str {
    word.trim_start_matches(opens)
}

/// Whether a word stands in a list as it is: `EE.UU` of which `EE.` is but the beginning.
pub(super) fn is_listed(word: &str, rules: &Rules) -> bool {
    lookup(word, rules).is_some()
}

/// The kind under which a word is listed. A listed word in small letters may begin with a capital.
fn lookup(word: &str, rules: &Rules) -> Option<AbbreviationKind> {
    let kind = |word: &str| {
        if rules.never.contains(word) {
            Some(AbbreviationKind::Never)
        } else if rules.before_number.contains(word) {
            Some(AbbreviationKind::BeforeNumber)
        } else if rules.open.contains(word) {
            Some(AbbreviationKind::Open)
        } else {
            None
        }
    };
    kind(word).or_else(|| {
        let first = word.chars().next()?;
        let small: String = first.to_lowercase().chain(word.chars().skip(1)).collect();
        (first.is_uppercase() && first.len_utf8() < word.len()).then(|| kind(&small))?
    })
}

/// Whether a word is letters and dots by turns, in groups of at most two letters: `U.S`, `Ph.D`.
fn dotted(word: &str) -> bool {
    let short = |group: &str| {
        let letters = group.chars().filter(|c| c.is_alphabetic()).count();
        letters == group.chars().count() && (1..=2).contains(&letters)
    };
    word.contains('.') && word.split(['.', '-']).all(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(before: &str, language: &str) -> Option<AbbreviationKind> {
        abbreviation(before, Rules::of(&language.parse().unwrap()))
    }

    #[test]
    fn abbreviations_are_found_in_every_spelling() {
        use AbbreviationKind::{BeforeNumber, Never, Open};
        assert_eq!(kind("Then Dr", "en"), Some(Never));
        assert_eq!(kind("see (Fig", "en"), Some(BeforeNumber));
        assert_eq!(kind("lived in the U.S", "en"), Some(Open));
        assert_eq!(kind("at 5 p. m", "en"), Some(Open));
        assert_eq!(kind("Obst, z. B", "de"), Some(Never));
        assert_eq!(kind("Vgl", "de"), Some(Never));
        assert_eq!(kind("de l'art", "fr"), Some(BeforeNumber));
        assert_eq!(kind("the end", "en"), None);
        assert_eq!(kind("see example.com", "en"), None);
        assert_eq!(kind("", "en"), None);
    }
}
