//! Signs between words and numbers.

use super::address::figures;
use super::locale::Locale;
use super::ordinal;
use super::power::superscript;
use super::scanner::Reading;
use super::site::{Site, digits, ends, first_word, is_cjk, is_dash, is_space, spaces};
use super::unit;

/// The sign at a place, where it stands for a word.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let c = rest.chars().next()?;
    let tail = &rest[c.len_utf8()..];
    let words = locale.words;
    let named = |words: &str| {
        Some(Reading {
            end: site.at + c.len_utf8(),
            words: words.into(),
        })
    };
    let previous = site.previous();
    let after_letter = previous.is_some_and(char::is_alphanumeric);
    let before_letter = tail.starts_with(char::is_alphanumeric);
    let operands = between_operands(site, tail);
    match c {
        '<' | '>' | '≤' | '≥' if compares(site, tail) => {
            let word = match c {
                '<' => words.less,
                '>' => words.greater,
                '≤' => words.at_most,
                _ => words.at_least,
            };
            // Without a left side the English words have no verb.
            let word = word.strip_prefix("is ").unwrap_or(word);
            named(&format!("{word}{}", locale.joiner))
        }
        '&' if operands => spaced(site, c, words.and, locale.joiner),
        '+' if operands => spaced(site, c, words.plus, locale.joiner),
        '=' if operands => spaced(site, c, words.equals, locale.joiner),
        '×' | '·' | '⋅' if operands => spaced(site, c, words.times, locale.joiner),
        '*' if operands && between_digits(site, tail) => {
            spaced(site, c, words.times, locale.joiner)
        }
        ':' if operands
            && previous.is_some_and(is_space)
            && between_digits(site, tail)
            && equated(tail.trim_start_matches(is_space)) =>
        {
            spaced(site, c, words.divided, locale.joiner)
        }
        '÷' if operands => spaced(site, c, words.divided, locale.joiner),
        '<' | '>' | '!' | '=' if tail.starts_with('=') && between_operands(site, &tail[1..]) => {
            let word = match c {
                '<' => words.at_most,
                '>' => words.at_least,
                '!' => words.unequal,
                _ => words.equals,
            };
            let reading = spaced(&site.skip(1), '=', word, locale.joiner)?;
            // What stands before the first of the two signs counts.
            let gap = if previous.is_some_and(is_space) {
                ""
            } else {
                locale.joiner
            };
            Some(Reading {
                end: reading.end,
                words: format!("{gap}{}", reading.words.trim_start_matches(' ')),
            })
        }
        // `Vec<String>` compares nothing.
        '<' if operands && !opens_type_arguments(site, tail) => {
            spaced(site, c, words.less, locale.joiner)
        }
        '>' if operands => spaced(site, c, words.greater, locale.joiner),
        '≤' if operands => spaced(site, c, words.at_most, locale.joiner),
        '≥' if operands => spaced(site, c, words.at_least, locale.joiner),
        '≠' if operands => spaced(site, c, words.unequal, locale.joiner),
        '≈' if operands => spaced(site, c, words.about, locale.joiner),
        '−' if operands => spaced(site, c, words.minus, locale.joiner),
        '-' if operands
            && between_digits(site, tail)
            && (previous.is_some_and(is_space) && tail.starts_with(is_space) || equated(tail)) =>
        {
            spaced(site, c, words.minus, locale.joiner)
        }
        '/' if after_letter && before_letter && !matches!(previous, Some('0'..='9')) => {
            let gap = if locale.joiner.is_empty() { "、" } else { " " };
            named(gap)
        }
        '#' if tail.starts_with(|c: char| c.is_ascii_digit()) && !after_letter => {
            named(&format!("{}{}", words.number, locale.joiner))
        }
        '#' if tail.starts_with(char::is_alphabetic) && !after_letter && previous != Some('#') => {
            named(&format!("{} ", words.hashtag))
        }
        '№' => spaced(site, c, words.number, locale.joiner),
        '@' if before_letter && !after_letter => named(&format!("{} ", words.at)),
        '@' if operands => spaced(site, c, words.at, locale.joiner),
        '§' => {
            let len = if tail.starts_with('§') {
                c.len_utf8() * 2
            } else {
                c.len_utf8()
            };
            let gap = if rest[len..].starts_with(char::is_alphanumeric) {
                " "
            } else {
                ""
            };
            Some(Reading {
                end: site.at + len,
                words: format!("{}{gap}", words.section),
            })
        }
        '^' if after_letter && (before_letter || tail.starts_with(['-', '−'])) => {
            let minus = tail.starts_with(['-', '−']);
            let exponent = tail.trim_start_matches(['-', '−']);
            let count = digits(exponent);
            let value = if count > 0 {
                figures(&exponent[..count], locale)
            } else {
                first_word(exponent).to_owned()
            };
            let skipped = tail.len() - exponent.len() + if count > 0 { count } else { value.len() };
            if value.is_empty() || value.len() > 64 {
                return None;
            }
            let words_of_power = match (minus, value.as_str(), &exponent[..count]) {
                (false, _, "2") => words.squared.to_owned(),
                (false, _, "3") => words.cubed.to_owned(),
                _ => format!(
                    "{} {}{value}",
                    words.power,
                    if minus {
                        format!("{} ", words.minus)
                    } else {
                        String::new()
                    }
                ),
            };
            Some(Reading {
                end: site.at + c.len_utf8() + skipped,
                words: format!(" {words_of_power}"),
            })
        }
        '⁰' | '¹' | '²' | '³' | '⁴'..='⁹' if after_letter => {
            let (exponent, len) = superscript(rest)?;
            let words_of_power = match exponent.as_str() {
                "2" => words.squared.to_owned(),
                "3" => words.cubed.to_owned(),
                other => format!("{} {}", words.power, figures(other, locale)),
            };
            Some(Reading {
                end: site.at + len,
                words: format!(" {words_of_power}"),
            })
        }
        '\'' | '’' if !after_letter && digits(tail) == 2 && tail[2..].starts_with('s') => {
            // The apostrophe of `'90s` is not spoken.
            let reading = ordinal::attached(&site.skip(c.len_utf8()), locale)?;
            Some(reading)
        }
        '\'' | '’'
            if !after_letter
                && digits(tail) == 2
                && ends(&tail[2..])
                && !tail[2..].starts_with(['\'', '’', '"']) =>
        {
            // `'99`, `anni '80`.
            Some(Reading {
                end: site.at + c.len_utf8() + 2,
                words: figures(&tail[..2], locale),
            })
        }
        '₀'..='₉' if after_letter => {
            let digit = char::from_digit(c as u32 - '₀' as u32, 10)?;
            named(&format!(
                " {}",
                figures(digit.encode_utf8(&mut [0; 4]), locale)
            ))
        }
        '°' | '℃' | '℉' | '%' | '‰' => lone_unit(site, locale),
        '€' | '£' | '$' | '¥' | '₩' | '₽' | '₹' if !after_letter && ends(tail) => {
            let (currency, _) = locale.currency_sign(rest)?;
            named(currency.major.many)
        }
        _ => None,
    }
}

