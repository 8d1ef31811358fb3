//! Dates and ranges that begin with the name of a month or weekday.

use super::date::{checked, day_number, year_after};
use super::grammar::Form;
use super::locale::Locale;
use super::number::number;
use super::scanner::Reading;
use super::site::{Site, ends, first_word, is_dash, is_space, spaces};

/// A date or a range that begins with the name of a month or weekday: `May 3, 2026`, `Mon–Fri`.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    if site
        .previous()
        .is_some_and(|c| c.is_alphanumeric() || matches!(c, '\'' | '’'))
    {
        return None;
    }
    let rest = site.rest();
    let word = first_word(rest);
    named_range(site, word, locale)
        .or_else(|| month_first(site, word, locale))
        .or_else(|| short_weekday(site, word, locale))
}

/// `Mon–Fri`, `January–March`.
fn named_range(site: &Site<'_>, word: &str, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let name_of = |word: &str, weekdays: bool| {
        if weekdays {
            locale.weekday(word).map(|(day, _)| locale.weekdays[day][0])
        } else {
            locale
                .month(word)
                .map(|(month, _)| locale.months[month - 1][0])
        }
    };
    let weekdays = locale.weekday(word).is_some();
    let low = name_of(word, weekdays)?;
    let mut at = word.len() + usize::from(rest[word.len()..].starts_with('.'));
    let dash = rest[at..].chars().next().filter(|c| is_dash(*c))?;
    at += dash.len_utf8();
    let second = first_word(&rest[at..]);
    let high = name_of(second, weekdays)?;
    at += second.len();
    if !ends(&rest[at..]) {
        return None;
    }
    let after = rest[at..].strip_prefix('.').map(str::trim_start);
    if second != high
        && after.is_some_and(|after| !after.is_empty() && !after.starts_with(char::is_uppercase))
    {
        at += 1;
    }
    Some(Reading {
        end: site.at + at,
        words: locale.grammar.name_range(low, high, locale),
    })
}

/// `May 3, 2026`, `Nov. 29`, `May 3–5`, `Nov 2026`.
fn month_first(site: &Site<'_>, word: &str, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let (month, short) = locale.month(word)?;
    let name = locale.months[month - 1][0];
    let mut at = word.len() + usize::from(short && rest[word.len()..].starts_with('.'));
    let month_end = at;
    let gap = spaces(&rest[at..]);
    if gap == 0 {
        return None;
    }
    at += gap;
    let full = number(&rest[at..], locale, false)?;
    if let Some(year) = full
        .like_a_year()
        .filter(|year| (1000..=2199).contains(year))
    {
        // Only the abbreviation is written out here; the year is read with what follows.
        let _ = year;
        return short.then(|| Reading {
            end: site.at + month_end,
            words: name.into(),
        });
    }
    // Elsewhere a number after the name of a month is none of its days.
    let (day, len) = day_number(&rest[at..], locale)
        .filter(|_| locale.decimal == '.' && locale.joiner == " ")?;
    let len = len - usize::from(rest[at..at + len].ends_with('.'));
    at += len;
    if !ends(&rest[at..])
        || rest[at..].starts_with([':', '.'])
            && rest[at + 1..].starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let mut last = None;
    if let Some(dash) = rest[at..].chars().next().filter(|c| is_dash(*c)) {
        let from = at + dash.len_utf8();
        if let Some((end_day, len)) =
            day_number(&rest[from..], locale).filter(|(_, len)| ends(&rest[from + len..]))
        {
            last = Some(end_day);
            at = from + len - usize::from(rest[from..from + len].ends_with('.'));
        }
    }
    let ordinal = |day| locale.grammar.ordinal(day, Form::PLAIN);
    let days = match last {
        Some(last) => locale.grammar.range(&ordinal(day), &ordinal(last), locale),
        None => ordinal(day),
    };
    let (year, len) = year_after(&rest[at..], locale);
    let mut words = format!("{name} {days}");
    if let Some(year) = year {
        at += len;
        words = format!("{words}, {}", locale.grammar.year(year));
    }
    checked(year, month as u64, Some(day))?;
    Some(Reading {
        end: site.at + at,
        words,
    })
}

/// `Mon, 3 May`, `Fri.`: an abbreviated weekday before a date or with its dot.
fn short_weekday(site: &Site<'_>, word: &str, locale: &Locale) -> Option<Reading> {
    let (day, short) = locale.weekday(word)?;
    let tail = &site.rest()[word.len()..];
    let trimmed = tail
        .trim_start_matches(['.', ','])
        .trim_start_matches(is_space);
    let dated = trimmed.len() < tail.len()
        && (trimmed.starts_with(|c: char| c.is_ascii_digit())
            || locale.month(first_word(trimmed)).is_some())
        && word.chars().count() >= 2;
    (short && dated).then(|| Reading {
        end: site.at + word.len() + usize::from(tail.starts_with('.')),
        words: locale.weekdays[day][0].into(),
    })
}
