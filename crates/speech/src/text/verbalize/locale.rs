//! The tables of a language: names of months, units and currencies, signs and abbreviations.

use super::grammar::{Gender, Grammar};
use super::language;
use crate::Language;

/// A noun that is counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noun {
    /// After one.
    pub(super) one: &'static str,
    /// After two to four where a language distinguishes them, else as `many`.
    pub(super) few: &'static str,
    pub(super) many: &'static str,
    pub(super) gender: Gender,
}

/// A masculine noun.
pub(super) const fn m(one: &'static str, many: &'static str) -> Noun {
    Noun {
        one,
        few: many,
        many,
        gender: Gender::Masculine,
    }
}

/// A feminine noun.
pub(super) const fn f(one: &'static str, many: &'static str) -> Noun {
    Noun {
        one,
        few: many,
        many,
        gender: Gender::Feminine,
    }
}

/// A neuter noun.
pub(super) const fn n(one: &'static str, many: &'static str) -> Noun {
    Noun {
        one,
        few: many,
        many,
        gender: Gender::Neuter,
    }
}

/// A noun of one form.
pub(super) const fn same(noun: &'static str) -> Noun {
    m(noun, noun)
}

/// A noun of three forms.
pub(super) const fn three(
    one: &'static str,
    few: &'static str,
    many: &'static str,
    gender: Gender,
) -> Noun {
    Noun {
        one,
        few,
        many,
        gender,
    }
}

/// A word or sign for thousands, millions and so on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Magnitude {
    pub(super) sign: &'static str,
    pub(super) noun: Noun,
    /// Whether a noun is attached by a word: French `millions d'euros`.
    pub(super) of: bool,
    /// Whether it means that only beside a sign of currency: `$5m`.
    pub(super) money_only: bool,
}

/// A word for a magnitude.
pub(super) const fn magnitude(sign: &'static str, noun: Noun) -> Magnitude {
    Magnitude {
        sign,
        noun,
        of: false,
        money_only: false,
    }
}

impl Magnitude {
    /// Attaches nouns by a word.
    pub(super) const fn with_of(self) -> Self {
        Self { of: true, ..self }
    }

    /// Only beside a sign of currency.
    pub(super) const fn with_money(self) -> Self {
        Self {
            money_only: true,
            ..self
        }
    }
}

/// A currency's names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Currency {
    /// ISO 4217.
    pub(super) code: &'static str,
    pub(super) major: Noun,
    /// The hundredth; empty where there is none.
    pub(super) minor: Noun,
}

/// The names of a currency.
pub(super) const fn currency(code: &'static str, major: Noun, minor: Noun) -> Currency {
    Currency { code, major, minor }
}

/// Where an abbreviation means what the table states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// Everywhere; its dot may be that of the sentence too.
    Ending,
    BeforeCapital,
    AfterCapital,
    BeforeNumber,
}

/// An abbreviation and the words for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Abbreviation {
    /// As written, without inner spaces.
    pub(super) short: &'static str,
    pub(super) words: &'static str,
    pub(super) when: When,
}

/// An abbreviation that stands for its words everywhere.
pub(super) const fn always(short: &'static str, words: &'static str) -> Abbreviation {
    Abbreviation {
        short,
        words,
        when: When::Always,
    }
}

/// An abbreviation that may end a sentence.
pub(super) const fn ending(short: &'static str, words: &'static str) -> Abbreviation {
    Abbreviation {
        short,
        words,
        when: When::Ending,
    }
}

/// An abbreviation before a name.
pub(super) const fn title(short: &'static str, words: &'static str) -> Abbreviation {
    Abbreviation {
        short,
        words,
        when: When::BeforeCapital,
    }
}

/// An abbreviation before a number.
pub(super) const fn numbered(short: &'static str, words: &'static str) -> Abbreviation {
    Abbreviation {
        short,
        words,
        when: When::BeforeNumber,
    }
}

/// The order of a date in figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateOrder {
    MonthFirst,
    DayFirst,
}

