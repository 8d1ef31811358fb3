//! Powers.

use super::address::figures;
use super::grammar::Form;
use super::locale::Locale;
use super::number::number;
use super::quantity_words::number_words;
use super::scanner::Reading;
use super::site::{Site, digits, ends};

/// A power: `10^6`, `10⁶`, `6.02e23`.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let base = number(rest, locale, false)?;
    let tail = &rest[base.len..];
    let base_words = number_words(&base, Form::PLAIN, locale);
    let signed = |text: &str| {
        let sign = text.chars().next().filter(|c| matches!(c, '-' | '−' | '+'));
        let at = sign.map_or(0, char::len_utf8);
        let count = digits(&text[at..]);
        let minus = if matches!(sign, Some('-' | '−')) {
            format!("{}{}", locale.words.minus, locale.joiner)
        } else {
            String::new()
        };
        (count > 0 && count <= 3).then(|| {
            (
                format!("{minus}{}", figures(&text[at..at + count], locale)),
                at + count,
            )
        })
    };
    if let Some(exponent) = tail.strip_prefix('^') {
        let (words, len) = signed(exponent)?;
        let words = locale.grammar.power(&base_words, &words, locale);
        return ends(&exponent[len..]).then_some(Reading {
            end: site.at + base.len + 1 + len,
            words,
        });
    }
    if let Some(exponent) = tail.strip_prefix(['e', 'E']) {
        let (words, len) = signed(exponent)?;
        let ten = locale.grammar.cardinal(10, Form::PLAIN);
        let gap = locale.joiner;
        let words = format!(
            "{base_words}{gap}{}{gap}{}",
            locale.words.times,
            locale.grammar.power(&ten, &words, locale)
        );
        return ends(&exponent[len..]).then_some(Reading {
            end: site.at + base.len + 1 + len,
            words,
        });
    }
    let (exponent, len) = superscript(tail)?;
    let (words, _) = signed(&exponent)?;
    let words = match exponent.as_str() {
        "2" => format!("{base_words}{}{}", locale.joiner, locale.words.squared),
        "3" => format!("{base_words}{}{}", locale.joiner, locale.words.cubed),
        _ => locale.grammar.power(&base_words, &words, locale),
    };
    Some(Reading {
        end: site.at + base.len + len,
        words,
    })
}

/// The superscript digits that a text begins with, as ASCII, and their length.
pub(super) fn superscript(text: &str) -> Option<(String, usize)> {
    let digit = |c: char| match c {
        '⁰' => Some('0'),
        '¹' => Some('1'),
        '²' => Some('2'),
        '³' => Some('3'),
        '⁴'..='⁹' => char::from_digit(c as u32 - '⁴' as u32 + 4, 10),
        '⁻' => Some('-'),
        _ => None,
    };
    let mut len = 0;
    let mut figures = String::new();
    for c in text.chars().take(5) {
        let Some(digit) = digit(c) else { break };
        figures.push(digit);
        len += c.len_utf8();
    }
    (figures.contains(|c: char| c.is_ascii_digit())).then_some((figures, len))
}
