//! Codes of digits that are no quantities: postal codes, house numbers, identifiers.
//!
//! A code is recognized by what stands before it (`ZIP`, `#`, a state, an address) or after it (a
//! town, a street); the words and shapes are in the [`Codes`](super::locale::Codes) of a language.

use super::locale::Locale;
use super::scanner::Reading;
use super::site::{
    Site, capitalized, digits, ends, first_word, is_space, last_word, next_word, spaces,
};

/// The fewest digits of a code after a word for one; fewer are read as a number.
const MIN_CODE_DIGITS: usize = 4;

/// The fewest digits of an identifier after the sign of a number.
const MIN_IDENTIFIER_DIGITS: usize = 5;

/// The digits of a postal code in the United States.
const ZIP_DIGITS: usize = 5;

/// The digits of a postal code that is recognized without a town after it.
const SURE_POSTAL_DIGITS: usize = 6;

/// The most digits of a house number before a postal code.
const MAX_HOUSE_DIGITS: usize = 3;

/// How many words after a house number may name the street.
const MAX_STREET_WORDS: usize = 4;

/// The code that begins at a place.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let count = digits(rest);
    let (figures, after) = rest.split_at(count);
    if count < MIN_CODE_DIGITS || !site.starts() || !stands_alone(after) {
        return None;
    }
    let code = is_after_word(site, locale)
        || count >= MIN_IDENTIFIER_DIGITS && is_after_number_sign(site)
        || count == ZIP_DIGITS && is_after_state(site, locale)
        || count == locale.codes.postal_digits && is_postal(site, after, locale);
    let words = if code {
        locale.grammar.digits(figures, locale)
    } else if names_a_street(after, locale) {
        locale.grammar.house_number(figures, locale)?
    } else {
        return None;
    };
    Some(Reading {
        end: site.at + count,
        words,
    })
}

/// Whether no more digits, decimals or signs of a quantity follow.
fn stands_alone(after: &str) -> bool {
    let mut chars = after.chars();
    let continues = matches!(
        chars.next(),
        Some('.' | ',' | '\'' | '’' | ':' | '/' | '-' | '–' | '—')
    ) && chars.next().is_some_and(|c| c.is_ascii_digit());
    let measured = after
        .trim_start_matches(is_space)
        .starts_with(['%', '‰', '°', '€', '$', '£', '¥']);
    ends(after) && !continues && !measured
}

fn is_after_word(site: &Site<'_>, locale: &Locale) -> bool {
    let before = site
        .before()
        .trim_end_matches(|c| is_space(c) || matches!(c, ':' | '：' | '.' | '#'));
    let word = last_word(before);
    locale.codes.words.iter().any(|known| {
        // Scripts without spaces have the word at the end of a longer run of letters.
        *known == word || locale.joiner.is_empty() && word.ends_with(known)
    })
}

fn is_after_number_sign(site: &Site<'_>) -> bool {
    site.before()
        .trim_end_matches(is_space)
        .ends_with(['#', '№'])
}

/// `Beverly Hills, CA 90210`: a state after the name of a town.
fn is_after_state(site: &Site<'_>, locale: &Locale) -> bool {
    let before = site.before();
    let trimmed = before.trim_end_matches(is_space);
    let state = last_word(trimmed);
    if trimmed.len() == before.len()
        || state.is_empty()
        || !locale
            .codes
            .states
            .split_ascii_whitespace()
            .any(|known| known == state)
    {
        return false;
    }
    let town = trimmed[..trimmed.len() - state.len()].trim_end_matches(is_space);
    capitalized(last_word(town.trim_end_matches(',')))
}

/// `Hauptstr. 12a, 10115 Berlin`: between an address and a town.
fn is_postal(site: &Site<'_>, after: &str, locale: &Locale) -> bool {
    let before = site.before().trim_end_matches(is_space);
    let address = before.trim_end_matches(',');
    let town = after.starts_with(is_space) && capitalized(next_word(after));
    let last = locale.codes.postal_digits >= SURE_POSTAL_DIGITS
        && after
            .chars()
            .next()
            .is_none_or(|c| matches!(c, ',' | '.' | ';' | ')' | '\n'));
    if locale.codes.after_house_number {
        let house = address.trim_end_matches(char::is_alphabetic);
        let street = house.trim_end_matches(|c: char| c.is_ascii_digit());
        return town
            && address.len() - house.len() <= 1
            && (1..=MAX_HOUSE_DIGITS).contains(&(house.len() - street.len()))
            && street.ends_with(is_space);
    }
    address.len() < before.len() && (town || last)
}

/// Whether capitalized words follow, one of which is a kind of street: `Sunset Blvd.`
fn names_a_street(after: &str, locale: &Locale) -> bool {
    let streets = locale.codes.streets;
    if streets.is_empty() {
        return false;
    }
    let mut tail = after;
    for place in 0..MAX_STREET_WORDS {
        let gap = spaces(tail);
        if gap == 0 {
            return false;
        }
        tail = &tail[gap..];
        // `42nd St.`
        let figures = digits(tail);
        let word = first_word(&tail[figures..]);
        if place > 0 && streets.split_ascii_whitespace().any(|name| name == word) {
            return true;
        }
        if figures == 0 && !capitalized(word) {
            return false;
        }
        tail = &tail[figures + word.len()..];
        tail = tail.strip_prefix('.').unwrap_or(tail);
    }
    false
}
