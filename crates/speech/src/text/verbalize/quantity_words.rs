//! The words for a quantity.

use super::address::figures;
use super::amount::{Counted, Item, Quantity, is_cjk_sign};
use super::grammar::{Case, Form, Plural};
use super::locale::{Currency, Locale};
use super::number::Number;
use super::scanner::Reading;
use super::site::Site;
use super::unit::{self, Unit};

/// The words for a quantity and what it counts, seen with what stands around it.
pub(super) fn quantity_words(
    quantity: &Quantity,
    counted: &Counted,
    before: &str,
    after: &str,
    locale: &Locale,
) -> String {
    match counted {
        Counted::Money(currency, per) => {
            let attributive = locale.grammar.is_attributive(before, after);
            let words = money(quantity, currency, attributive, locale);
            match per {
                Some(per) if locale.per_first => format!("{per}{}{words}", locale.joiner),
                Some(per) => format!("{words}{}{per}", locale.joiner),
                None => words,
            }
        }
        Counted::Unit(unit) => {
            let words = numbers(quantity, Form::before(unit.gender), locale);
            let noun = if locale.grammar.is_attributive(before, after) {
                unit.one.clone()
            } else {
                noun(quantity, unit, locale)
            };
            attach(&words, &noun, unit, locale)
        }
        Counted::Nothing => bare(quantity, before, after, locale),
    }
}

/// The noun after a quantity.
fn noun(quantity: &Quantity, unit: &Unit, locale: &Locale) -> String {
    let grammar = locale.grammar;
    let last = quantity.high.as_ref().unwrap_or(&quantity.low);
    match last.magnitude {
        Some(magnitude) if magnitude.of => grammar.of(&unit.many),
        Some(_) => unit.many.clone(),
        // `un millón de euros`.
        None if last
            .number
            .whole()
            .is_some_and(|n| n > 0 && n.is_multiple_of(1_000_000)) =>
        {
            grammar.of(&unit.many)
        }
        None if quantity.high.is_some() => unit.form(grammar.range_plural(&last.number)).into(),
        None => unit.form(grammar.plural(&last.number)).into(),
    }
}

/// The words for the number or numbers of a quantity.
fn numbers(quantity: &Quantity, form: Form, locale: &Locale) -> String {
    let Some(high) = &quantity.high else {
        return item_words(&quantity.low, form, locale);
    };
    let case = if quantity.pair {
        Case::Nominative
    } else {
        locale.grammar.range_case()
    };
    let form = Form { case, ..form };
    let low = item_words(&quantity.low, form, locale);
    let high = item_words(high, form, locale);
    if quantity.pair {
        let gap = locale.joiner;
        return format!("{low}{gap}{}{gap}{high}", locale.words.ratio);
    }
    locale.grammar.range(&low, &high, locale)
}

fn item_words(item: &Item, form: Form, locale: &Locale) -> String {
    let gap = locale.joiner;
    let mut words = match item.magnitude {
        Some(magnitude) => {
            let form = Form {
                gender: magnitude.noun.gender,
                attributive: true,
                ..form
            };
            let number = number_words(&item.number, form, locale);
            let ranged = form.case != Case::Nominative;
            let plural = if ranged {
                locale.grammar.range_plural(&item.number)
            } else {
                locale.grammar.plural(&item.number)
            };
            let noun = unit::plain(&magnitude.noun);
            // Such words are written on to the number, in Korean too.
            let gap = if is_cjk_sign(magnitude.sign) { "" } else { gap };
            format!("{number}{gap}{}", noun.form(plural))
        }
        None => number_words(&item.number, form, locale),
    };
    let sign = sign_words(item.sign, locale);
    if !sign.is_empty() {
        words = format!("{sign}{gap}{words}");
    }
    words
}

/// The words for a number in a form.
pub(super) fn number_words(number: &Number, form: Form, locale: &Locale) -> String {
    if !number.fraction.is_empty() {
        return locale.grammar.decimal(number, locale);
    }
    match number.value() {
        Some(n) => locale.grammar.cardinal(n, form),
        None => locale.grammar.digits(&number.integer, locale),
    }
}

