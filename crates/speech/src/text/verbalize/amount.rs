//! Numbers with their signs and magnitudes, alone or as the two ends of a range.

use super::locale::{Currency, Locale, Magnitude};
use super::number::{Number, number};
use super::quantity::money_after;
use super::site::{ends, first_word, is_cjk, is_dash, is_space, next_word, spaces};
use super::unit::{self, Unit};

/// Scores and odds have no number above this.
const MAX_SCORE: f64 = 200.0;

/// A magnitude after a hyphen is a word longer than this, in bytes.
const MIN_HYPHENATED_BYTES: usize = 4;

/// A number with its sign and magnitude.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) sign: Option<char>,
    pub(super) number: Number,
    pub(super) magnitude: Option<&'static Magnitude>,
    pub(super) len: usize,
}

/// One number or the two ends of a range.
pub(super) struct Quantity {
    pub(super) low: Item,
    pub(super) high: Option<Item>,
    /// Between the two: a range, or a pair such as a score.
    pub(super) pair: bool,
    pub(super) len: usize,
}

/// What a number counts.
pub(super) enum Counted {
    Nothing,
    Money(&'static Currency, Option<String>),
    Unit(Unit),
}

/// A number or a range of numbers, with decimals as sums have them where `money`. `currency` stands before it, and may before its second number.
pub(super) fn quantity(
    text: &str,
    currency: Option<&Currency>,
    money: bool,
    locale: &Locale,
) -> Option<Quantity> {
    let low = item(text, money, currency.is_some(), locale)?;
    let plain = low.len;
    if let Some((high, pair, len)) = second(text, plain, &low, currency, money, locale) {
        return Some(Quantity {
            low,
            high: Some(high),
            pair,
            len,
        });
    }
    // The unit may stand after both: `5 €–10 €`, `5%-10%`.
    let gap = spaces(&text[plain..]);
    let sign = &text[plain + gap..];
    let sign_len = locale
        .currency_sign(sign)
        .map_or_else(|| unit::sign_len(sign), |(_, len)| len);
    if sign_len > 0 && currency.is_none() {
        let from = plain + gap + sign_len;
        if let Some((high, pair, len)) = second(text, from, &low, currency, money, locale) {
            let tail = &text[len..];
            let repeated = tail[spaces(tail)..]
                .strip_prefix(&sign[..sign_len])
                .is_some_and(ends);
            if repeated && !pair {
                return Some(Quantity {
                    low,
                    high: Some(high),
                    pair,
                    len,
                });
            }
        }
    }
    let len = low.len;
    Some(Quantity {
        low,
        high: None,
        pair: false,
        len,
    })
}

/// The second number of a range, whether the two are a pair, and the bytes up to its end.
fn second(
    text: &str,
    from: usize,
    low: &Item,
    currency: Option<&Currency>,
    money: bool,
    locale: &Locale,
) -> Option<(Item, bool, usize)> {
    let gap = spaces(&text[from..]);
    let dash = text[from + gap..].chars().next().filter(|c| is_dash(*c))?;
    let mut at = from + gap + dash.len_utf8();
    let after = spaces(&text[at..]);
    if (gap > 0) != (after > 0) {
        return None;
    }
    at += after;
    if let Some(currency) = currency
        && let Some((other, len)) = locale.currency_sign(&text[at..])
    {
        if other.code != currency.code {
            return None;
        }
        at += len + spaces(&text[at + len..]);
    }
    // `-10–-5`.
    let negative = text[at..]
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '−') && !matches!(dash, '-' | '‑'));
    at += negative.map_or(0, char::len_utf8);
    let mut high = item(&text[at..], money, currency.is_some(), locale)?;
    high.sign = negative;
    let end = at + high.len;
    let tail = &text[end..];
    // More of the kind follows, or letters that make it another thing: `1-2-3`, `5-10th`, `10-3D`.
    let mut follows = tail.chars();
    let next = follows.next();
    let continues = next.is_some_and(|c| {
        (is_dash(c) || matches!(c, '/' | ':' | '.'))
            && follows
                .next()
                .is_some_and(|c| c.is_ascii_digit() || c.is_uppercase())
    });
    let letters = next.is_some_and(|c| c.is_alphabetic() && !is_cjk(c));
    if continues
        || letters
            && unit::after_number(tail, locale).is_none()
            && money_after(tail, locale).is_none()
    {
        return None;
    }
    let (a, b) = (low.number.magnitude(), high.number.magnitude());
    let shortened = low.number.whole().is_some()
        && high.number.fraction.is_empty()
        && high.number.integer.len() < low.number.integer.len()
        && low
            .number
            .integer
            .get(low.number.integer.len() - high.number.integer.len()..)
            .is_some_and(|tail| *tail < *high.number.integer);
    let ascending = a < b
        || negative.is_some()
        || high.magnitude.is_some() && low.magnitude.is_none()
        || shortened && gap == 0;
    if gap > 0 && !ascending || low.number.integer.len() > 1 && low.number.integer.starts_with('0')
    {
        return None;
    }
    let pair =
        !ascending && matches!(dash, '-' | '‑' | '–') && a <= MAX_SCORE && currency.is_none();
    // `747-400` is a name, and `2-1=1` an operation.
    if !ascending && !pair && matches!(dash, '-' | '‑')
        || tail.trim_start_matches(is_space).starts_with('=')
    {
        return None;
    }
    Some((high, pair, end))
}

fn item(text: &str, money: bool, currency_first: bool, locale: &Locale) -> Option<Item> {
    let number = number(text, locale, money)?;
    let mut len = number.len;
    let magnitude = magnitude(&text[len..], currency_first, locale);
    if let Some((_, more)) = magnitude {
        len += more;
    }
    Some(Item {
        sign: None,
        number,
        magnitude: magnitude.map(|(magnitude, _)| magnitude),
        len,
    })
}

/// The word for millions and so on after a number, and its length with the spaces before.
fn magnitude(
    tail: &str,
    currency_first: bool,
    locale: &Locale,
) -> Option<(&'static Magnitude, usize)> {
    let mut gap = spaces(tail);
    // `$3.5-million`.
    let hyphen = tail.starts_with('-') && first_word(&tail[1..]).len() > MIN_HYPHENATED_BYTES;
    if hyphen {
        gap = 1;
    }
    let text = &tail[gap..];
    locale
        .magnitudes
        .iter()
        .filter(|magnitude| {
            text.strip_prefix(magnitude.sign)
                .is_some_and(|after| ends(after) || is_cjk_sign(magnitude.sign))
        })
        .filter(|magnitude| {
            let after = &text[magnitude.sign.len()..];
            // The sign alone may be a unit or a name, but not beside that of a currency.
            let users = gap == 0
                && matches!(magnitude.sign, "M" | "B")
                && after.starts_with(is_space)
                && next_word(after).starts_with(char::is_lowercase);
            !magnitude.money_only || currency_first || users || money_after(after, locale).is_some()
        })
        .max_by_key(|magnitude| magnitude.sign.len())
        .map(|magnitude| (magnitude, gap + magnitude.sign.len()))
}

/// Whether a magnitude is a character that is written on to the number.
pub(super) fn is_cjk_sign(sign: &str) -> bool {
    sign.chars().next().is_some_and(is_cjk)
}
