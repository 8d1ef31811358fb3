//! The words of a language for numbers, and how they agree with nouns.

use super::locale::Locale;
use super::number::Number;

/// Grammatical gender of what is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Gender {
    #[default]
    Masculine,
    Feminine,
    Neuter,
}

/// Grammatical case, where a language's numerals have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Case {
    #[default]
    Nominative,
    Genitive,
    Dative,
    Accusative,
    Instrumental,
    Prepositional,
}

/// The form of a counted noun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plural {
    One,
    Few,
    Many,
}

/// How a numeral is inflected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) gender: Gender,
    pub(super) case: Case,
    /// Whether a noun follows: German `ein Meter`, and `eins` alone.
    pub(super) attributive: bool,
    pub(super) plural: bool,
}

impl Form {
    /// Alone.
    pub(super) const PLAIN: Self = Self {
        gender: Gender::Masculine,
        case: Case::Nominative,
        attributive: false,
        plural: false,
    };

    /// Before a noun.
    pub(super) const fn before(gender: Gender) -> Self {
        Self {
            gender,
            case: Case::Nominative,
            attributive: true,
            plural: false,
        }
    }

    pub(super) const fn of(gender: Gender, case: Case) -> Self {
        Self {
            gender,
            case,
            attributive: false,
            plural: false,
        }
    }
}

/// What a fraction counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct CountedNoun<'t> {
    /// In the form for this number, if it is a unit; as it was written otherwise.
    pub(super) noun: &'t str,
    /// After one, if it is a unit.
    pub(super) one: &'t str,
    pub(super) gender: Gender,
}

/// A day of a calendar, as far as it was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Date {
    pub(super) year: Option<u64>,
    /// 1 to 12.
    pub(super) month: usize,
    /// 1 to 31.
    pub(super) day: Option<u64>,
}

/// A time of day: 24 hours or 12.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) hour: u64,
    pub(super) minute: u64,
    pub(super) second: Option<u64>,
    /// Whether a word for the half of the day follows: `a.m.`
    pub(super) marked: bool,
}

/// The number words of a language.
pub(super) trait Grammar: Sync {
    /// A cardinal number, at most eighteen digits.
    fn cardinal(&self, n: u64, form: Form) -> String;

    /// An ordinal number.
    fn ordinal(&self, n: u64, form: Form) -> String;

    /// An ordinal number, seen with the word after it.
    fn ordinal_before(&self, n: u64, form: Form, _next: &str) -> String {
        self.ordinal(n, form)
    }

    /// The name of a digit, 0 to 9.
    fn digit(&self, digit: u8) -> &'static str;

    /// A number that stands for itself, seen with what follows it.
    fn bare(&self, n: u64, _after: &str) -> String {
        self.cardinal(n, Form::PLAIN)
    }

    /// Whether four digits are read as a year, seen with what follows them.
    fn is_year(&self, _n: u64, _after: &str) -> bool {
        false
    }

    /// A year.
    fn year(&self, n: u64) -> String {
        self.cardinal(n, Form::PLAIN)
    }

    /// The first and last of some years, seen with the word before.
    fn year_range(&self, low: u64, high: u64, _before: &str, locale: &Locale) -> String {
        self.range(&self.year(low), &self.year(high), locale)
    }

    /// Whether what follows a number of any length makes it a year, such as Russian `г. до н. э.`
    fn is_era(&self, _after: &str) -> bool {
        false
    }

    /// A year with the word for it, seen with the word before; and how many bytes of what follows
    /// are that word.
    fn year_with_noun(&self, _n: u64, _before: &str, _after: &str) -> Option<(String, usize)> {
        None
    }

    /// A number with decimals.
    fn decimal(&self, number: &Number, locale: &Locale) -> String {
        let point = if number.foreign_mark {
            locale.words.version_point
        } else {
            locale.words.point
        };
        let whole = match number.value() {
            Some(n) => self.cardinal(n, Form::PLAIN),
            None => self.digits(&number.integer, locale),
        };
        let gap = locale.joiner;
        format!(
            "{whole}{gap}{point}{gap}{}",
            self.decimals(&number.fraction, locale)
        )
    }

    /// The digits after a decimal mark.
    fn decimals(&self, digits: &str, locale: &Locale) -> String {
        self.digits(digits, locale)
    }

    /// Digits one by one.
    fn digits(&self, digits: &str, locale: &Locale) -> String {
        let names: Vec<&str> = digits
            .bytes()
            .filter(u8::is_ascii_digit)
            .map(|b| self.digit(b - b'0'))
            .collect();
        names.join(locale.joiner)
    }

    /// The form that a noun has after a number.
    fn plural(&self, number: &Number) -> Plural {
        if number.whole() == Some(1) {
            Plural::One
        } else {
            Plural::Many
        }
    }

