//! Numbers with what they count: sums of money, measures, percentages, years, and ranges.

use super::address::figures;
use super::amount::{Counted, Quantity, quantity};
use super::grammar::Form;
use super::locale::{Currency, Locale};
use super::number::number;
use super::ordinal;
use super::power;
use super::quantity_words::{number_words, quantity_words};
use super::scanner::Reading;
use super::site::{Site, ahead, digits, ends, first_word, is_cjk, is_space, next_word, spaces};
use super::unit;

/// A number, range, measure, percentage, sum of money or ordinal that begins with a digit.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    if !site.starts() {
        return glued(site, locale);
    }
    if joined_to_letters(site.before()) {
        return single(site, locale);
    }
    if let Some(reading) = ordinal::read(site, locale)
        .or_else(|| ordinal::attached(site, locale))
        .or_else(|| power::read(site, locale))
    {
        return Some(reading);
    }
    counted(site, 0, None, None, locale)
}

/// A sum that begins with the sign of its currency, after a minus or plus sign or not.
pub(super) fn money_first(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let (sign, mut at) = sign(site);
    let (currency, len) = locale.currency_sign(&rest[at..])?;
    if rest.starts_with(char::is_alphabetic) && !site.starts() {
        return None;
    }
    at += len;
    let mut gap = spaces(&rest[at..]);
    // `CAD $50`: the code names the currency.
    if currency.code == &rest[at - len..at]
        && let Some((_, sign)) = locale.currency_sign(&rest[at + gap..])
    {
        at += gap + sign;
        gap = spaces(&rest[at..]);
    }
    let sign_at = at + gap;
    let (sign, at) = match rest[sign_at..].chars().next() {
        Some(c @ ('-' | '−')) if gap == 0 => (Some(c), sign_at + c.len_utf8()),
        _ => (sign, sign_at),
    };
    rest[at..]
        .starts_with(|c: char| c.is_ascii_digit() || c == locale.decimal)
        .then_some(())?;
    counted(site, at, sign, Some(currency), locale)
}

/// A number after a sign: `-5`, `+5`, `±5`, `~5`, `.5`.
pub(super) fn signed(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let c = rest.chars().next()?;
    if c == locale.decimal || c == '.' {
        let begins = site
            .previous()
            .is_none_or(|c| is_space(c) || matches!(c, '(' | '[' | '\n' | '\t' | '"' | '“'));
        return (begins
            && rest[1..].starts_with(|c: char| c.is_ascii_digit())
            && c == locale.decimal)
            .then(|| counted(site, 0, None, None, locale))?;
    }
    let (sign, at) = sign(site);
    let sign = sign?;
    let begins = rest[at..].starts_with(|c: char| c.is_ascii_digit())
        || rest[at..].starts_with(locale.decimal)
            && rest[at + 1..].starts_with(|c: char| c.is_ascii_digit());
    begins.then(|| counted(site, at, Some(sign), None, locale))?
}

/// The sign that a site begins with, where it is one of a number, and its length.
fn sign(site: &Site<'_>) -> (Option<char>, usize) {
    let Some(c) = site.rest().chars().next() else {
        return (None, 0);
    };
    let free = site.previous().is_none_or(|c| {
        c.is_whitespace()
            || is_cjk(c)
            || matches!(
                c,
                '(' | '['
                    | '{'
                    | '"'
                    | '“'
                    | '«'
                    | '„'
                    | '‘'
                    | '='
                    | '<'
                    | '>'
                    | '*'
                    | '×'
                    | '÷'
                    | ','
                    | ';'
                    | ':'
                    | '、'
                    | '，'
                    | '：'
                    | '（'
                    | '「'
            )
    });
    match c {
        '-' | '−' | '+' | '±' | '~' | '≈' | '∼' if free => {
            // `+ 5` is an operation; `− 5` in front of a text is a list.
            let len = c.len_utf8();
            (Some(c), len)
        }
        '–' if free && site.rest()[c.len_utf8()..].starts_with(|c: char| c.is_ascii_digit()) => {
            (Some('−'), c.len_utf8())
        }
        '−' | '±' => (Some(c), c.len_utf8()),
        _ => (None, 0),
    }
}