/// A dash between two counted numbers of a script without spaces: `5月1日-7日`.
pub(super) fn range_of_counted(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    /// The most letters of a counter, or of what stands before the second number.
    const MAX_COUNTER_CHARS: usize = 3;
    if !locale.per_first {
        return None;
    }
    let dash = site.rest().chars().next().filter(|c| is_dash(*c))?;
    let before = site.before();
    let counter = before.chars().rev().take_while(|c| is_cjk(*c)).count();
    let number = before.trim_end_matches(is_cjk);
    let tail = &site.rest()[dash.len_utf8()..];
    let lead = tail.chars().take_while(|c| is_cjk(*c)).count();
    let second = tail.trim_start_matches(is_cjk);
    let counted = (1..=MAX_COUNTER_CHARS).contains(&counter)
        && number.ends_with(|c: char| c.is_ascii_digit())
        && lead <= MAX_COUNTER_CHARS
        && second.starts_with(|c: char| c.is_ascii_digit());
    counted.then(|| Reading {
        end: site.at + dash.len_utf8(),
        words: format!("{}{}", locale.words.to, locale.joiner),
    })
}

/// A unit without a number: `in °C`, `the % of`.
fn lone_unit(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let free = site
        .before()
        .trim_end_matches(is_space)
        .ends_with(char::is_alphabetic);
    let unit = unit::unit(site.rest(), true, locale).filter(|_| free)?;
    let words = if unit.after.is_empty() {
        unit.many.clone()
    } else {
        format!("{} {}", unit.many, unit.after)
    };
    let gap = if site.previous().is_some_and(is_space) {
        ""
    } else {
        locale.joiner
    };
    Some(Reading {
        end: site.at + unit.len,
        words: format!("{gap}{}", words.replace(unit::NUMBER, "")),
    })
}

/// A sign as a word, with spaces on both sides where there are none.
fn spaced(site: &Site<'_>, c: char, word: &str, gap: &str) -> Option<Reading> {
    let tail = &site.rest()[c.len_utf8()..];
    let left = if site
        .previous()
        .is_none_or(|c| c.is_whitespace() || is_cjk(c))
    {
        ""
    } else {
        gap
    };
    let right = if tail
        .chars()
        .next()
        .is_none_or(|c| c.is_whitespace() || is_cjk(c))
    {
        ""
    } else {
        gap
    };
    Some(Reading {
        end: site.at + c.len_utf8(),
        words: format!("{left}{word}{right}"),
    })
}

