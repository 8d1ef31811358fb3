//! The languages, a file each: number words and tables.

mod chinese;
mod english;
mod french;
mod german;
mod italian;
mod japanese;
mod korean;
mod portuguese;
mod russian;
mod spanish;

use super::grammar::{Form, Grammar};
use super::locale::Locale;

/// The tables for a language and region.
pub(super) fn locale(language: &str, region: Option<&str>) -> Option<&'static Locale> {
    Some(match language {
        "en" => english::locale(region),
        "de" => german::locale(region),
        "es" => spanish::locale(region),
        "fr" => french::locale(region),
        "it" => italian::locale(region),
        "pt" => portuguese::locale(region),
        "ru" => &russian::LOCALE,
        "zh" => &chinese::LOCALE,
        "ja" => &japanese::LOCALE,
        "ko" => &korean::LOCALE,
        _ => return None,
    })
}

/// The word after a number, across a space.
fn word_after(after: &str) -> &str {
    super::site::next_word(after)
}

/// The word that a text ends with, across a hyphen or space.
fn last_word_of(before: &str) -> &str {
    super::site::last_word(before.trim_end_matches([' ', '-', '\u{a0}']))
}

/// Decimals as one number where that is short, as in Romance languages: `coma catorce`.
fn decimals_as_number(grammar: &dyn Grammar, digits: &str, locale: &Locale) -> String {
    match digits.parse() {
        Ok(n) if digits.len() <= 2 && !digits.starts_with('0') => grammar.cardinal(n, Form::PLAIN),
        _ => grammar.digits(digits, locale),
    }
}

/// Whether a ruler's name is that of a woman.
fn is_female(name: &str) -> bool {
    const NAMES: [&str; 21] = [
        "Elisabeth",
        "Elisabetta",
        "Isabel",
        "Élisabeth",
        "Katharina",
        "Catalina",
        "Caterina",
        "Catherine",
        "Maria",
        "María",
        "Marie",
        "Margrethe",
        "Beatrix",
        "Cristina",
        "Victoria",
        "Vitória",
        "Juana",
        "Anna",
        "Ana",
        "Cleopatra",
        "Kleopatra",
    ];
    NAMES.contains(&name)
}