/// Whether a number that begins here is joined by a hyphen or dot to letters before: `COVID-19`.
fn joined_to_letters(before: &str) -> bool {
    let mut back = before.chars().rev();
    match back.next() {
        Some('-' | '‑' | '_' | '.' | '\'' | '’') => {
            back.next().is_some_and(char::is_alphanumeric)
        }
        _ => false,
    }
}

/// A number within a word: `MP3`.
fn glued(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let count = digits(rest);
    let figures = &rest[..count];
    let words = match figures.parse() {
        Ok(n) if count <= 3 && !(count > 1 && figures.starts_with('0')) => {
            locale.grammar.cardinal(n, Form::PLAIN)
        }
        Ok(n) if count == 4 && locale.grammar.is_year(n, "") => locale.grammar.year(n),
        _ => locale.grammar.digits(figures, locale),
    };
    Some(Reading {
        end: site.at + count,
        words,
    })
}

/// A number that is joined to something before it, so that no range or unit begins.
fn single(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    if let Some(reading) = ordinal::read(site, locale).or_else(|| ordinal::attached(site, locale)) {
        return Some(reading);
    }
    let count = digits(rest);
    let number = number(rest, locale, false)?;
    let words = match number.like_a_year() {
        Some(n) if locale.grammar.is_year(n, &rest[number.len..number.len]) => {
            locale.grammar.year(n)
        }
        _ if number.len == count => figures(&rest[..count], locale),
        _ => number_words(&number, Form::PLAIN, locale),
    };
    Some(Reading {
        end: site.at + number.len,
        words,
    })
}

/// What is read from a number on: `at` is where the number begins after sign and currency.
fn counted(
    site: &Site<'_>,
    at: usize,
    sign: Option<char>,
    currency: Option<&'static Currency>,
    locale: &Locale,
) -> Option<Reading> {
    let rest = site.rest();
    // The decimals of a sum may be written with either mark.
    let money = quantity(&rest[at..], currency, true, locale)
        .filter(|sum| currency.is_some() || money_after(&rest[at + sum.len..], locale).is_some());
    let mut found = match money {
        Some(money) => money,
        None => quantity(&rest[at..], currency, false, locale)?,
    };
    found.low.sign = sign;
    let mut end = at + found.len;
    let tail = &rest[end..];
    if currency.is_none()
        && sign.is_none()
        && found.high.is_none()
        && let Some(year) = found.low.number.like_a_year().or_else(|| {
            found
                .low
                .number
                .whole()
                .filter(|_| locale.grammar.is_era(tail))
        })
        && let Some((words, len)) = locale
            .grammar
            .year_with_noun(year, site.previous_word(), tail)
    {
        return Some(Reading {
            end: site.at + end + len,
            words,
        });
    }
    if let Some((words, len)) = rate_in_counters(&found, tail, locale) {
        return Some(Reading {
            end: site.at + end + len,
            words,
        });
    }
    let after = currency
        .map(|currency| coded(currency, tail, locale).unwrap_or((currency, 0)))
        .or_else(|| money_after(tail, locale))
        .or_else(|| named_currency(&found, tail, locale));
    let counted = if let Some((currency, len)) = after {
        let (per, more) = per_after(&tail[len..], locale);
        end += len + more;
        Counted::Money(currency, per)
    } else if let Some((unit, len)) = unit::after_number(tail, locale) {
        end += len;
        Counted::Unit(unit)
    } else {
        Counted::Nothing
    };
    // The dot of `Mio.` or `руб.` may be that of the sentence too.
    if end > at && rest[..end].ends_with('.') && ends_sentence(&rest[end..], locale) {
        end -= 1;
    }
    let mut words = quantity_words(
        &found,
        &counted,
        site.previous_word(),
        ahead(&rest[end..]),
        locale,
    );
    if rest[end..].starts_with('+')
        && rest[end + 1..]
            .chars()
            .next()
            .is_none_or(|c| c.is_whitespace() || matches!(c, ')' | ',' | '.' | ';'))
    {
        end += 1;
        words = format!("{words}{}{}", locale.joiner, locale.words.plus);
    }
    Some(Reading {
        end: site.at + end,
        words,
    })
}