/// What signs are called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    pub(super) minus: &'static str,
    pub(super) plus: &'static str,
    pub(super) plus_minus: &'static str,
    /// The decimal mark.
    pub(super) point: &'static str,
    /// Between the numbers of a version.
    pub(super) version_point: &'static str,
    /// `v` before a version.
    pub(super) version: &'static str,
    /// Between the ends of a range.
    pub(super) to: &'static str,
    /// Between the parts of a ratio.
    pub(super) ratio: &'static str,
    pub(super) and: &'static str,
    pub(super) equals: &'static str,
    pub(super) times: &'static str,
    /// Between the sides of what is measured: `3 x 4 m`.
    pub(super) by: &'static str,
    pub(super) divided: &'static str,
    pub(super) less: &'static str,
    pub(super) greater: &'static str,
    pub(super) at_most: &'static str,
    pub(super) at_least: &'static str,
    pub(super) unequal: &'static str,
    pub(super) about: &'static str,
    pub(super) number: &'static str,
    pub(super) hashtag: &'static str,
    pub(super) sharp: &'static str,
    pub(super) section: &'static str,
    pub(super) power: &'static str,
    pub(super) squared: &'static str,
    pub(super) cubed: &'static str,
    pub(super) per: &'static str,
    /// In addresses.
    pub(super) at: &'static str,
    pub(super) dot: &'static str,
    pub(super) slash: &'static str,
    pub(super) backslash: &'static str,
    pub(super) dash: &'static str,
    pub(super) underscore: &'static str,
    pub(super) colon: &'static str,
    pub(super) question: &'static str,
    pub(super) hash: &'static str,
    pub(super) tilde: &'static str,
    pub(super) percent: &'static str,
}

/// Which numbers are codes and not quantities, so that they are read digit by digit.
#[derive(Clone, Copy)]
pub(super) struct Codes {
    /// Words before a code: `ZIP`.
    pub(super) words: &'static [&'static str],
    /// The digits of a postal code that stands between an address and a town; 0 where there is
    /// none, or where such a code is read as a number.
    pub(super) postal_digits: usize,
    /// Whether nouns have capitals, so that only a house number shows that a postal code follows.
    pub(super) after_house_number: bool,
    /// Abbreviations of states that a postal code may follow.
    pub(super) states: &'static str,
    /// Names of streets after a house number, in full and abbreviated.
    pub(super) streets: &'static str,
    /// Groups of telephone numbers and postal codes, where `#` stands for any digit.
    pub(super) groups: &'static [&'static str],
}

/// No codes but those that every language has.
pub(super) const NO_CODES: Codes = Codes {
    words: &[],
    postal_digits: 0,
    after_house_number: false,
    states: "",
    streets: "",
    groups: &[],
};

/// Everything about a language and region that is not grammar.
#[derive(Clone, Copy)]
pub(super) struct Locale {
    pub(super) grammar: &'static dyn Grammar,
    /// The decimal mark, `.` or `,`; the other separates thousands.
    pub(super) decimal: char,
    /// Whether a plain space separates thousands too.
    pub(super) space_groups: bool,
    pub(super) order: DateOrder,
    /// What stands between the words of a number and its noun: a space, or nothing.
    pub(super) joiner: &'static str,
    pub(super) words: &'static Words,
    /// Of each month its name, then other forms and abbreviations without dot.
    pub(super) months: &'static [&'static [&'static str]; 12],
    /// Of each weekday from Monday its name, then abbreviations without dot.
    pub(super) weekdays: &'static [&'static [&'static str]; 7],
    pub(super) magnitudes: &'static [Magnitude],
    pub(super) currencies: &'static [Currency],
    /// Signs of currencies that this language has besides the common ones, or reads otherwise.
    pub(super) currency_signs: &'static [(&'static str, &'static str)],
    /// Prefixes of units.
    pub(super) prefixes: &'static [(&'static str, &'static str)],
    /// Units that take prefixes.
    pub(super) bases: &'static [(&'static str, Noun)],
    /// Units as they are, before those with prefixes.
    pub(super) units: &'static [(&'static str, Noun)],
    /// What is spoken for a unit after `/`.
    pub(super) per: &'static [(&'static str, &'static str)],
    /// Whether that is spoken before the number: Chinese.
    pub(super) per_first: bool,
    /// Endings of ordinals after figures, and the form that each stands for.
    pub(super) ordinals: &'static [(&'static str, super::grammar::Form)],
    /// Words after a time of day in figures that are part of it: `Uhr`.
    pub(super) clock_words: &'static [&'static str],
    /// Words before a time whose minutes follow a dot: Italian `ore 17.30`.
    pub(super) clock_prepositions: &'static [&'static str],
    /// Words after a year that are part of the date: Russian `2026 года`.
    pub(super) year_words: &'static [&'static str],
    /// Words for the half of the day after a time: `a.m.`
    pub(super) day_halves: &'static [(&'static str, &'static str)],
    /// A letter between hours and minutes: French `14h30`.
    pub(super) hour_letter: Option<char>,
    pub(super) abbreviations: &'static [Abbreviation],
    /// Ends of words that are abbreviated: German `Hauptstr.`
    pub(super) abbreviated_endings: &'static [(&'static str, &'static str)],
    /// Figures that are read in a way of their own: `24/7`.
    pub(super) idioms: &'static [(&'static str, &'static str)],
    /// Words before a Roman numeral that only counts: `Chapter IV`.
    pub(super) sections: &'static [&'static str],
    /// Words before a ruler's name.
    pub(super) titles: &'static [&'static str],
    /// Words for a century, beside a Roman numeral.
    pub(super) centuries: &'static [&'static str],
    /// Which numbers are codes.
    pub(super) codes: &'static Codes,
    /// Words between a day and its month and year: Spanish `de`.
    pub(super) date_of: &'static str,
}

