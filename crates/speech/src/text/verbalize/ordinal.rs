//! Ordinals in figures, and numbers with letters that are part of them.

use super::locale::Locale;
use super::number::number;
use super::scanner::Reading;
use super::site::{Site, ahead, digits, ends, first_word, is_dash, next_word};

/// The ordinal that begins at a place: `3rd`, `3.`, `1st–3rd`.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let number = number(rest, locale, false)?;
    let n = number.whole()?;
    let tail = &rest[number.len..];
    if let Some(reading) = dotted_range(site, n, tail, locale) {
        return Some(reading);
    }
    if let Some(tail) = tail.strip_prefix('.')
        && !tail.starts_with(|c: char| c.is_alphanumeric())
        && let Some(words) = locale
            .grammar
            .dotted_ordinal(n, site.previous_word(), ahead(tail))
    {
        return Some(Reading {
            end: site.at + number.len + 1,
            words,
        });
    }
    let (ending, form) = locale
        .ordinals
        .iter()
        .find(|(ending, _)| tail.strip_prefix(ending).is_some_and(ends))?;
    if *ending == "°" {
        // A degree sign after a number is an ordinal only before a noun.
        let next = next_word(&tail[ending.len()..]);
        let noun = next.chars().count() > 2 && next.chars().all(char::is_lowercase);
        if !noun || n > 31 {
            return None;
        }
    }
    let low = locale
        .grammar
        .ordinal_before(n, *form, next_word(&tail[ending.len()..]));
    let end = number.len + ending.len();
    // `1st–3rd`.
    let high = rest[end..]
        .chars()
        .next()
        .filter(|c| is_dash(*c))
        .and_then(|dash| {
            let from = end + dash.len_utf8();
            let count = digits(&rest[from..]);
            let n = rest[from..from + count].parse::<u64>().ok()?;
            let after = &rest[from + count..];
            let (ending, form) = locale
                .ordinals
                .iter()
                .find(|(ending, _)| after.strip_prefix(ending).is_some_and(ends))?;
            Some((
                locale.grammar.ordinal(n, *form),
                from + count + ending.len(),
            ))
        });
    Some(match high {
        Some((high, end)) => Reading {
            end: site.at + end,
            words: format!("{low} {} {high}", locale.words.to),
        },
        None => Reading {
            end: site.at + end,
            words: low,
        },
    })
}

/// `1.–3. Platz`; `tail` is what follows the first number.
fn dotted_range(site: &Site<'_>, n: u64, tail: &str, locale: &Locale) -> Option<Reading> {
    let after = tail.strip_prefix('.')?;
    let dash = after.chars().next().filter(|c| is_dash(*c))?;
    let second = &after[dash.len_utf8()..];
    let count = digits(second);
    let high = second[..count].parse().ok()?;
    let noun = second[count..].strip_prefix('.')?;
    let ordinal = |n| {
        locale
            .grammar
            .dotted_ordinal(n, site.previous_word(), ahead(noun))
    };
    let words = locale.grammar.range(&ordinal(n)?, &ordinal(high)?, locale);
    Some(Reading {
        end: site.text.len() - noun.len(),
        words,
    })
}

/// A number with letters that are part of it: `1980s`.
pub(super) fn attached(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let number = number(rest, locale, false)?;
    let tail = &rest[number.len..];
    // `1980s`, `1980's`, `10-jährig`.
    let joint = tail
        .chars()
        .next()
        .filter(|c| matches!(c, '\'' | '’' | '-' | '%'))
        .map_or(0, char::len_utf8);
    // `50%-ный`.
    let joint = joint + usize::from(tail.starts_with("%-"));
    let word = first_word(&tail[joint..]);
    if word.is_empty() {
        return None;
    }
    let letters = &tail[..joint + word.len()];
    if letters.len() > 48 || !ends(&tail[letters.len()..]) {
        return None;
    }
    let words = locale.grammar.attached(&number, letters, site.before())?;
    let end = number.len + letters.len();
    // `1950s–60s`.
    let dash = rest[end..].chars().next().filter(|c| is_dash(*c));
    let high = dash.and_then(|dash| {
        let second = site.skip(end + dash.len_utf8());
        let figures = digits(second.rest());
        let same = second.rest()[figures..].strip_prefix(letters)?;
        (figures > 0 && ends(same) && !same.starts_with(is_dash)).then_some(())?;
        attached(&second, locale)
    });
    Some(match high {
        Some(high) => Reading {
            end: high.end,
            words: locale.grammar.name_range(&words, &high.words, locale),
        },
        None => Reading {
            end: site.at + end,
            words,
        },
    })
}
