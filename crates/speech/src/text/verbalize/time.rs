//! Times of day, and ranges of them.

use super::grammar::{Clock, Form};
use super::locale::Locale;
use super::number::{Number, number};
use super::quantity_words::number_words;
use super::scanner::Reading;
use super::site::{Site, digits, ends, is_dash, is_space, spaces, strip_ignoring_case};

/// The most digits of a part of a ratio.
const MAX_RATIO_DIGITS: usize = 9;

/// A time as it was written.
struct Time {
    clock: Clock,
    /// What is spoken for the half of the day, where it was written.
    half: Option<&'static str>,
    len: usize,
    /// Whether it can be nothing but a time, without another beside it.
    sure: bool,
    /// Whether a dot stands between hours and minutes.
    dotted: bool,
    /// Whether a word follows that only a time has.
    worded: bool,
}

/// The time or range of times that begins at a place.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    if !site.starts() || after_figures(site.before()) {
        return ratio(site, locale);
    }
    let rest = site.rest();
    let introduced = locale.clock_prepositions.contains(&site.previous_word());
    let time = range(site, locale).or_else(|| {
        let time = parse(rest, locale).filter(|time| {
            time.sure || introduced && time.dotted && ends_there(&rest[time.len..], locale)
        })?;
        let words = time_words(&time, locale);
        Some(Reading {
            end: site.at + time.len,
            words,
        })
    });
    time.or_else(|| ratio(site, locale))
}

/// Whether a text ends with a figure and a mark that would join it to the next.
pub(super) fn after_figures(before: &str) -> bool {
    let mut back = before.chars().rev();
    matches!(back.next(), Some(':' | '.' | ',' | '/'))
        && back.next().is_some_and(|c| c.is_ascii_digit())
}

/// Whether nothing follows that a decimal number would count.
fn ends_there(rest: &str, locale: &Locale) -> bool {
    let tail = &rest[spaces(rest)..];
    super::unit::sign_len(tail) == 0
        || super::unit::after_number(rest, locale).is_none() && locale.currency_sign(tail).is_none()
}

/// `9:00–17:00`, `9–11 a.m.`, `9am-5pm`.
fn range(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let mut low = parse(rest, locale)?;
    let at = low.len + spaces(&rest[low.len..]);
    let dash = rest[at..].chars().next().filter(|c| is_dash(*c))?;
    let from = at + dash.len_utf8();
    let from = from + spaces(&rest[from..]);
    let high = parse(&rest[from..], locale)?;
    if !(high.sure && (low.sure || high.half.is_some() || high.worded && low.dotted)) {
        return None;
    }
    low.clock.marked |= high.half.is_some();
    let words = if low.half.is_none() && high.half.is_none() {
        locale.grammar.clock_range(&low.clock, &high.clock, locale)
    } else {
        locale.grammar.range(
            &time_words(&low, locale),
            &time_words(&high, locale),
            locale,
        )
    };
    Some(Reading {
        end: site.at + from + high.len,
        words,
    })
}

fn time_words(time: &Time, locale: &Locale) -> String {
    let words = locale.grammar.clock(&time.clock, locale);
    match time.half {
        Some(half) if locale.per_first || locale.joiner.is_empty() => format!("{half}{words}"),
        Some(half) => format!("{words} {half}"),
        None => words,
    }
}

