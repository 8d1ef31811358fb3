//! Dates that begin with figures, and ranges of days.

use super::grammar::{Clock, Date};
use super::locale::{DateOrder, Locale};
use super::number::number;
use super::scanner::Reading;
use super::site::{Site, digits, ends, first_word, is_dash, is_space, spaces};

/// Years of two digits below this are of this century.
const TWO_DIGIT_PIVOT: u64 = 70;

/// A date that begins with figures.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    if !site.starts()
        || site
            .previous()
            .is_some_and(|c| matches!(c, '/' | '.' | '-'))
    {
        return None;
    }
    if let Some((date, clock, len)) = timestamp(site.rest()) {
        let date = locale.grammar.date(&date, site.previous_word(), locale);
        let words = format!(
            "{date}{}{}",
            locale.joiner,
            locale.grammar.clock(&clock, locale)
        );
        return Some(Reading {
            end: site.at + len,
            words,
        });
    }
    let (date, len) = in_figures(site, locale)
        .or_else(|| day_first(site, locale))
        .or_else(|| east_asian(site.rest()))?;
    let words = match date {
        Found::Day(date) => locale.grammar.date(&date, site.previous_word(), locale),
        Found::Words(words) => words,
    };
    Some(Reading {
        end: site.at + len,
        words,
    })
}

/// A date, or its words.
enum Found {
    Day(Date),
    Words(String),
}

/// `2026-11-29T12:00:00Z`: the date, the time and the length of all of it.
fn timestamp(rest: &str) -> Option<(Date, Clock, usize)> {
    let at = |from: usize, len: usize| rest.get(from..from + len)?.parse::<u64>().ok();
    let signs = rest.get(4..5)? == "-"
        && rest.get(7..8)? == "-"
        && rest.get(10..11)? == "T"
        && rest.get(13..14)? == ":";
    let date = checked(at(0, 4), at(5, 2)?, at(8, 2))
        .filter(|date| signs && date.year.is_some() && date.day.is_some())?;
    let mut len = 16;
    let mut clock = Clock {
        hour: at(11, 2)?,
        minute: at(14, 2)?,
        second: None,
        marked: false,
    };
    if rest.get(16..17) == Some(":") {
        clock.second = at(17, 2);
        len += if clock.second.is_some() { 3 } else { 0 };
        if rest[len..].starts_with('.') {
            let count = digits(&rest[len + 1..]);
            len += if count > 0 { count + 1 } else { 0 };
        }
    }
    let zone = match rest[len..].chars().next() {
        Some('Z') => 1,
        // An offset is not spoken.
        Some('+' | '-')
            if digits(&rest[len + 1..]) == 2
                && rest.get(len + 3..len + 4) == Some(":")
                && digits(&rest[len + 4..]) == 2 =>
        {
            6
        }
        _ => 0,
    };
    let valid =
        clock.hour <= 24 && clock.minute < 60 && clock.second.is_none_or(|second| second <= 60);
    (valid && ends(&rest[len + zone..])).then_some((date, clock, len + zone))
}

/// Figures between `-`, `/` or `.`: `2026-11-29`, `29/11/2026`, `29.11.26`.
fn in_figures(site: &Site<'_>, locale: &Locale) -> Option<(Found, usize)> {
    let rest = site.rest();
    let a = &rest[..digits(rest)];
    let separator = rest[a.len()..]
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '/' | '.' | '‑'))?;
    let mut at = a.len() + separator.len_utf8();
    // Korean and German dates may have a space after each dot.
    let spaced = separator == '.' && rest[at..].starts_with(' ');
    at += usize::from(spaced);
    let b = &rest[at..at + digits(&rest[at..])];
    at += b.len();
    if b.is_empty() || b.len() > 2 {
        return None;
    }
    let Some(tail) = rest[at..].strip_prefix(separator) else {
        return year_and_month(site, a, b, separator, at)
            .or_else(|| short_day(site, a, b, separator, at, spaced, locale));
    };
    let tail = if spaced {
        tail.strip_prefix(' ').unwrap_or(tail)
    } else {
        tail
    };
    let c = &tail[..digits(tail)];
    if c.is_empty() {
        let day =
            (separator == '.').then(|| short_day(site, a, b, separator, at, spaced, locale))?;
        return day;
    }
    let mut end = rest.len() - tail.len() + c.len();
    if !date_ends(&rest[end..], separator) {
        return None;
    }
    let number = |part: &str| part.parse::<u64>().ok();
    let (year, month, day) = match (a.len(), c.len()) {
        (4, 1..=2) => (number(a)?, number(b)?, number(c)?),
        (1..=2, 4 | 2) if c.len() == 4 || separator != '-' => {
            let (first, second) = (number(a)?, number(b)?);
            let month_first = separator != '.' && locale.order == DateOrder::MonthFirst;
            let (day, month) = if month_first && first <= 12 || second > 12 {
                (second, first)
            } else {
                (first, second)
            };
            let year = number(c)?;
            let year = match c.len() {
                2 if year < TWO_DIGIT_PIVOT => 2000 + year,
                2 => 1900 + year,
                _ => year,
            };
            (year, month, day)
        }
        _ => return None,
    };
    if separator == '.' && spaced && rest[end..].starts_with('.') {
        end += 1;
    }
    end += year_word(&rest[end..], locale);
    Some((Found::Day(checked(Some(year), month, Some(day))?), end))
}

