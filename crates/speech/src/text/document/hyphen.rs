//! A word that is hyphenated at a line end.

use crate::Language;

use super::words::is_english;

/// What stands between two lines that become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineJoin {
    /// A space; the hyphen, where there is one, stays.
    Space,
    /// Nothing; the hyphen stays: `well-` `known`.
    Hyphen,
    /// Nothing, and the hyphen goes: `exam-` `ple`.
    Word,
}

/// Words that follow the first part of a pair whose second part they do not belong to:
/// `Vor- und Nachteile`, `pre- and postwar`.
fn conjunctions(language: &Language) -> &'static [&'static str] {
    match language.primary() {
        "en" => &["and", "or", "to"],
        "de" => &["und", "oder", "bis", "bzw"],
        "nl" => &["en", "of"],
        "fr" => &["et", "ou"],
        "es" => &["y", "o", "e", "u"],
        "it" => &["e", "ed", "o"],
        "pt" => &["e", "ou"],
        "ru" => &["и", "или"],
        _ => &[],
    }
}

/// How two lines are joined, both without white space at their ends.
///
/// In English a hyphenated word is joined unless both halves are words and the whole is not one;
/// in other languages unless the next line begins with a capital.
pub(super) fn join(line: &str, next: &str, language: &Language) -> LineJoin {
    let head = line.trim_end_matches(hyphen);
    let hyphens = &line[head.len()..];
    let left = last_word(head);
    let right = first_word(next);
    if left.is_empty() || right.is_empty() || hyphens.chars().count() != 1 {
        return LineJoin::Space;
    }
    if hyphens == SOFT_HYPHEN {
        return LineJoin::Word;
    }
    if conjunctions(language).contains(&right) {
        return LineJoin::Space;
    }
    let digit = |c: Option<char>| c.is_some_and(char::is_numeric);
    let capital = right.starts_with(char::is_uppercase) && left.ends_with(char::is_lowercase);
    if digit(left.chars().next_back()) || digit(right.chars().next()) || capital {
        return LineJoin::Hyphen;
    }
    let compound = language.primary() == "en"
        && !is_english(&format!("{left}{right}"))
        && is_english(left)
        && is_english(right);
    if compound {
        LineJoin::Hyphen
    } else {
        LineJoin::Word
    }
}

const SOFT_HYPHEN: &str = "\u{AD}";

fn hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{AD}')
}

/// The letters and digits that a line ends with.
fn last_word(line: &str) -> &str {
    let start = line
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphanumeric())
        .last()
        .map_or(line.len(), |(at, _)| at);
    &line[start..]
}

/// The letters and digits that a line begins with.
fn first_word(line: &str) -> &str {
    let end = line
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(line.len());
    &line[..end]
}

#[cfg(test)]
mod tests {
    use super::LineJoin::{Hyphen, Space, Word};
    use super::*;

    #[test]
    fn hyphens_at_line_ends_are_judged_by_language() {
        for (line, next, tag, expected) in [
            ("for exam-", "ple this", "en", Word),
            ("a well-", "known fact", "en", Hyphen),
            ("we under-", "stand", "en", Word),
            ("a state-of-", "the-art machine", "en", Hyphen),
            ("the inter\u{2010}", "national", "en", Word),
            ("Anglo-", "Saxon", "en", Hyphen),
            ("COVID-", "19", "en", Hyphen),
            ("pre-", "and postwar", "en", Space),
            ("process-", "ed and tok-", "en", Word),
            ("tok-", "en", "en", Word),
            ("Wörter-", "buch", "de", Word),
            ("Baden-", "Württemberg", "de", Hyphen),
            ("Vor-", "und Nachteile", "de", Space),
            ("impor-", "tante", "fr", Word),
            ("Saint-", "Denis", "fr", Hyphen),
            ("cami-", "nando", "es", Word),
            ("пере-", "нос", "ru", Word),
            ("Санкт-", "Петербург", "ru", Hyphen),
            ("exam\u{AD}", "ple", "en", Word),
            ("and so --", "he left", "en", Space),
            ("one", "two", "en", Space),
            ("-", "two", "en", Space),
            ("", "", "en", Space),
        ] {
            let language = tag.parse().unwrap();
            assert_eq!(join(line, next, &language), expected, "{line}|{next}");
        }
    }
}