fn money(quantity: &Quantity, currency: &Currency, attributive: bool, locale: &Locale) -> String {
    let gap = locale.joiner;
    let major = unit::plain(&currency.major);
    let round;
    let quantity = if currency.minor.one.is_empty()
        && quantity.high.is_none()
        && quantity.low.number.fraction == "00"
    {
        // `￥1,299.00` has no hundredths.
        let mut low = quantity.low.clone();
        low.number.fraction.clear();
        round = Quantity {
            low,
            high: None,
            pair: false,
            len: quantity.len,
        };
        &round
    } else {
        quantity
    };
    let low = &quantity.low;
    let minor = (quantity.high.is_none()
        && low.magnitude.is_none()
        && low.number.fraction.len() == 2
        && !currency.minor.one.is_empty())
    .then(|| low.number.fraction.parse::<u64>().ok())
    .flatten();
    if let Some(high) = &quantity.high
        && !quantity.pair
        && !currency.minor.one.is_empty()
        && [low, high]
            .iter()
            .any(|item| item.number.fraction.len() == 2)
        && [low, high]
            .iter()
            .all(|item| item.magnitude.is_none() && matches!(item.number.fraction.len(), 0 | 2))
    {
        // Each end with its hundredths.
        let end = |item: &Item| {
            let one = Quantity {
                low: item.clone(),
                high: None,
                pair: false,
                len: 0,
            };
            money(&one, currency, attributive, locale)
        };
        return locale.grammar.range(&end(low), &end(high), locale);
    }
    let (Some(cents), Some(_)) = (minor, low.number.value()) else {
        let words = numbers(quantity, Form::before(major.gender), locale);
        let noun = if attributive {
            major.one.clone()
        } else {
            noun(quantity, &major, locale)
        };
        return format!("{words}{gap}{noun}");
    };
    let counted = |n: u64, unit: &Unit| {
        let number = Number {
            integer: n.to_string(),
            ..Number::default()
        };
        let noun = if attributive {
            &unit.one
        } else {
            unit.form(locale.grammar.plural(&number))
        };
        format!(
            "{}{gap}{noun}",
            locale.grammar.cardinal(n, Form::before(unit.gender))
        )
    };
    let whole = low.number.value().unwrap_or(0);
    let small = unit::plain(&currency.minor);
    let words = match (whole, cents) {
        (n, 0) => counted(n, &major),
        (0, cents) => counted(cents, &small),
        (n, cents) => locale
            .grammar
            .sum(&counted(n, &major), &counted(cents, &small), locale),
    };
    match sign_words(low.sign, locale) {
        "" => words,
        sign => format!("{sign}{gap}{words}"),
    }
}

/// A number or range that counts nothing that has a sign.
fn bare(quantity: &Quantity, before: &str, after: &str, locale: &Locale) -> String {
    let grammar = locale.grammar;
    let low = &quantity.low;
    let year = |item: &Item| {
        item.number
            .like_a_year()
            .filter(|n| item.magnitude.is_none() && grammar.is_year(*n, after))
    };
    if let Some(high) = &quantity.high {
        return match (year(low), year(high)) {
            (Some(a), Some(b)) if !quantity.pair => grammar.year_range(a, b, before, locale),
            (Some(a), None)
                if high.number.len == 2
                    && high.magnitude.is_none()
                    && grammar.range_case() != Case::Nominative =>
            {
                let short: u64 = high.number.integer.parse().unwrap_or(0);
                grammar.year_range(a, a / 100 * 100 + short, before, locale)
            }
            (Some(a), None) if high.number.len == 2 && high.magnitude.is_none() => {
                // `2000–01` is read as `2000–2001`.
                let high = match high.number.value() {
                    Some(_) => figures(&high.number.integer, locale),
                    None => grammar
                        .year(a / 100 * 100 + high.number.integer.parse::<u64>().unwrap_or(0)),
                };
                grammar.range(&grammar.year(a), &high, locale)
            }
            _ => {
                let low_words = match low
                    .number
                    .whole()
                    .filter(|_| low.magnitude.is_none() && low.sign.is_none())
                {
                    Some(n) => grammar.bare(n, after).trim_end().to_owned(),
                    None => item_words(low, Form::PLAIN, locale),
                };
                match high.number.whole().filter(|_| {
                    high.magnitude.is_none()
                        && high.sign.is_none()
                        && !quantity.pair
                        && grammar.range_case() == Case::Nominative
                }) {
                    Some(n) => grammar.range(&low_words, &grammar.bare(n, after), locale),
                    None => numbers(quantity, Form::PLAIN, locale),
                }
            }
        };
    }
    let sign = sign_words(low.sign, locale);
    let words = match (year(low), low.number.whole(), low.magnitude) {
        (Some(n), ..) if sign.is_empty() => grammar.year(n),
        // After the sign of an ordinal no counter changes the number.
        (_, Some(n), None) if before.ends_with(['第', '제']) => grammar.cardinal(n, Form::PLAIN),
        (_, Some(n), None) => grammar.bare(n, after),
        _ => return item_words(low, Form::PLAIN, locale),
    };
    if sign.is_empty() {
        words
    } else {
        format!("{sign}{}{words}", locale.joiner)
    }
}

/// Words for a number, with the unit that follows it.
pub(super) fn with_unit(
    site: &Site<'_>,
    len: usize,
    words: String,
    many: bool,
    locale: &Locale,
) -> Reading {
    match unit::after_number(&site.rest()[len..], locale) {
        Some((unit, more)) => {
            let noun = unit.form(if many { Plural::Many } else { Plural::One });
            let words = attach(&words, noun, &unit, locale);
            Reading {
                end: site.at + len + more,
                words,
            }
        }
        None => Reading {
            end: site.at + len,
            words,
        },
    }
}

fn attach(number: &str, noun: &str, unit: &Unit, locale: &Locale) -> String {
    let gap = locale.joiner;
    if noun.contains(unit::NUMBER) {
        return noun.replace(unit::NUMBER, number);
    }
    let after = if unit.after.is_empty() {
        String::new()
    } else {
        format!("{gap}{}", unit.after)
    };
    let before = if unit.before.is_empty() {
        String::new()
    } else {
        format!("{}{gap}", unit.before)
    };
    format!("{before}{number}{gap}{noun}{after}")
}

fn sign_words(sign: Option<char>, locale: &Locale) -> &'static str {
    match sign {
        Some('-' | '−') => locale.words.minus,
        Some('+') => locale.words.plus,
        Some('±') => locale.words.plus_minus,
        Some('~' | '≈' | '∼') => locale.words.about,
        _ => "",
    }
}
