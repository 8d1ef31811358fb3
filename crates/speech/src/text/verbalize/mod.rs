//! Numbers, amounts, dates, signs and abbreviations written out as words.
//!
//! A scanner goes over the text once; at each place where a word, figure or sign begins, one
//! recognizer for each kind of expression is asked (addresses, dates, times, telephone numbers,
//! quantities, Roman numerals, abbreviations, signs). Recognizers depend on no language: what is
//! written how stands in the tables of a [`locale::Locale`], and the words for it in a
//! [`grammar::Grammar`], one file a language.

mod abbreviation;
mod address;
mod amount;
mod code;
mod compound;
mod date;
mod date_range;
mod fraction;
mod grammar;
mod language;
mod locale;
mod named_date;
mod number;
mod ordinal;
mod phone;
mod power;
mod quantity;
mod quantity_words;
mod roman;
mod scanner;
mod signs;
mod site;
mod time;
mod unit;

use std::borrow::Cow;

use crate::Language;
use locale::Locale;

/// How often a text is gone over. The second pass finds nothing to do in any ordinary text;
/// others follow where words that were written out are the operands of a sign.
const MAX_PASSES: usize = 8;

/// The words that are spoken for a text, with everything written in figures or signs spelled out:
/// `£6.5 million` is `six point five million pounds`.
///
/// `text` is plain, without markup; what is written depends on `language`: its conventions (and
/// those of its region, as far as `en-US` and `en-GB`, `es-MX`, `de-CH` differ) decide how figures
/// are read, its grammar the words. A text without anything to write out is borrowed, and so is
/// every text in a language other than `en`, `es`, `de`, `fr`, `it`, `pt`, `ru`, `zh`, `ja`, `ko`.
/// Doing it twice changes nothing.
///
/// Numbers agree with units and currencies in number and gender. Russian ones stand in the
/// nominative but for dates, years, ordinals and ranges, whatever preposition is before them. Numbers
/// of more than 18 digits and telephone numbers are read digit by digit.
pub fn verbalize<'t>(text: &'t str, language: &Language) -> Cow<'t, str> {
    let Some(locale) = Locale::of(language) else {
        return Cow::Borrowed(text);
    };
    let Some(mut words) = scanner::narrowed(text).or_else(|| scanner::pass(text, locale)) else {
        return Cow::Borrowed(text);
    };
    for _ in 0..MAX_PASSES {
        match scanner::pass(&words, locale) {
            Some(next) => words = next,
            None => break,
        }
    }
    Cow::Owned(words)
}