/// `2024-02`: a year and a month, but not the two years of `2001-02`.
fn year_and_month(
    site: &Site<'_>,
    a: &str,
    b: &str,
    separator: char,
    at: usize,
) -> Option<(Found, usize)> {
    let year: u64 = a
        .parse()
        .ok()
        .filter(|_| a.len() == 4 && separator == '-')?;
    let month: u64 = b
        .parse()
        .ok()
        .filter(|_| b.len() == 2 && b.starts_with(['0', '1']))?;
    let alone = ends(&site.rest()[at..]) && !site.rest()[at..].starts_with(['/', '-']);
    if !alone || !(1900..2100).contains(&year) || month == (year + 1) % 100 {
        return None;
    }
    Some((Found::Day(checked(Some(year), month, None)?), at))
}

fn date_ends(rest: &str, separator: char) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some('T') => rest[1..].starts_with(|c: char| c.is_ascii_digit()),
        Some(c) if c == separator => !chars.next().is_some_and(char::is_alphanumeric),
        _ => ends(rest),
    }
}

/// `29.11.` and, where days come first, `29/11` with two digits each.
fn short_day(
    site: &Site<'_>,
    a: &str,
    b: &str,
    separator: char,
    at: usize,
    spaced: bool,
    locale: &Locale,
) -> Option<(Found, usize)> {
    let rest = site.rest();
    let dotted = separator == '.'
        && rest[at..].starts_with('.')
        && (locale.decimal == ',' || spaced && locale.is_korean())
        && a.len() <= 2;
    let after = &rest[at + usize::from(dotted)..];
    let slashed = separator == '/'
        && a.len() == 2
        && b.len() == 2
        && (a.starts_with('0') || b.starts_with('0'));
    if !(dotted || slashed) || !ends(after) || after.starts_with('/') {
        return None;
    }
    let (first, second) = (a.parse().ok()?, b.parse().ok()?);
    let month_first = slashed && locale.order == DateOrder::MonthFirst || locale.is_korean();
    let (day, month) = if month_first {
        (second, first)
    } else {
        (first, second)
    };
    let date = checked(None, month, Some(day))?;
    // The dot ends the sentence too where nothing follows.
    let last = after.trim_start().is_empty();
    Some((Found::Day(date), at + usize::from(dotted && !last)))
}

/// A date, where there is such a day.
pub(super) fn checked(year: Option<u64>, month: u64, day: Option<u64>) -> Option<Date> {
    let month = usize::try_from(month)
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    let most = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    day.is_none_or(|day| (1..=most).contains(&day))
        .then_some(Date { year, month, day })
}

