//! Abbreviations, from the list of a language.

use super::locale::{Abbreviation, Locale, When};
use super::scanner::Reading;
use super::site::{Site, capitalized, first_word, is_space, next_word};

/// The abbreviation that begins at a place.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    if site
        .previous()
        .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '@' | '_'))
    {
        return None;
    }
    let rest = site.rest();
    let word = first_word(rest);
    if let Some((short, long)) = locale
        .abbreviated_endings
        .iter()
        .find(|(short, _)| word.ends_with(short))
        && rest[word.len()..].starts_with('.')
        && word.len() > short.len()
    {
        let words = format!("{}{long}", &word[..word.len() - short.len()]);
        let last = rest[word.len() + 1..]
            .trim_start_matches(is_space)
            .is_empty();
        return Some(Reading {
            end: site.at + word.len() + usize::from(!last),
            words,
        });
    }
    let first = rest.chars().next()?;
    let small = if first.is_uppercase() {
        first.to_lowercase().next().unwrap_or(first)
    } else {
        first
    };
    locale.abbreviations.iter().find_map(|abbreviation| {
        if !abbreviation.short.starts_with([first, small]) {
            return None;
        }
        let len = matched(rest, abbreviation.short)?;
        let tail = &rest[len..];
        let dotted = abbreviation.short.ends_with('.');
        let letters = abbreviation.short.ends_with(char::is_alphabetic);
        if letters && tail.starts_with(char::is_alphanumeric) || !applies(abbreviation, site, tail)
        {
            return None;
        }
        let mut words = abbreviation.words.to_owned();
        if capitalized(rest) && !capitalized(abbreviation.short) {
            words = with_capital(&words);
        }
        let end = site.at + len - usize::from(dotted && ends_sentence(abbreviation, tail, locale));
        Some(Reading { end, words })
    })
}

/// How many bytes of a text are an abbreviation: its first letter in either case, and spaces after
/// its inner dots.
fn matched(text: &str, short: &str) -> Option<usize> {
    let mut rest = text;
    let mut inner = false;
    for (at, c) in short.chars().enumerate() {
        if std::mem::take(&mut inner) {
            let trimmed = rest.strip_prefix(is_space).unwrap_or(rest);
            rest = if trimmed.starts_with(c) {
                trimmed
            } else {
                rest
            };
        }
        let next = rest.chars().next()?;
        let same =
            next == c || at == 0 && next.to_lowercase().eq(c.to_lowercase()) && next.is_uppercase();
        if !same {
            return None;
        }
        inner = c == '.';
        rest = &rest[next.len_utf8()..];
    }
    Some(text.len() - rest.len())
}

fn applies(abbreviation: &Abbreviation, site: &Site<'_>, tail: &str) -> bool {
    let trimmed = tail.trim_start_matches(is_space);
    match abbreviation.when {
        When::Always | When::Ending => {
            !(abbreviation.short.ends_with('.')
                && tail.starts_with(char::is_alphanumeric)
                && tail.len() == trimmed.len()
                && !capitalized(tail))
        }
        // `S. A.` is no saint.
        When::BeforeCapital => {
            let initial =
                abbreviation.short.chars().count() == 2 && next_word(trimmed).chars().count() == 1;
            capitalized(trimmed) && !initial
        }
        When::AfterCapital => {
            let before = site.before().trim_end_matches(is_space);
            let token = before
                .rsplit(char::is_whitespace)
                .next()
                .unwrap_or_default();
            let next = next_word(tail);
            // `Schubert's Ave Maria` has no avenue.
            let named =
                !abbreviation.short.ends_with('.') && capitalized(next) && next.chars().count() > 2;
            !named
                && token.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
                && !token.ends_with(['.', ';', ':', '!', '?'])
                && (!token.ends_with(',') || matches!(abbreviation.short, "Jr." | "Sr."))
        }
        When::BeforeNumber => {
            let next = next_word(trimmed);
            // `S.L.` are initials.
            let initial = trimmed[next.len()..].starts_with('.') && next.len() == 1;
            trimmed.starts_with(|c: char| c.is_ascii_digit()) || is_roman(next) && !initial
        }
    }
}

fn is_roman(word: &str) -> bool {
    !word.is_empty() && word != "I" && word.bytes().all(|b| b"IVXLC".contains(&b))
}

/// Whether the dot of an abbreviation ends the sentence too.
fn ends_sentence(abbreviation: &Abbreviation, tail: &str, locale: &Locale) -> bool {
    let after = tail.trim_start_matches(['"', '”', '»', '’', ')', ']']);
    if after.trim_start_matches(is_space).is_empty() || after.starts_with('\n') {
        return true;
    }
    let may = matches!(abbreviation.when, When::Ending | When::AfterCapital);
    may && after.starts_with(char::is_whitespace)
        && locale
            .grammar
            .starts_sentence(next_word(after.trim_start()))
}

fn with_capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
