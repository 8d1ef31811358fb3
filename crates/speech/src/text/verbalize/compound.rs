//! Measures of several parts: durations, angles, feet and inches.

use super::grammar::Form;
use super::locale::Locale;
use super::number::Number;
use super::scanner::Reading;
use super::site::{Site, digits, ends, is_space};
use super::unit;

/// The most digits of one part.
const MAX_PART_DIGITS: usize = 4;

/// The signs of each part from the largest to the smallest, and the unit that they stand for.
type Parts = [(&'static [&'static str], &'static str); 3];

const DURATION: Parts = [
    (&["hrs", "hr", "h", "Std", "ч"], "h"),
    (&["min", "mn", "мин", "m", "м"], "min"),
    (&["sec", "сек", "s", "с"], "s"),
];

const ANGLE: Parts = [
    (&["°"], "°"),
    (&["′", "'", "’"], "min"),
    (&["″", "\"", "”"], "s"),
];

/// The measure that begins at a place.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    feet_and_inches(site, locale)
        .or_else(|| measured(site, &DURATION, locale))
        .or_else(|| {
            // Without degrees, `6′ 2″` is a height.
            let tail = &site.rest()[digits(site.rest())..];
            tail.trim_start_matches(is_space)
                .starts_with('°')
                .then(|| measured(site, &ANGLE, locale))?
        })
}

/// `3h 20m`, `2h05min10s`, `40° 26′ 46″`: two parts at least, each after a larger one.
fn measured(site: &Site<'_>, parts: &Parts, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let mut words: Vec<String> = Vec::new();
    let mut end = 0;
    for (signs, unit) in parts {
        let tail = &rest[end..];
        let tail = tail.strip_prefix(is_space).unwrap_or(tail);
        let count = digits(tail);
        if count == 0 || count > MAX_PART_DIGITS {
            continue;
        }
        let after = &tail[count..];
        let after = after.strip_prefix(is_space).unwrap_or(after);
        let left = signs.iter().find_map(|sign| {
            after
                .strip_prefix(sign)
                .filter(|left| ends(left) || left.starts_with(|c: char| c.is_ascii_digit()))
        });
        if let Some(left) = left {
            words.push(named(unit, tail[..count].parse().ok()?, locale)?);
            end = rest.len() - left.len();
        }
    }
    (words.len() >= 2 && ends(&rest[end..])).then(|| Reading {
        end: site.at + end,
        words: words.join(locale.joiner),
    })
}

/// `5′10″`, `5'10"`.
fn feet_and_inches(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let count = digits(rest);
    let feet = rest[..count].parse().ok().filter(|_| count <= 2)?;
    let tail = rest[count..].strip_prefix(['′', '\'', '’'])?;
    let second = digits(tail);
    let inches: u64 = tail[..second].parse().ok().filter(|inches| *inches < 12)?;
    let after = tail[second..]
        .strip_prefix(['″', '"', '”'])
        .or_else(|| tail[second..].strip_prefix("''"))?;
    let words = format!(
        "{}{}{}",
        named("ft", feet, locale)?,
        locale.joiner,
        named("in", inches, locale)?
    );
    Some(Reading {
        end: site.at + rest.len() - after.len(),
        words,
    })
}

/// A number with the name of a unit.
fn named(sign: &str, n: u64, locale: &Locale) -> Option<String> {
    let (_, noun) = locale.units.iter().find(|(known, _)| *known == sign)?;
    let noun = unit::plain(noun);
    let number = Number {
        integer: n.to_string(),
        ..Number::default()
    };
    let words = locale.grammar.cardinal(n, Form::before(noun.gender));
    Some(format!(
        "{words}{}{}",
        locale.joiner,
        noun.form(locale.grammar.plural(&number))
    ))
}