/// `3 May 2026`, `3. Mai 2026`, `3–5 May`, `29 de noviembre de 2026`.
fn day_first(site: &Site<'_>, locale: &Locale) -> Option<(Found, usize)> {
    let rest = site.rest();
    let (day, mut at) = day_number(rest, locale)?;
    let mut last = None;
    let dash = spaces(&rest[at..]);
    if let Some(c) = rest[at + dash..].chars().next().filter(|c| is_dash(*c)) {
        let from = at + dash + c.len_utf8();
        let from = from + spaces(&rest[from..]);
        let (end_day, len) = day_number(&rest[from..], locale)?;
        last = Some(end_day);
        at = from + len;
    }
    at += spaces(&rest[at..]);
    if let Some(tail) = after_word(&rest[at..], locale.date_of) {
        at = rest.len() - tail.len();
    }
    let word = first_word(&rest[at..]);
    let (month, short) = locale.month(word)?;
    if word.chars().next().is_some_and(char::is_lowercase)
        && locale.months[0][0].starts_with(char::is_uppercase)
    {
        return None;
    }
    at += word.len();
    if short && rest[at..].starts_with('.') {
        at += 1;
    }
    if !ends(&rest[at..]) {
        return None;
    }
    let (year, len) = year_after(&rest[at..], locale);
    at += len;
    if year.is_some() {
        at += year_word(&rest[at..], locale);
    }
    let date = checked(year, month as u64, Some(day))?;
    let before = site.previous_word();
    Some(match last {
        None => (Found::Day(date), at),
        Some(last) => {
            let date = checked(year, month as u64, Some(last))?;
            (
                Found::Words(locale.grammar.day_range(day, &date, before, locale)),
                at,
            )
        }
    })
}

/// A day in figures with its ordinal ending or dot: the day and its length.
pub(super) fn day_number(rest: &str, locale: &Locale) -> Option<(u64, usize)> {
    let count = digits(rest);
    let day = rest[..count]
        .parse()
        .ok()
        .filter(|day| (1..=31).contains(day) && count <= 2)?;
    let tail = &rest[count..];
    let ending = locale
        .ordinals
        .iter()
        .map(|(ending, _)| *ending)
        .find(|ending| tail.starts_with(ending) && ends(&tail[ending.len()..]));
    Some((
        day,
        count + ending.map_or(usize::from(tail.starts_with('.')), str::len),
    ))
}

/// The text after a word and the space that follows it.
fn after_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    if word.is_empty() {
        return None;
    }
    let tail = text.strip_prefix(word)?;
    let trimmed = tail.trim_start_matches(is_space);
    (trimmed.len() < tail.len()).then_some(trimmed)
}

/// The year after a month, and the length of all of it: ` 2026`, `, 2026`, ` de 2026`.
pub(super) fn year_after(rest: &str, locale: &Locale) -> (Option<u64>, usize) {
    let mut at = usize::from(rest.starts_with(','));
    let gap = spaces(&rest[at..]);
    if gap == 0 {
        return (None, 0);
    }
    at += gap;
    for word in [locale.date_of, "del"] {
        if let Some(tail) = after_word(&rest[at..], word) {
            at = rest.len() - tail.len();
            break;
        }
    }
    let year = number(&rest[at..], locale, false).and_then(|number| number.like_a_year());
    match year {
        Some(year) if (1000..=2199).contains(&year) && ends(&rest[at + 4..]) => {
            (Some(year), at + 4)
        }
        _ => (None, 0),
    }
}

/// The bytes of the word for a year after it, where a date has it: ` года`.
fn year_word(rest: &str, locale: &Locale) -> usize {
    let gap = spaces(rest);
    let tail = &rest[gap..];
    let Some(word) = locale
        .year_words
        .iter()
        .find(|word| tail.strip_prefix(**word).is_some_and(ends))
    else {
        return 0;
    };
    let after = tail[word.len()..].trim_start();
    // The dot of an abbreviation may be that of the sentence too.
    let last = word.ends_with('.') && (after.is_empty() || after.starts_with(char::is_uppercase));
    gap + word.len() - usize::from(last)
}

/// `2026年11月29日`, read as the language reads a date.
fn east_asian(rest: &str) -> Option<(Found, usize)> {
    let count = digits(rest);
    let year = rest[..count].parse().ok().filter(|_| count == 4)?;
    let tail = rest[count..]
        .strip_prefix(['年', '년'])?
        .trim_start_matches(is_space);
    let month = digits(tail);
    let after = tail[month..].strip_prefix(['月', '월'])?;
    let trimmed = after.trim_start_matches(is_space);
    let day = digits(trimmed);
    let end = trimmed[day..].strip_prefix(['日', '号', '일']);
    let month = tail[..month].parse().ok()?;
    let (day, left) = match end {
        Some(end) => (trimmed[..day].parse().ok(), end),
        None => (None, after),
    };
    Some((
        Found::Day(checked(Some(year), month, day)?),
        rest.len() - left.len(),
    ))
}