    /// The form that a noun has after the second number of a range.
    fn range_plural(&self, number: &Number) -> Plural {
        self.plural(number)
    }

    /// An ordinal number that is written with a dot, seen with the words around it.
    fn dotted_ordinal(&self, _n: u64, _before: &str, _after: &str) -> Option<String> {
        None
    }

    /// Whether a word after the dot of an abbreviation begins a sentence.
    fn starts_sentence(&self, word: &str) -> bool {
        word.starts_with(char::is_uppercase)
    }

    /// Whether a quantity stands before a noun like an adjective, so that its own noun is in the
    /// singular: English `a $20 bill`.
    fn is_attributive(&self, _before: &str, _after: &str) -> bool {
        false
    }

    /// A number with letters attached to it: English `1980s`.
    fn attached(&self, _number: &Number, _letters: &str, _before: &str) -> Option<String> {
        None
    }

    /// How numerals of a range are inflected.
    fn range_case(&self) -> Case {
        Case::Nominative
    }

    /// From one to another.
    fn range(&self, low: &str, high: &str, locale: &Locale) -> String {
        let gap = locale.joiner;
        format!("{low}{gap}{}{gap}{high}", locale.words.to)
    }

    /// Two weekdays or months, from one to the other.
    fn name_range(&self, low: &str, high: &str, locale: &Locale) -> String {
        self.range(low, high, locale)
    }

    /// A noun after a word for millions: French `d'euros`.
    fn of(&self, noun: &str) -> String {
        noun.into()
    }

    /// A sum with its hundredths.
    fn sum(&self, major: &str, minor: &str, locale: &Locale) -> String {
        format!("{major} {} {minor}", locale.words.and)
    }

    /// A fraction of one.
    fn fraction(&self, numerator: u64, denominator: u64, locale: &Locale) -> String;

    /// A whole number and a fraction.
    fn mixed(&self, whole: u64, fraction: &str, locale: &Locale) -> String {
        format!(
            "{} {} {fraction}",
            self.cardinal(whole, Form::PLAIN),
            locale.words.and
        )
    }

    /// The gender of a word after a number, where it is a noun that is counted; none where it is
    /// another word. Only for grammars that read fractions around or by their nouns.
    fn noun_gender(&self, _word: &str) -> Option<Gender> {
        None
    }

    /// Nouns without spaces before them that a half follows: Japanese `二時間半`.
    fn half_counters(&self) -> &'static [&'static str] {
        &[]
    }

    /// A fraction, after a whole number or alone, with the noun that it counts: French `deux heures
    /// et demie`. None where the noun follows as it is.
    fn fraction_of_noun(
        &self,
        _whole: Option<u64>,
        _part: (u64, u64),
        _noun: &CountedNoun<'_>,
        _locale: &Locale,
    ) -> Option<String> {
        None
    }

    /// The number of a house, where it is not read as a quantity.
    fn house_number(&self, _digits: &str, _locale: &Locale) -> Option<String> {
        None
    }

    /// A date, seen with the word before it.
    fn date(&self, date: &Date, before: &str, locale: &Locale) -> String;

    /// Some days of a month, to that of a date.
    fn day_range(&self, low: u64, date: &Date, before: &str, locale: &Locale) -> String {
        self.range(
            &self.day(low, before),
            &self.date(date, before, locale),
            locale,
        )
    }

    /// A day of a month that is written after it or before it, seen with the word before it.
    fn day(&self, day: u64, _before: &str) -> String {
        self.cardinal(day, Form::PLAIN)
    }

    /// A time of day.
    fn clock(&self, clock: &Clock, locale: &Locale) -> String;

    /// Two times of day, from one to the other.
    fn clock_range(&self, low: &Clock, high: &Clock, locale: &Locale) -> String {
        self.range(&self.clock(low, locale), &self.clock(high, locale), locale)
    }

    /// The number of a ruler, after the name.
    fn regnal(&self, name: &str, n: u64) -> String;

    /// A century in Roman numerals, seen with the word after it.
    fn century(&self, n: u64, _after: &str) -> String {
        self.ordinal(n, Form::PLAIN)
    }

    /// A Roman numeral before a noun that makes it an ordinal, as in Spanish `II Guerra Mundial`.
    fn roman_before(&self, _n: u64, _next: &str) -> Option<String> {
        None
    }

    /// A century in Roman numerals before an abbreviation of the word, seen with the word before.
    fn century_with_noun(&self, _n: u64, _before: &str) -> Option<String> {
        None
    }

    /// A base and its exponent.
    fn power(&self, base: &str, exponent: &str, locale: &Locale) -> String {
        format!("{base} {} {exponent}", locale.words.power)
    }
}