fn parse(rest: &str, locale: &Locale) -> Option<Time> {
    let count = digits(rest);
    let hour = rest[..count]
        .parse()
        .ok()
        .filter(|hour| count <= 2 && *hour <= 24)?;
    let mut at = count;
    let mut clock = Clock {
        hour,
        minute: 0,
        second: None,
        marked: false,
    };
    let separator = rest[at..].chars().next();
    let two = |at: usize| {
        let count = digits(rest.get(at..)?);
        rest[at..at + count]
            .parse::<u64>()
            .ok()
            .filter(|n| count == 2 && *n < 60)
    };
    let mut colon = false;
    let mut lettered = false;
    if let Some(minute) = separator
        .filter(|c| matches!(c, ':' | '.'))
        .and_then(|_| two(at + 1))
    {
        colon = separator == Some(':');
        clock.minute = minute;
        at += 3;
        // `1:50,000` is a scale.
        let mut follows = rest[at..].chars();
        if colon
            && matches!(follows.next(), Some('.' | ','))
            && follows.next().is_some_and(|c| c.is_ascii_digit())
        {
            return None;
        }
        if colon && rest[at..].starts_with(':') {
            clock.second = two(at + 1);
            at += if clock.second.is_some() { 3 } else { 0 };
        }
    } else if let Some(letter) = locale.hour_letter {
        let gap = spaces(&rest[at..]);
        if rest[at + gap..].starts_with(letter) {
            let from = at + gap + letter.len_utf8();
            let wider = from + spaces(&rest[from..]);
            if let Some(minute) = two(wider).filter(|_| gap == 0 || wider > from) {
                clock.minute = minute;
                at = wider + 2;
                if let Some(tail) = rest[at..].trim_start_matches(is_space).strip_prefix("min")
                    && ends(tail)
                {
                    at = rest.len() - tail.len();
                }
                lettered = true;
            } else if ends(&rest[from..]) && !rest[from..].starts_with('/') {
                at = from;
                lettered = true;
            }
        }
    }
    // `9h30` is a time in languages that do not write hours so, too.
    if locale.hour_letter.is_none()
        && at == count
        && let Some(minute) = rest[at..].strip_prefix('h').and_then(|_| two(at + 1))
        && ends(&rest[at + 3..])
    {
        clock.minute = minute;
        at += 3;
        lettered = true;
    }
    if !ends(&rest[at..]) && half_after(&rest[at..], locale).is_none() {
        return None;
    }
    let mut time = Time {
        clock,
        half: None,
        len: at,
        sure: colon || lettered,
        dotted: !colon && !lettered && at > count,
        worded: false,
    };
    if let Some((half, len)) = half_after(&rest[at..], locale).filter(|_| (1..=12).contains(&hour))
    {
        time.clock.marked = true;
        time.half = Some(half);
        time.len += len;
        time.sure = true;
    } else if let Some(len) = clock_word(&rest[at..], at > count, locale).filter(|_| !lettered) {
        time.len += len;
        time.sure = true;
        time.worded = true;
    }
    // `3.50` is a number, and so is `3` alone; `3:5` never comes here.
    Some(time)
}

/// The half of the day after a time, and the length of it with the space before.
fn half_after(rest: &str, locale: &Locale) -> Option<(&'static str, usize)> {
    let gap = spaces(rest);
    let tail = &rest[gap..];
    let (short, words) = locale.day_halves.iter().find(|(short, _)| {
        strip_ignoring_case(tail, short)
            .is_some_and(|after| ends(after) && !after.starts_with('\''))
    })?;
    let mut len = gap + short.len();
    let after = &rest[len..];
    // The last dot may be that of the sentence too.
    if words.ends_with('.') {
        return Some((
            words,
            len + usize::from(!short.ends_with('.') && after.starts_with('.')),
        ));
    }
    if short.ends_with('.')
        && (after.trim_start().is_empty() || after.trim_start().starts_with(char::is_uppercase))
    {
        len -= 1;
    }
    Some((words, len))
}

/// The bytes of a word for the time after it, with the space before. After hours alone only a word
/// counts that is none for a length of time.
fn clock_word(rest: &str, minutes: bool, locale: &Locale) -> Option<usize> {
    let gap = rest.len() - rest.trim_start_matches(is_space).len();
    let tail = &rest[gap..];
    let word = locale.clock_words.iter().find(|word| {
        (minutes || matches!(**word, "Uhr" | "o'clock"))
            && tail.strip_prefix(**word).is_some_and(ends)
    })?;
    (gap <= 4).then_some(gap + word.len())
}

/// `16:9`, `1:50,000`, `3.5:1`.
fn ratio(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let low = number(rest, locale, false)?;
    let tail = rest[low.len..].strip_prefix(':')?;
    let high = number(tail, locale, false)?;
    let end = low.len + 1 + high.len;
    let long = |number: &Number| number.integer.len() > MAX_RATIO_DIGITS;
    if !site.starts() || long(&low) || long(&high) || !ends(&rest[end..]) {
        return None;
    }
    let words = |number: &Number| match number.grouped || !number.fraction.is_empty() {
        true => number_words(number, Form::PLAIN, locale),
        false => super::address::figures(&number.integer, locale),
    };
    let gap = locale.joiner;
    let words = format!(
        "{}{gap}{}{gap}{}",
        words(&low),
        locale.words.ratio,
        words(&high)
    );
    Some(Reading {
        end: site.at + end,
        words,
    })
}