/// The currency whose code follows a sum with a sign, and its length: `$50 CAD`.
fn coded(sign: &Currency, tail: &str, locale: &Locale) -> Option<(&'static Currency, usize)> {
    let (currency, len) = money_after(tail, locale)?;
    let gap = spaces(tail);
    let code = currency.code == &tail[gap..len];
    (code && (gap > 0 || sign.code != currency.code)).then_some((currency, len))
}

/// `5元/斤`: a price for each of what is counted, in scripts without spaces; the words and how many
/// bytes of what follows the number they take.
fn rate_in_counters(found: &Quantity, tail: &str, locale: &Locale) -> Option<(String, usize)> {
    const CURRENCIES: [&str; 5] = ["元", "块", "円", "원", "圆"];
    if !locale.per_first {
        return None;
    }
    let name = CURRENCIES.iter().find(|name| tail.starts_with(**name))?;
    let counter = tail[name.len()..].strip_prefix(['/', '／'])?;
    let (per, taken) = unit::per_counter(counter, locale)?;
    let words = quantity_words(found, &Counted::Nothing, "", name, locale);
    let len = tail.len() - counter.len() + taken;
    Some((format!("{per}{}{words}{name}", locale.joiner), len))
}

fn ends_sentence(rest: &str, locale: &Locale) -> bool {
    let after = rest.trim_start();
    after.is_empty() || after.len() < rest.len() && locale.grammar.starts_sentence(next_word(after))
}

/// The currency whose name follows a number with hundredths, and the bytes of the name with the
/// space before: `20,50 Euro`.
fn named_currency(
    found: &Quantity,
    tail: &str,
    locale: &Locale,
) -> Option<(&'static Currency, usize)> {
    let number = &found.low.number;
    if number.fraction.len() != 2 || found.high.is_some() || found.low.magnitude.is_some() {
        return None;
    }
    let gap = spaces(tail);
    let word = first_word(&tail[gap..]);
    let currency = locale.currencies.iter().find(|currency| {
        let names = [currency.major.one, currency.major.few, currency.major.many];
        !currency.minor.one.is_empty() && names.contains(&word)
    })?;
    ends(&tail[gap + word.len()..]).then_some((currency, gap + word.len()))
}

/// The sign of a currency after a number, and its length with the spaces before.
pub(super) fn money_after(tail: &str, locale: &Locale) -> Option<(&'static Currency, usize)> {
    let gap = spaces(tail);
    let (currency, len) = locale.currency_sign(&tail[gap..])?;
    let after = &tail[gap + len..];
    let sign = tail[gap..].chars().next()?;
    // `5 $10` are two numbers.
    let free = ends(after)
        && (sign.is_alphabetic()
            || !after
                .trim_start_matches(is_space)
                .starts_with(|c: char| c.is_ascii_digit())
            || gap == 0);
    free.then_some((currency, gap + len))
}

fn per_after(tail: &str, locale: &Locale) -> (Option<String>, usize) {
    let words = tail.strip_prefix('/').and_then(|tail| {
        let len = unit::sign_len(tail);
        unit::per(tail, len, locale)
    });
    let Some((words, mut len)) = words else {
        return (None, 0);
    };
    len += 1;
    // The dot of an abbreviation in mid-sentence: `5 €/мес., …`.
    if let Some(after) = tail[len..].strip_prefix('.')
        && (after.starts_with([',', ';', ':', ')'])
            || after.starts_with(is_space) && next_word(after).starts_with(char::is_lowercase))
    {
        len += 1;
    }
    (Some(words), len)
}