fn is_operand(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(
            c,
            '€' | '£' | '$' | '¥' | '%' | '°' | ')' | '(' | '²' | '³' | '½' | '¼' | '¾'
        )
}

/// Whether a sign has an operand on both sides, with the same space before as after.
fn between_operands(site: &Site<'_>, tail: &str) -> bool {
    let before = site.before();
    let trimmed = before.trim_end_matches(is_space);
    let gap = spaces(tail);
    let left = trimmed
        .chars()
        .next_back()
        .is_some_and(|c| is_operand(c) || matches!(c, '.' | '"' | '”' | '!'));
    let after = &tail[gap..];
    let right =
        after.starts_with(is_operand) || after.starts_with(['-', '−', '"', '“']) && after.len() > 1;
    left && right && (before.len() > trimmed.len()) == (gap > 0)
}

/// Whether a number and a sign of equality follow.
fn equated(tail: &str) -> bool {
    tail[digits(tail)..]
        .trim_start_matches(is_space)
        .starts_with('=')
}

fn between_digits(site: &Site<'_>, tail: &str) -> bool {
    site.before()
        .trim_end_matches(is_space)
        .ends_with(|c: char| c.is_ascii_digit())
        && tail
            .trim_start_matches(is_space)
            .starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a number follows a sign that has no left side: `<5%`, but not the heart `<3`.
fn compares(site: &Site<'_>, tail: &str) -> bool {
    let count = digits(tail);
    let free = site
        .previous()
        .is_none_or(|c| is_space(c) || matches!(c, '(' | '[' | '"' | '“' | '\n'));
    let heart = &tail[..count] == "3" && !tail[count..].starts_with(['%', '.', ',', '°']);
    let sum = tail.starts_with(['€', '$', '£', '¥'])
        && tail
            .trim_start_matches(['€', '$', '£', '¥'])
            .starts_with(|c: char| c.is_ascii_digit());
    free && (count > 0 && !heart || sum)
}

/// Whether a word on either side is joined to a `<` and a bracket or comma follows: `Vec<String>`.
fn opens_type_arguments(site: &Site<'_>, tail: &str) -> bool {
    let word = first_word(tail);
    site.previous().is_some_and(char::is_alphanumeric)
        && !word.is_empty()
        && tail[word.len()..].starts_with(['>', '<', ','])
}

/// Whether an `x` stands between two figures: `3 x 4`, `1920x1080`.
fn between_figures(site: &Site<'_>, tail: &str) -> bool {
    let spaced = site.previous().is_some_and(is_space);
    // `0x1F` is a number of base 16.
    let hexadecimal = site
        .before()
        .strip_suffix('0')
        .is_some_and(|head| !head.ends_with(|c: char| c.is_ascii_digit()));
    between_digits(site, tail) && spaced == tail.starts_with(is_space) && !hexadecimal
}

/// A word with signs that belong to it, or a rate without a number: `C#`, `C++`, `km/h`.
pub(super) fn after_word(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let word = first_word(rest);
    let tail = &rest[word.len()..];
    if matches!(word, "x" | "X") && between_figures(site, tail) {
        return spaced(site, 'x', locale.words.by, locale.joiner);
    }
    if !site.starts() {
        return None;
    }
    if word.len() == 1
        && tail.starts_with('#')
        && ends(&tail[1..])
        && word.starts_with(|c: char| ('A'..='J').contains(&c))
    {
        return Some(Reading {
            end: site.at + 2,
            words: format!("{word} {}", locale.words.sharp),
        });
    }
    if word.chars().count() == 1 && tail.starts_with("++") && ends(&tail[2..]) {
        let plus = locale.words.plus;
        return Some(Reading {
            end: site.at + word.len() + 2,
            words: format!("{word} {plus} {plus}"),
        });
    }
    let rate = tail.strip_prefix('/')?;
    let denominator = &rest[word.len() + 1..word.len() + 1 + unit::sign_len(rate)];
    let usual = word.len() > 1 || denominator.len() == 1;
    if word.len() > 8 || !usual || !locale.per.iter().any(|(sign, _)| *sign == denominator) {
        return None;
    }
    let unit = unit::unit(rest, true, locale)?;
    let rate = format!("{}{}", unit.before, unit.after);
    let words = if locale.per_first {
        format!("{rate}{}", unit.many)
    } else {
        format!("{}{}{rate}", unit.many, locale.joiner)
    };
    (!rate.is_empty()).then_some(Reading {
        end: site.at + unit.len,
        words,
    })
}
