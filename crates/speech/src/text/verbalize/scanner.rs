//! One pass over a text.

use super::locale::Locale;
use super::site::{Site, is_cjk};
use super::{
    abbreviation, address, code, compound, date_range, fraction, phone, quantity, roman, signs,
    time,
};

/// What an expression is read as.
pub(super) struct Reading {
    /// Where the expression ends, in bytes of the text.
    pub(super) end: usize,
    pub(super) words: String,
}

/// The text with what it holds written out; none where nothing changes.
pub(super) fn pass(text: &str, locale: &Locale) -> Option<String> {
    let mut out = String::new();
    let (mut at, mut copied, mut changed) = (0, 0, false);
    while let Some(c) = text[at..].chars().next() {
        let site = Site { text, at };
        match read(&site, c, locale) {
            Some(reading) if text[at..reading.end] != reading.words => {
                out.push_str(&text[copied..at]);
                append(&mut out, &reading.words, text[reading.end..].chars().next());
                at = reading.end;
                copied = at;
                changed = true;
            }
            Some(reading) => at = reading.end,
            None => at += step(&text[at..], c),
        }
    }
    changed.then(|| out + &text[copied..])
}

/// What is written at a place, where it is anything to write out.
fn read(site: &Site<'_>, c: char, locale: &Locale) -> Option<Reading> {
    if c.is_whitespace() {
        return None;
    }
    let reading = address::read(site, locale);
    if reading.is_some() {
        return reading;
    }
    if c.is_alphabetic() {
        return abbreviation::read(site, locale)
            .or_else(|| quantity::money_first(site, locale))
            .or_else(|| date_range::read(site, locale))
            .or_else(|| roman::read(site, locale))
            .or_else(|| signs::after_word(site, locale));
    }
    if c.is_ascii_digit() {
        return fraction::idiom(site, locale)
            .or_else(|| code::read(site, locale))
            .or_else(|| date_range::read(site, locale))
            .or_else(|| time::read(site, locale))
            .or_else(|| phone::read(site, locale))
            .or_else(|| fraction::read(site, locale))
            .or_else(|| compound::read(site, locale))
            .or_else(|| quantity::read(site, locale));
    }
    phone::read(site, locale)
        .or_else(|| quantity::money_first(site, locale))
        .or_else(|| signs::range_of_counted(site, locale))
        .or_else(|| quantity::signed(site, locale))
        .or_else(|| fraction::vulgar(site, locale))
        .or_else(|| abbreviation::read(site, locale))
        .or_else(|| signs::read(site, locale))
}

/// How far to go where nothing is written out: over a word, or one character.
fn step(rest: &str, c: char) -> usize {
    if c.is_alphabetic() && !is_cjk(c) {
        rest.find(|c: char| !c.is_alphabetic() || is_cjk(c))
            .unwrap_or(rest.len())
    } else {
        c.len_utf8()
    }
}

/// Appends words, apart from the letters on either side.
fn append(out: &mut String, words: &str, next: Option<char>) {
    let apart = |a: Option<char>, b: Option<char>| {
        matches!((a, b), (Some(a), Some(b))
            if a.is_alphanumeric() && b.is_alphanumeric() && !is_cjk(a) && !is_cjk(b))
    };
    if apart(out.chars().next_back(), words.chars().next()) {
        out.push(' ');
    }
    let words = if out.ends_with(' ') {
        words.trim_start_matches(' ')
    } else {
        words
    };
    out.push_str(words);
    if apart(words.chars().next_back(), next) {
        out.push(' ');
    }
}

/// Units that Unicode has one character for.
const SQUARED_UNITS: [(char, &str); 12] = [
    ('㎜', "mm"),
    ('㎝', "cm"),
    ('㎞', "km"),
    ('㎟', "mm²"),
    ('㎠', "cm²"),
    ('㎡', "m²"),
    ('㎢', "km²"),
    ('㎥', "m³"),
    ('㎎', "mg"),
    ('㎏', "kg"),
    ('㎖', "ml"),
    ('㎘', "kl"),
];

/// The text with full-width digits, the signs beside them and units of one character as ASCII has
/// them; none where it has no such character.
pub(super) fn narrowed(text: &str) -> Option<String> {
    const OFFSET: u32 = 0xFEE0;
    let wide_digit = |c: char| ('０'..='９').contains(&c);
    let unit_of = |c: char| SQUARED_UNITS.iter().find(|(sign, _)| *sign == c);
    if !text.contains(|c: char| c == '％' || wide_digit(c) || unit_of(c).is_some()) {
        return None;
    }
    // Signs are narrowed beside digits only where a text has wide digits.
    let wide = text.contains(wide_digit);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut after_digit = false;
    while let Some(c) = chars.next() {
        if let Some((_, unit)) = unit_of(c) {
            out.push_str(unit);
            after_digit = false;
            continue;
        }
        let sign = (wide || c == '％')
            && matches!(c, '％' | '．' | '，' | '：' | '／' | '－')
            && after_digit
            && (c == '％'
                || chars
                    .peek()
                    .is_some_and(|next| wide_digit(*next) || next.is_ascii_digit()));
        after_digit = wide_digit(c) || c.is_ascii_digit();
        if after_digit && wide_digit(c) || sign {
            out.extend(char::from_u32(c as u32 - OFFSET));
        } else {
            out.push(c);
        }
    }
    Some(out)
}