/// Signs of currencies that every language reads alike.
const CURRENCY_SIGNS: [(&str, &str); 48] = [
    ("US$", "USD"),
    ("CA$", "CAD"),
    ("AU$", "AUD"),
    ("MX$", "MXN"),
    ("R$", "BRL"),
    ("C$", "CAD"),
    ("A$", "AUD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("$", "USD"),
    ("¥", "JPY"),
    ("￥", "JPY"),
    ("₩", "KRW"),
    ("₽", "RUB"),
    ("₹", "INR"),
    ("₺", "TRY"),
    ("₴", "UAH"),
    ("＄", "USD"),
    ("￡", "GBP"),
    ("￦", "KRW"),
    ("EUR", "EUR"),
    ("GBP", "GBP"),
    ("USD", "USD"),
    ("JPY", "JPY"),
    ("CNY", "CNY"),
    ("RMB", "CNY"),
    ("KRW", "KRW"),
    ("RUB", "RUB"),
    ("RUR", "RUB"),
    ("INR", "INR"),
    ("BRL", "BRL"),
    ("CHF", "CHF"),
    ("CAD", "CAD"),
    ("AUD", "AUD"),
    ("MXN", "MXN"),
    ("SEK", "SEK"),
    ("PLN", "PLN"),
    ("TRY", "TRY"),
    ("UAH", "UAH"),
    ("NOK", "NOK"),
    ("DKK", "DKK"),
    ("CZK", "CZK"),
    ("zł", "PLN"),
    ("Kč", "CZK"),
    ("SFr.", "CHF"),
    ("NZ$", "NZD"),
    ("HK$", "HKD"),
    ("NT$", "TWD"),
];

impl Locale {
    /// The tables for a language, where there are some.
    pub(super) fn of(language: &Language) -> Option<&'static Self> {
        language::locale(language.primary(), language.region())
    }

    /// Whether numbers go before their counters with spaces, and dates have dots with spaces.
    pub(super) fn is_korean(&self) -> bool {
        self.per_first && !self.joiner.is_empty()
    }

    /// The currency whose sign a text begins with, and the length of the sign.
    pub(super) fn currency_sign(&self, text: &str) -> Option<(&'static Currency, usize)> {
        let first = text.chars().next()?;
        // Most places hold none: signs begin with a capital, or are no ASCII letters.
        if first.is_ascii_digit()
            || first.is_whitespace()
            || first.is_ascii_lowercase() && first != 'z' && first != 'f'
        {
            return None;
        }
        let (sign, code) = self
            .currency_signs
            .iter()
            .chain(&CURRENCY_SIGNS)
            .find(|(sign, _)| text.starts_with(sign))?;
        let currency = self
            .currencies
            .iter()
            .find(|currency| currency.code == *code)?;
        Some((currency, sign.len()))
    }

    /// The month whose name or abbreviation a word is, 1 to 12, and whether it is abbreviated.
    pub(super) fn month(&self, word: &str) -> Option<(usize, bool)> {
        name_in(self.months, word)
    }

    /// The weekday whose name or abbreviation a word is, 0 to 6, and whether it is abbreviated.
    pub(super) fn weekday(&self, word: &str) -> Option<(usize, bool)> {
        name_in(self.weekdays, word).map(|(day, short)| (day - 1, short))
    }
}

fn name_in(names: &[&[&str]], word: &str) -> Option<(usize, bool)> {
    names.iter().enumerate().find_map(|(at, forms)| {
        let form = forms.iter().position(|form| *form == word)?;
        Some((at + 1, form > 0))
    })
}
