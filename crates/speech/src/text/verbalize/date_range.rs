//! Dates, alone or as the two ends of a range: `Jan 5 – Feb 10`.

use super::locale::Locale;
use super::scanner::Reading;
use super::site::{Site, is_dash, spaces};
use super::{date, named_date};

/// The date or range of dates that begins at a place.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let low = one(site, locale)?;
    Some(high(site, &low, locale).unwrap_or(low))
}

fn one(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    if site.rest().starts_with(|c: char| c.is_ascii_digit()) {
        date::read(site, locale)
    } else {
        named_date::read(site, locale)
    }
}

/// The range whose first date was read, where a dash and another date follow.
fn high(site: &Site<'_>, low: &Reading, locale: &Locale) -> Option<Reading> {
    let tail = &site.text[low.end..];
    let gap = spaces(tail);
    let dash = tail[gap..].chars().next().filter(|c| is_dash(*c))?;
    let from = gap + dash.len_utf8();
    let after = spaces(&tail[from..]);
    if (gap > 0) != (after > 0) {
        return None;
    }
    let second = Site {
        text: site.text,
        at: low.end + from + after,
    };
    let high = one(&second, locale)?;
    Some(Reading {
        end: high.end,
        words: locale.grammar.name_range(&low.words, &high.words, locale),
    })
}
