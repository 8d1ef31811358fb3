//! Fractions, and figures that are read in a way of their own.

use super::address::figures;
use super::grammar::{CountedNoun, Gender, Plural};
use super::locale::Locale;
use super::number::{Number, number};
use super::quantity_words::with_unit;
use super::scanner::Reading;
use super::site::{Site, digits, ends, is_space, next_word, spaces};
use super::time::after_figures;
use super::unit;

/// Fractions that Unicode has a character for.
const VULGAR: [(char, u64, u64); 18] = [
    ('½', 1, 2),
    ('⅓', 1, 3),
    ('⅔', 2, 3),
    ('¼', 1, 4),
    ('¾', 3, 4),
    ('⅕', 1, 5),
    ('⅖', 2, 5),
    ('⅗', 3, 5),
    ('⅘', 4, 5),
    ('⅙', 1, 6),
    ('⅚', 5, 6),
    ('⅐', 1, 7),
    ('⅛', 1, 8),
    ('⅜', 3, 8),
    ('⅝', 5, 8),
    ('⅞', 7, 8),
    ('⅑', 1, 9),
    ('⅒', 1, 10),
];

/// Denominators that a fraction is likely to have.
const DENOMINATORS: [u64; 17] = [
    2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 20, 32, 64, 100, 1000, 10_000,
];

/// Figures that a language reads in a way of their own: `24/7`.
pub(super) fn idiom(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    if !site.starts() {
        return None;
    }
    let rest = site.rest();
    let (short, words) = locale.idioms.iter().find(|(short, _)| {
        rest.strip_prefix(short)
            .is_some_and(|after| ends(after) && !after.starts_with('/'))
    })?;
    Some(Reading {
        end: site.at + short.len(),
        words: (*words).into(),
    })
}

/// The fraction that a text begins with: its parts and length.
fn parse(rest: &str) -> Option<(u64, u64, usize)> {
    if let Some(c) = rest.chars().next()
        && let Some((_, numerator, denominator)) = VULGAR.iter().find(|(sign, ..)| *sign == c)
    {
        return Some((*numerator, *denominator, c.len_utf8()));
    }
    let count = digits(rest);
    let slash = rest[count..]
        .chars()
        .next()
        .filter(|c| matches!(c, '/' | '⁄'))?;
    let at = count + slash.len_utf8();
    let second = digits(&rest[at..]);
    let end = at + second;
    if count == 0
        || second == 0
        || count > 5
        || second > 5
        || !ends(&rest[end..])
        || rest[end..].starts_with(['/', '⁄'])
    {
        return None;
    }
    if rest.starts_with('0') || rest[at..].starts_with('0') {
        return None;
    }
    Some((
        rest[..count].parse().ok()?,
        rest[at..end].parse().ok()?,
        end,
    ))
}

/// Whether two numbers with a slash between them are a fraction, and not a pair.
fn likely(numerator: u64, denominator: u64) -> bool {
    numerator > 0 && numerator < denominator && DENOMINATORS.contains(&denominator)
}

/// `1/2`, `2 1/2`, `2½`; other pairs with a slash are read as two numbers.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    if !site.starts() || after_figures(site.before()) {
        return None;
    }
    let rest = site.rest();
    let whole = number(rest, locale, false)?;
    let at = whole.len;
    let gap = spaces(&rest[at..]);
    if let Some((numerator, denominator, len)) = parse(&rest[at + gap..])
        && likely(numerator, denominator)
        && let Some(n) = whole.whole()
    {
        let part = (numerator, denominator);
        return Some(with_noun(site, at + gap + len, Some(n), part, locale));
    }
    match parse(rest) {
        Some((a, b, len)) if likely(a, b) => Some(with_noun(site, len, None, (a, b), locale)),
        _ => pair(site, locale),
    }
}

/// A fraction of `len` bytes, after a whole number or alone, and what it counts.
fn with_noun(
    site: &Site<'_>,
    len: usize,
    whole: Option<u64>,
    part: (u64, u64),
    locale: &Locale,
) -> Reading {
    let grammar = locale.grammar;
    let tail = &site.rest()[len..];
    let plural = grammar.plural(&Number {
        integer: whole.unwrap_or(0).to_string(),
        fraction: "5".into(),
        ..Number::default()
    });
    let unit = unit::after_number(tail, locale);
    let counter = grammar
        .half_counters()
        .iter()
        .find(|counter| tail.trim_start_matches(is_space).starts_with(**counter));
    let word = next_word(tail);
    let found = if let Some(counter) = counter {
        let noun = CountedNoun {
            noun: counter,
            one: counter,
            gender: Gender::Masculine,
        };
        let taken = tail.len() - tail.trim_start_matches(is_space).len() + counter.len();
        grammar
            .fraction_of_noun(whole, part, &noun, locale)
            .map(|words| (words, taken))
    } else if let Some((unit, taken)) = &unit {
        let noun = CountedNoun {
            noun: if whole == Some(1) && plural != Plural::Few {
                &unit.one
            } else {
                unit.form(plural)
            },
            one: &unit.one,
            gender: unit.gender,
        };
        grammar
            .fraction_of_noun(whole, part, &noun, locale)
            .filter(|_| !unit.one.contains(unit::NUMBER) && unit.before.is_empty())
            .map(|words| match unit.after.as_str() {
                "" => (words, *taken),
                after => (format!("{words}{}{after}", locale.joiner), *taken),
            })
    } else if tail.starts_with(is_space)
        && let Some(gender) = grammar.noun_gender(word)
    {
        let noun = CountedNoun {
            noun: word,
            one: word,
            gender,
        };
        let taken = tail.len() - tail.trim_start_matches(is_space).len() + word.len();
        grammar
            .fraction_of_noun(whole, part, &noun, locale)
            .map(|words| (words, taken))
    } else {
        None
    };
    if let Some((words, taken)) = found {
        return Reading {
            end: site.at + len + taken,
            words,
        };
    }
    let fraction = grammar.fraction(part.0, part.1, locale);
    let words = match whole {
        Some(n) => grammar.mixed(n, &fraction, locale),
        None => fraction,
    };
    with_unit(site, len, words, whole.is_some(), locale)
}

/// Two numbers with a slash between them: a quotient before `=`, else each for itself.
fn pair(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let count = digits(rest);
    let tail = rest[count..].strip_prefix(['/', '⁄'])?;
    let second = digits(tail);
    let end = rest.len() - tail.len() + second;
    if second == 0 || count > 9 || second > 9 || !ends(&rest[end..]) {
        return None;
    }
    let gap = if locale.joiner.is_empty() { "、" } else { " " };
    let (a, b) = (
        figures(&rest[..count], locale),
        figures(&tail[..second], locale),
    );
    let quotient = rest[end..].trim_start_matches(is_space).starts_with('=');
    let words = if quotient {
        format!("{a}{0}{1}{0}{b}", locale.joiner, locale.words.divided)
    } else {
        format!("{a}{gap}{b}")
    };
    Some(Reading {
        end: site.at + end,
        words,
    })
}

/// A fraction of one character.
pub(super) fn vulgar(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let (numerator, denominator, len) = parse(site.rest())?;
    Some(with_noun(site, len, None, (numerator, denominator), locale))
}
