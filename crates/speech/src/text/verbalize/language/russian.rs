//! Russian. Numbers stand in the nominative, but for dates, years, ordinals and ranges.

use crate::text::verbalize::grammar::{
    Case, Clock, CountedNoun, Date, Form, Gender, Grammar, Plural,
};
use crate::text::verbalize::locale::{
    Abbreviation, Codes, Currency, DateOrder, Locale, Magnitude, NO_CODES, Noun, Words, always,
    currency, ending, magnitude, numbered, same, three, title,
};
use crate::text::verbalize::number::Number;

struct Russian;

use Gender::{Feminine, Masculine, Neuter};

const SMALL: [&str; 20] = [
    "ноль",
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
];

const SMALL_GENITIVE: [&str; 20] = [
    "нуля",
    "одного",
    "двух",
    "трёх",
    "четырёх",
    "пяти",
    "шести",
    "семи",
    "восьми",
    "девяти",
    "десяти",
    "одиннадцати",
    "двенадцати",
    "тринадцати",
    "четырнадцати",
    "пятнадцати",
    "шестнадцати",
    "семнадцати",
    "восемнадцати",
    "девятнадцати",
];

const TENS: [&str; 10] = [
    "",
    "",
    "двадцать",
    "тридцать",
    "сорок",
    "пятьдесят",
    "шестьдесят",
    "семьдесят",
    "восемьдесят",
    "девяносто",
];

const TENS_GENITIVE: [&str; 10] = [
    "",
    "",
    "двадцати",
    "тридцати",
    "сорока",
    "пятидесяти",
    "шестидесяти",
    "семидесяти",
    "восьмидесяти",
    "девяноста",
];

const HUNDREDS: [&str; 10] = [
    "",
    "сто",
    "двести",
    "триста",
    "четыреста",
    "пятьсот",
    "шестьсот",
    "семьсот",
    "восемьсот",
    "девятьсот",
];

const HUNDREDS_GENITIVE: [&str; 10] = [
    "",
    "ста",
    "двухсот",
    "трёхсот",
    "четырёхсот",
    "пятисот",
    "шестисот",
    "семисот",
    "восьмисот",
    "девятисот",
];

/// Ordinals without their endings; those with stress on the ending have `ой`.
const ORDINALS: [&str; 20] = [
    "нулев",
    "перв",
    "втор",
    "трет",
    "четвёрт",
    "пят",
    "шест",
    "седьм",
    "восьм",
    "девят",
    "десят",
    "одиннадцат",
    "двенадцат",
    "тринадцат",
    "четырнадцат",
    "пятнадцат",
    "шестнадцат",
    "семнадцат",
    "восемнадцат",
    "девятнадцат",
];

const ORDINAL_TENS: [&str; 10] = [
    "",
    "",
    "двадцат",
    "тридцат",
    "сороков",
    "пятидесят",
    "шестидесят",
    "семидесят",
    "восьмидесят",
    "девяност",
];

/// Names of thousands, in the nominative and genitive after one, few and many.
const SCALES: [(u64, [&str; 3], Gender); 5] = [
    (
        1_000_000_000_000_000,
        ["квадриллион", "квадриллиона", "квадриллионов"],
        Masculine,
    ),
    (
        1_000_000_000_000,
        ["триллион", "триллиона", "триллионов"],
        Masculine,
    ),
    (
        1_000_000_000,
        ["миллиард", "миллиарда", "миллиардов"],
        Masculine,
    ),
    (1_000_000, ["миллион", "миллиона", "миллионов"], Masculine),
    (1_000, ["тысяча", "тысячи", "тысяч"], Feminine),
];

const fn form_of(n: u64) -> Plural {
    match (n % 100, n % 10) {
        (11..=14, _) => Plural::Many,
        (_, 1) => Plural::One,
        (_, 2..=4) => Plural::Few,
        _ => Plural::Many,
    }
}

/// The words of a number below a thousand.
fn below_thousand(n: u64, form: Form) -> Vec<&'static str> {
    let genitive = form.case == Case::Genitive;
    let (small, tens, hundreds) = if genitive {
        (&SMALL_GENITIVE, &TENS_GENITIVE, &HUNDREDS_GENITIVE)
    } else {
        (&SMALL, &TENS, &HUNDREDS)
    };
    let one = |n: u64| match (n, form.gender, genitive) {
        (1, Feminine, false) => "одна",
        (1, Neuter, false) => "одно",
        (1, Feminine, true) => "одной",
        (2, Feminine, false) => "две",
        _ => small[n as usize],
    };
    let mut parts = Vec::new();
    if n >= 100 {
        parts.push(hundreds[n as usize / 100]);
    }
    match n % 100 {
        0 if n > 0 => {}
        rest @ 0..20 => parts.push(one(rest)),
        rest => {
            parts.push(tens[rest as usize / 10]);
            if rest % 10 > 0 {
                parts.push(one(rest % 10));
            }
        }
    }
    parts
}

fn words_of(n: u64, form: Form) -> Vec<&'static str> {
    let mut parts = Vec::new();
    let mut rest = n;
    for (value, names, gender) in SCALES {
        let count = rest / value;
        rest %= value;
        if count == 0 {
            continue;
        }
        parts.extend(below_thousand(count, Form { gender, ..form }));
        parts.push(match (form_of(count), form.case == Case::Genitive) {
            (Plural::One, false) => names[0],
            (Plural::Few, false) | (Plural::One, true) => names[1],
            _ => names[2],
        });
    }
    if rest > 0 || parts.is_empty() {
        parts.extend(below_thousand(rest, form));
    }
    parts
}

fn number(n: u64, form: Form) -> String {
    words_of(n, form).join(" ")
}

/// The stem of an ordinal with the words before it.
fn ordinal_stem(n: u64) -> String {
    let genitive = Form::of(Masculine, Case::Genitive);
    let (head, stem): (u64, String) = match n {
        0..20 => (0, ORDINALS[n as usize].into()),
        _ if n.is_multiple_of(1000) => {
            let (value, names, _) = SCALES
                .iter()
                .rev()
                .take_while(|(value, ..)| n.is_multiple_of(*value))
                .last()
                .unwrap_or(&SCALES[4]);
            let count = n / value;
            let name = names[0].trim_end_matches('а');
            let low = count % 1000;
            let prefix = if low == 1 {
                String::new()
            } else {
                below_thousand(low, genitive).concat()
            };
            (n - low * value, format!("{prefix}{name}н"))
        }
        _ if n.is_multiple_of(100) => {
            let hundreds = n / 100 % 10;
            let stem = if hundreds == 1 {
                "сот".into()
            } else {
                format!("{}сот", SMALL_GENITIVE[hundreds as usize])
            };
            (n - hundreds * 100, stem)
        }
        _ if (1..20).contains(&(n % 100)) => (n - n % 100, ORDINALS[(n % 100) as usize].into()),
        _ if n.is_multiple_of(10) => (n - n % 100, ORDINAL_TENS[(n % 100 / 10) as usize].into()),
        _ => (n - n % 10, ORDINALS[(n % 10) as usize].into()),
    };
    if head == 0 {
        return stem;
    }
    // `тысяча девятьсот`, not `одна тысяча`.
    let head = number(head, Form::PLAIN);
    format!("{} {stem}", head.strip_prefix("одна ").unwrap_or(&head))
}

fn ordinal(n: u64, form: Form) -> String {
    let stem = ordinal_stem(n);
    let ending = match (form.plural, form.case, form.gender) {
        (true, Case::Nominative | Case::Accusative, _) => "ые",
        (true, Case::Dative, _) | (false, Case::Instrumental, Masculine | Neuter) => "ым",
        (true, Case::Instrumental, _) => "ыми",
        (true, _, _) => "ых",
        (false, Case::Nominative | Case::Accusative, Masculine) => "ый",
        (false, Case::Nominative, Feminine) => "ая",
        (false, Case::Nominative | Case::Accusative, Neuter) => "ое",
        (false, Case::Accusative, Feminine) => "ую",
        (false, _, Feminine) => "ой",
        (false, Case::Genitive, _) => "ого",
        (false, Case::Dative, _) => "ому",
        (false, Case::Prepositional, _) => "ом",
    };
    if stem.ends_with("трет") {
        let soft = match ending {
            "ые" => "ьи",
            "ым" => "ьим",
            "ыми" => "ьими",
            "ых" => "ьих",
            "ый" => "ий",
            "ая" => "ья",
            "ое" => "ье",
            "ую" => "ью",
            "ой" => "ьей",
            "ого" => "ьего",
            "ому" => "ьему",
            _ => "ьем",
        };
        return format!("{stem}{soft}");
    }
    let stressed = ["втор", "шест", "седьм", "восьм", "сороков", "нулев"]
        .iter()
        .any(|end| stem.rsplit(' ').next() == Some(end));
    format!(
        "{stem}{}",
        if stressed && ending == "ый" {
            "ой"
        } else {
            ending
        }
    )
}

fn capitalized(words: &str) -> String {
    words
        .split(' ')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(chars).collect()
            })
        })
        .collect::<Vec<String>>()
        .join(" ")
}

/// The case of a day or year after a word.
fn case_after(before: &str) -> Option<Case> {
    Some(match before.to_lowercase().as_str() {
        "в" | "во" | "о" | "об" | "при" => Case::Prepositional,
        "с" | "со" | "до" | "от" | "после" | "из" | "конца" | "начала" | "середины" | "около"
        | "для" | "начиная" => Case::Genitive,
        "к" | "ко" => Case::Dative,
        "по" | "на" | "за" => Case::Accusative,
        _ => return None,
    })
}

impl Russian {
    /// The ordinal that an ending after a hyphen stands for.
    fn with_ending(n: u64, ending: &str) -> Option<String> {
        let form = |gender, case| Form::of(gender, case);
        let plural = |case| Form {
            plural: true,
            ..Form::of(Masculine, case)
        };
        let decade = n.is_multiple_of(10) && n >= 20;
        Some(match ending {
            "й" | "ый" | "ий" => ordinal(n, form(Masculine, Case::Nominative)),
            "ой" | "ей" => ordinal(n, form(Feminine, Case::Genitive)),
            "я" | "ая" | "ья" => ordinal(n, form(Feminine, Case::Nominative)),
            "е" | "ые" if decade => ordinal(n, plural(Case::Nominative)),
            "е" | "ое" | "ье" => ordinal(n, form(Neuter, Case::Nominative)),
            "ые" | "ьи" => ordinal(n, plural(Case::Nominative)),
            "го" | "ого" | "его" => ordinal(n, form(Masculine, Case::Genitive)),
            "му" | "ому" | "ему" => ordinal(n, form(Masculine, Case::Dative)),
            "м" | "ом" | "ем" => ordinal(n, form(Masculine, Case::Prepositional)),
            "ым" | "им" => ordinal(n, form(Masculine, Case::Instrumental)),
            "х" if n < 5 => number(n, form(Masculine, Case::Genitive)),
            "х" | "ых" | "их" => ordinal(n, plural(Case::Genitive)),
            "ю" | "ую" | "ью" => ordinal(n, form(Feminine, Case::Accusative)),
            "ми" | "ыми" => ordinal(n, plural(Case::Instrumental)),
            "ти" | "и" | "ух" | "ёх" | "ех" => number(n, form(Masculine, Case::Genitive)),
            _ => return None,
        })
    }
}

impl Grammar for Russian {
    fn cardinal(&self, n: u64, form: Form) -> String {
        number(n, form)
    }

    fn ordinal(&self, n: u64, form: Form) -> String {
        ordinal(n, form)
    }

    fn digit(&self, digit: u8) -> &'static str {
        SMALL[usize::from(digit)]
    }

    fn bare(&self, n: u64, after: &str) -> String {
        let next = super::word_after(after);
        let spaced = after.starts_with([' ', '\u{a0}', '\u{202f}'])
            && next.chars().count() > 2
            && next.starts_with(char::is_lowercase);
        let gender = match form_of(n) {
            Plural::One
                if spaced
                    && next.ends_with(['а', 'я'])
                    && !matches!(
                        next,
                        "мужчина" | "раза" | "сентября" | "октября" | "ноября" | "декабря"
                    ) =>
            {
                Feminine
            }
            Plural::One
                if spaced
                    && next.ends_with(['о', 'е'])
                    && !matches!(next, "или" | "уже" | "более" | "менее" | "после" | "только") =>
            {
                Neuter
            }
            Plural::Few
                if spaced
                    && n % 10 == 2
                    && next.ends_with(['и', 'ы'])
                    && !matches!(next, "или" | "при") =>
            {
                Feminine
            }
            _ => Masculine,
        };
        number(n, Form::before(gender))
    }

    fn is_year(&self, n: u64, after: &str) -> bool {
        let next = super::word_after(after);
        let direct = after.trim_start_matches([' ', '\u{a0}']);
        (1000..2100).contains(&n)
            && (next.is_empty() && !direct.starts_with(|c: char| c.is_alphanumeric())
                || matches!(next, "гг" | "годы" | "годов" | "годах" | "годам"))
    }

    fn is_era(&self, after: &str) -> bool {
        let tail = after.trim_start_matches([' ', '\u{a0}']);
        tail.strip_prefix("г.").is_some_and(|tail| {
            let tail = tail.trim_start();
            tail.starts_with("до н") || tail.starts_with("н. э") || tail.starts_with("н.э")
        })
    }

    fn year_range(&self, low: u64, high: u64, before: &str, _locale: &Locale) -> String {
        if let Some(case) = case_after(before) {
            let form = Form::of(Masculine, case);
            return format!("{} — {}", ordinal(low, form), ordinal(high, form));
        }
        let (low, high) = (
            ordinal(low, Form::of(Masculine, Case::Genitive)),
            ordinal(high, Form::PLAIN),
        );
        format!("с {low} по {high}")
    }

    fn year(&self, n: u64) -> String {
        // A year without its noun cannot be distinguished from a quantity.
        number(n, Form::PLAIN)
    }

    fn year_with_noun(&self, n: u64, before: &str, after: &str) -> Option<(String, usize)> {
        let tail = after.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
        let gap = after.len() - tail.len();
        let word = super::super::site::first_word(tail);
        let (case, noun) = match word {
            "год" => (Case::Nominative, "год"),
            "года" => (Case::Genitive, "года"),
            "году" if case_after(before) == Some(Case::Dative) => (Case::Dative, "году"),
            "году" => (Case::Prepositional, "году"),
            "годом" => (Case::Instrumental, "годом"),
            "г" if tail[word.len()..].starts_with('.') => match case_after(before) {
                Some(Case::Prepositional) => (Case::Prepositional, "году"),
                Some(Case::Genitive) => (Case::Genitive, "года"),
                Some(Case::Dative) => (Case::Dative, "году"),
                _ => (Case::Nominative, "год"),
            },
            _ => return None,
        };
        let mut len = gap + word.len();
        if word == "г"
            && !after[len + 1..].trim_start().is_empty()
            && !after[len + 1..]
                .trim_start()
                .starts_with(char::is_uppercase)
        {
            len += 1;
        }
        (gap > 0 || word == "г").then(|| {
            (
                format!("{} {noun}", ordinal(n, Form::of(Masculine, case))),
                len,
            )
        })
    }

    fn plural(&self, number: &Number) -> Plural {
        number.whole().map_or(Plural::Few, form_of)
    }

    fn range_plural(&self, number: &Number) -> Plural {
        if self.plural(number) == Plural::One || number.whole().is_none() {
            Plural::Few
        } else {
            Plural::Many
        }
    }

    fn range_case(&self) -> Case {
        Case::Genitive
    }

    fn range(&self, low: &str, high: &str, _locale: &Locale) -> String {
        format!("от {low} до {high}")
    }

    fn name_range(&self, low: &str, high: &str, _locale: &Locale) -> String {
        format!("{low} — {high}")
    }

    fn decimal(&self, number: &Number, locale: &Locale) -> String {
        let names = [
            ["десятая", "десятых"],
            ["сотая", "сотых"],
            ["тысячная", "тысячных"],
        ];
        let value = number.fraction.parse::<u64>();
        match (number.value(), value, names.get(number.fraction.len() - 1)) {
            (Some(whole), Ok(parts), Some(names)) if !number.foreign_mark => {
                let feminine = Form::before(Feminine);
                let whole_name = if form_of(whole) == Plural::One {
                    "целая"
                } else {
                    "целых"
                };
                let name = names[usize::from(form_of(parts) != Plural::One)];
                format!(
                    "{} {whole_name} {} {name}",
                    self::number(whole, feminine),
                    self::number(parts, feminine)
                )
            }
            _ => {
                let whole = number.value().map_or_else(
                    || self.digits(&number.integer, locale),
                    |n| self::number(n, Form::PLAIN),
                );
                let point = if number.foreign_mark {
                    locale.words.version_point
                } else {
                    locale.words.point
                };
                format!("{whole} {point} {}", self.digits(&number.fraction, locale))
            }
        }
    }

    fn attached(&self, number: &Number, letters: &str, _before: &str) -> Option<String> {
        const ADJECTIVES: [&str; 12] = [
            "ий", "ый", "ой", "ая", "яя", "ее", "ое", "ие", "ые", "его", "ого", "ия",
        ];
        let n = number.whole()?;
        let word = letters.trim_start_matches('-');
        if let Some(ending) = letters.strip_prefix('%') {
            let ending = ending.trim_start_matches('-');
            let prefix = match n {
                100 => "сто".into(),
                n => words_of(n, Form::of(Masculine, Case::Genitive)).concat(),
            };
            return ending
                .starts_with('н')
                .then(|| format!("{prefix}процент{ending}"));
        }
        if let Some(words) = Self::with_ending(n, word).filter(|_| letters.starts_with('-')) {
            return Some(words);
        }
        let compound = word.chars().count() >= 5
            && (ADJECTIVES.iter().any(|end| word.ends_with(end)) || word.starts_with("лет"));
        compound.then(|| {
            let prefix = match n {
                1 => "одно".into(),
                100 => "сто".into(),
                1000 => "тысяче".into(),
                n => words_of(n, Form::of(Masculine, Case::Genitive)).concat(),
            };
            format!("{prefix}{word}")
        })
    }

    fn sum(&self, major: &str, minor: &str, _locale: &Locale) -> String {
        format!("{major} {minor}")
    }

    fn fraction(&self, numerator: u64, denominator: u64, _locale: &Locale) -> String {
        match (numerator, denominator) {
            (1, 2) => return "одна вторая".into(),
            (1, 3) => return "одна треть".into(),
            (1, 4) => return "одна четверть".into(),
            (3, 4) => return "три четверти".into(),
            _ => {}
        }
        let one = form_of(numerator) == Plural::One;
        let form = if one {
            Form::of(Feminine, Case::Nominative)
        } else {
            Form {
                plural: true,
                ..Form::of(Feminine, Case::Genitive)
            }
        };
        format!(
            "{} {}",
            number(numerator, Form::before(Feminine)),
            ordinal(denominator, form)
        )
    }

    fn mixed(&self, whole: u64, fraction: &str, _locale: &Locale) -> String {
        if fraction == "одна вторая" {
            return format!("{} с половиной", number(whole, Form::PLAIN));
        }
        let name = if form_of(whole) == Plural::One {
            "целая"
        } else {
            "целых"
        };
        format!(
            "{} {name} {fraction}",
            number(whole, Form::before(Feminine))
        )
    }

    fn noun_gender(&self, word: &str) -> Option<Gender> {
        let noun = word.chars().count() > 2 && word.starts_with(char::is_lowercase);
        noun.then(|| {
            if word.ends_with(['ы', 'и']) {
                Feminine
            } else {
                Masculine
            }
        })
    }

    fn fraction_of_noun(
        &self,
        whole: Option<u64>,
        part: (u64, u64),
        noun: &CountedNoun<'_>,
        locale: &Locale,
    ) -> Option<String> {
        Some(match (whole, part) {
            (Some(1), (1, 2)) if noun.gender == Feminine => format!("полторы {}", noun.noun),
            (Some(1), (1, 2)) => format!("полтора {}", noun.noun),
            (Some(n), (1, 2)) => format!(
                "{} с половиной {}",
                number(n, Form::before(noun.gender)),
                noun.noun
            ),
            (None, (1, 2)) => format!("половина {}", noun.noun),
            (whole, (a, b)) => {
                let fraction = self.fraction(a, b, locale);
                let words =
                    whole.map_or_else(|| fraction.clone(), |n| self.mixed(n, &fraction, locale));
                format!("{words} {}", noun.noun)
            }
        })
    }

    fn date(&self, date: &Date, before: &str, locale: &Locale) -> String {
        let month = locale.months[date.month - 1][0];
        let mut words = match date.day {
            Some(day) => format!("{} {month}", self.day(day, before)),
            None => month.into(),
        };
        if let Some(year) = date.year {
            words = format!(
                "{words} {} года",
                ordinal(year, Form::of(Masculine, Case::Genitive))
            );
        }
        words
    }

    fn day(&self, day: u64, before: &str) -> String {
        let case = match before.to_lowercase().as_str() {
            "к" | "ко" => Case::Dative,
            "на" | "по" | "за" | "сегодня" | "завтра" | "вчера" | "послезавтра" | "дата" => {
                Case::Nominative
            }
            _ => Case::Genitive,
        };
        ordinal(day, Form::of(Neuter, case))
    }

    fn clock(&self, clock: &Clock, _locale: &Locale) -> String {
        let hours = match form_of(clock.hour) {
            Plural::One => "час",
            Plural::Few => "часа",
            Plural::Many => "часов",
        };
        let hour = number(clock.hour, Form::PLAIN);
        let mut words = match clock.minute {
            0 => format!("{hour} {hours}"),
            minute @ 1..10 => format!("{hour} ноль {}", number(minute, Form::PLAIN)),
            minute => format!("{hour} {}", number(minute, Form::PLAIN)),
        };
        if let Some(second) = clock.second.filter(|second| *second > 0) {
            let noun = match form_of(second) {
                Plural::One => "секунда",
                Plural::Few => "секунды",
                Plural::Many => "секунд",
            };
            words = format!("{words} {} {noun}", number(second, Form::before(Feminine)));
        }
        words
    }

    fn clock_range(&self, low: &Clock, high: &Clock, locale: &Locale) -> String {
        format!("{} — {}", self.clock(low, locale), self.clock(high, locale))
    }

    fn roman_before(&self, n: u64, next: &str) -> Option<String> {
        let case = match next {
            "мировая" | "Мировая" => Case::Nominative,
            "мировой" | "Мировой" => Case::Genitive,
            "мировую" | "Мировую" => Case::Accusative,
            _ => return None,
        };
        Some(ordinal(n, Form::of(Feminine, case)))
    }

    fn regnal(&self, name: &str, n: u64) -> String {
        let female =
            name.starts_with("Екатерин") || name.starts_with("Елизавет") || name.starts_with("Анн");
        let gender = if female { Feminine } else { Masculine };
        let case = match (female, name.chars().next_back()) {
            (true, Some('а')) => Case::Nominative,
            (true, Some('у')) => Case::Accusative,
            (true, _) | (false, Some('а' | 'я')) => Case::Genitive,
            (false, Some('у' | 'ю')) => Case::Dative,
            (false, _) if name.ends_with("ом") || name.ends_with("ем") => Case::Instrumental,
            _ => Case::Nominative,
        };
        capitalized(&ordinal(n, Form::of(gender, case)))
    }

    fn century(&self, n: u64, after: &str) -> String {
        let form = match after {
            "века" => Form::of(Masculine, Case::Genitive),
            "веке" => Form::of(Masculine, Case::Prepositional),
            "веку" => Form::of(Masculine, Case::Dative),
            "веком" => Form::of(Masculine, Case::Instrumental),
            _ => Form::PLAIN,
        };
        ordinal(n, form)
    }

    fn century_with_noun(&self, n: u64, before: &str) -> Option<String> {
        let (case, noun) = match case_after(before) {
            Some(Case::Prepositional) => (Case::Prepositional, "веке"),
            Some(Case::Genitive) => (Case::Genitive, "века"),
            Some(Case::Dative) => (Case::Dative, "веку"),
            _ => (Case::Nominative, "век"),
        };
        Some(format!("{} {noun}", ordinal(n, Form::of(Masculine, case))))
    }
}

/// The tables.
pub(super) static LOCALE: Locale = Locale {
    grammar: &Russian,
    decimal: ',',
    space_groups: true,
    order: DateOrder::DayFirst,
    joiner: " ",
    words: &WORDS,
    months: &MONTHS,
    weekdays: &WEEKDAYS,
    magnitudes: MAGNITUDES,
    currencies: CURRENCIES,
    currency_signs: &[
        ("руб.", "RUB"),
        ("руб", "RUB"),
        ("р.", "RUB"),
        ("долл.", "USD"),
        ("грн", "UAH"),
    ],
    prefixes: PREFIXES,
    bases: BASES,
    units: UNITS,
    per: &[
        ("h", "в час"),
        ("ч", "в час"),
        ("час", "в час"),
        ("s", "в секунду"),
        ("с", "в секунду"),
        ("сек", "в секунду"),
        ("min", "в минуту"),
        ("мин", "в минуту"),
        ("кг", "за килограмм"),
        ("м²", "за квадратный метр"),
        ("мес", "в месяц"),
        ("сутки", "в сутки"),
    ],
    per_first: false,
    ordinals: &[],
    clock_words: &["ч", "часов", "часа"],
    clock_prepositions: &[],
    year_words: &["года", "год", "г."],
    day_halves: &[],
    hour_letter: None,
    abbreviations: ABBREVIATIONS,
    abbreviated_endings: &[],
    idioms: &[
        ("24/7", "двадцать четыре на семь"),
        ("50/50", "пятьдесят на пятьдесят"),
    ],
    sections: &[
        "глава",
        "часть",
        "том",
        "книга",
        "акт",
        "сцена",
        "фаза",
        "тип",
        "класс",
        "раздел",
        "статья",
        "приложение",
        "таблица",
        "уровень",
        "главе",
        "части",
    ],
    titles: &[
        "Король",
        "король",
        "Королева",
        "королева",
        "Папа",
        "папа",
        "Император",
        "император",
        "Царь",
        "царь",
        "Князь",
        "князь",
        "Султан",
        "Принц",
    ],
    centuries: &["век", "века", "веке", "веку", "веком", "веков", "вв"],
    codes: &CODES,
    date_of: "",
};

const CODES: Codes = Codes {
    words: &["индекс", "код", "Индекс", "Код"],
    postal_digits: 6,
    ..NO_CODES
};

const WORDS: Words = Words {
    minus: "минус",
    plus: "плюс",
    plus_minus: "плюс-минус",
    point: "запятая",
    version_point: "точка",
    version: "версия",
    to: "до",
    ratio: "к",
    and: "и",
    equals: "равно",
    times: "умножить на",
    by: "на",
    divided: "разделить на",
    less: "меньше",
    greater: "больше",
    at_most: "не больше",
    at_least: "не меньше",
    unequal: "не равно",
    about: "примерно",
    number: "номер",
    hashtag: "хештег",
    sharp: "шарп",
    section: "параграф",
    power: "в степени",
    squared: "в квадрате",
    cubed: "в кубе",
    per: "на",
    at: "собака",
    dot: "точка",
    slash: "слеш",
    backslash: "обратный слеш",
    dash: "дефис",
    underscore: "подчёркивание",
    colon: "двоеточие",
    question: "вопросительный знак",
    hash: "решётка",
    tilde: "тильда",
    percent: "процент",
};

const MONTHS: [&[&str]; 12] = [
    &["января", "янв"],
    &["февраля", "февр", "фев"],
    &["марта", "мар"],
    &["апреля", "апр"],
    &["мая"],
    &["июня", "июн"],
    &["июля", "июл"],
    &["августа", "авг"],
    &["сентября", "сент", "сен"],
    &["октября", "окт"],
    &["ноября", "нояб", "ноя"],
    &["декабря", "дек"],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["понедельник", "пн", "Пн", "ПН"],
    &["вторник", "вт", "Вт", "ВТ"],
    &["среда", "ср", "Ср", "СР"],
    &["четверг", "чт", "Чт", "ЧТ"],
    &["пятница", "пт", "Пт", "ПТ"],
    &["суббота", "сб", "Сб", "СБ"],
    &["воскресенье", "вс", "Вс", "ВС"],
];

const THOUSAND: Noun = three("тысяча", "тысячи", "тысяч", Feminine);
const MILLION: Noun = three("миллион", "миллиона", "миллионов", Masculine);
const MILLIARD: Noun = three("миллиард", "миллиарда", "миллиардов", Masculine);
const TRILLION: Noun = three("триллион", "триллиона", "триллионов", Masculine);

const MAGNITUDES: &[Magnitude] = &[
    magnitude("тыс.", THOUSAND),
    magnitude("тыс", THOUSAND),
    magnitude("тысяча", THOUSAND),
    magnitude("тысячи", THOUSAND),
    magnitude("тысяч", THOUSAND),
    magnitude("млн", MILLION),
    magnitude("млн.", MILLION),
    magnitude("миллион", MILLION),
    magnitude("миллиона", MILLION),
    magnitude("миллионов", MILLION),
    magnitude("млрд", MILLIARD),
    magnitude("млрд.", MILLIARD),
    magnitude("миллиард", MILLIARD),
    magnitude("миллиарда", MILLIARD),
    magnitude("миллиардов", MILLIARD),
    magnitude("трлн", TRILLION),
    magnitude("трлн.", TRILLION),
];

const CENT: Noun = three("цент", "цента", "центов", Masculine);

const CURRENCIES: &[Currency] = &[
    currency(
        "RUB",
        three("рубль", "рубля", "рублей", Masculine),
        three("копейка", "копейки", "копеек", Feminine),
    ),
    currency("EUR", same("евро"), CENT),
    currency(
        "USD",
        three("доллар", "доллара", "долларов", Masculine),
        CENT,
    ),
    currency(
        "GBP",
        three("фунт", "фунта", "фунтов", Masculine),
        three("пенс", "пенса", "пенсов", Masculine),
    ),
    currency("JPY", three("иена", "иены", "иен", Feminine), same("")),
    currency("CNY", three("юань", "юаня", "юаней", Masculine), same("")),
    currency("KRW", three("вона", "воны", "вон", Feminine), same("")),
    currency("INR", three("рупия", "рупии", "рупий", Feminine), same("")),
    currency("BRL", three("реал", "реала", "реалов", Masculine), same("")),
    currency(
        "CHF",
        three(
            "швейцарский франк",
            "швейцарских франка",
            "швейцарских франков",
            Masculine,
        ),
        same(""),
    ),
    currency(
        "CAD",
        three(
            "канадский доллар",
            "канадских доллара",
            "канадских долларов",
            Masculine,
        ),
        CENT,
    ),
    currency(
        "AUD",
        three(
            "австралийский доллар",
            "австралийских доллара",
            "австралийских долларов",
            Masculine,
        ),
        CENT,
    ),
    currency("MXN", same("песо"), same("")),
    currency("SEK", three("крона", "кроны", "крон", Feminine), same("")),
    currency("NOK", three("крона", "кроны", "крон", Feminine), same("")),
    currency("DKK", three("крона", "кроны", "крон", Feminine), same("")),
    currency("CZK", three("крона", "кроны", "крон", Feminine), same("")),
    currency(
        "PLN",
        three("злотый", "злотых", "злотых", Masculine),
        same(""),
    ),
    currency("TRY", three("лира", "лиры", "лир", Feminine), same("")),
    currency(
        "UAH",
        three("гривна", "гривны", "гривен", Feminine),
        three("копейка", "копейки", "копеек", Feminine),
    ),
];

const PREFIXES: &[(&str, &str)] = &[
    ("n", "нано"),
    ("µ", "микро"),
    ("μ", "микро"),
    ("m", "милли"),
    ("c", "санти"),
    ("d", "деци"),
    ("h", "гекто"),
    ("k", "кило"),
    ("K", "кило"),
    ("M", "мега"),
    ("G", "гига"),
    ("T", "тера"),
    ("P", "пета"),
    ("Ki", "киби"),
    ("Mi", "меби"),
    ("Gi", "гиби"),
    ("Ti", "теби"),
];

const METER: Noun = three("метр", "метра", "метров", Masculine);
const KILOMETER: Noun = three("километр", "километра", "километров", Masculine);
const KILOGRAM: Noun = three("килограмм", "килограмма", "килограммов", Masculine);
const LITER: Noun = three("литр", "литра", "литров", Masculine);
const SECOND: Noun = three("секунда", "секунды", "секунд", Feminine);
const MINUTE: Noun = three("минута", "минуты", "минут", Feminine);
const HOUR: Noun = three("час", "часа", "часов", Masculine);
const DEGREE_CELSIUS: Noun = three(
    "градус Цельсия",
    "градуса Цельсия",
    "градусов Цельсия",
    Masculine,
);
const SQUARE_METER: Noun = three(
    "квадратный метр",
    "квадратных метра",
    "квадратных метров",
    Masculine,
);
const CUBIC_METER: Noun = three(
    "кубический метр",
    "кубических метра",
    "кубических метров",
    Masculine,
);

const BASES: &[(&str, Noun)] = &[
    ("g", three("грамм", "грамма", "граммов", Masculine)),
    ("m", METER),
    ("l", LITER),
    ("W", three("ватт", "ватта", "ватт", Masculine)),
    (
        "Wh",
        three("ватт-час", "ватт-часа", "ватт-часов", Masculine),
    ),
    ("Hz", three("герц", "герца", "герц", Masculine)),
    ("B", three("байт", "байта", "байт", Masculine)),
    ("bit", three("бит", "бита", "бит", Masculine)),
    ("V", three("вольт", "вольта", "вольт", Masculine)),
    ("A", three("ампер", "ампера", "ампер", Masculine)),
    ("Pa", three("паскаль", "паскаля", "паскалей", Masculine)),
    ("J", three("джоуль", "джоуля", "джоулей", Masculine)),
    ("cal", three("калория", "калории", "калорий", Feminine)),
    ("Ω", three("ом", "ома", "ом", Masculine)),
];

const UNITS: &[(&str, Noun)] = &[
    ("%", three("процент", "процента", "процентов", Masculine)),
    ("‰", three("промилле", "промилле", "промилле", Neuter)),
    ("°C", DEGREE_CELSIUS),
    ("°С", DEGREE_CELSIUS),
    ("℃", DEGREE_CELSIUS),
    (
        "°F",
        three(
            "градус Фаренгейта",
            "градуса Фаренгейта",
            "градусов Фаренгейта",
            Masculine,
        ),
    ),
    ("°", three("градус", "градуса", "градусов", Masculine)),
    ("м", METER),
    ("км", KILOMETER),
    (
        "дм",
        three("дециметр", "дециметра", "дециметров", Masculine),
    ),
    (
        "см",
        three("сантиметр", "сантиметра", "сантиметров", Masculine),
    ),
    (
        "мм",
        three("миллиметр", "миллиметра", "миллиметров", Masculine),
    ),
    ("м²", SQUARE_METER),
    ("m²", SQUARE_METER),
    (
        "км²",
        three(
            "квадратный километр",
            "квадратных километра",
            "квадратных километров",
            Masculine,
        ),
    ),
    (
        "km²",
        three(
            "квадратный километр",
            "квадратных километра",
            "квадратных километров",
            Masculine,
        ),
    ),
    ("м³", CUBIC_METER),
    ("m³", CUBIC_METER),
    ("га", three("гектар", "гектара", "гектаров", Masculine)),
    ("г", three("грамм", "грамма", "граммов", Masculine)),
    ("гр", three("грамм", "грамма", "граммов", Masculine)),
    ("кг", KILOGRAM),
    (
        "мг",
        three("миллиграмм", "миллиграмма", "миллиграммов", Masculine),
    ),
    ("т", three("тонна", "тонны", "тонн", Feminine)),
    ("л", LITER),
    (
        "мл",
        three("миллилитр", "миллилитра", "миллилитров", Masculine),
    ),
    ("Вт", three("ватт", "ватта", "ватт", Masculine)),
    ("кВт", three("киловатт", "киловатта", "киловатт", Masculine)),
    ("МВт", three("мегаватт", "мегаватта", "мегаватт", Masculine)),
    ("Гц", three("герц", "герца", "герц", Masculine)),
    ("кГц", three("килогерц", "килогерца", "килогерц", Masculine)),
    ("МГц", three("мегагерц", "мегагерца", "мегагерц", Masculine)),
    ("ГГц", three("гигагерц", "гигагерца", "гигагерц", Masculine)),
    ("КБ", three("килобайт", "килобайта", "килобайт", Masculine)),
    ("МБ", three("мегабайт", "мегабайта", "мегабайт", Masculine)),
    ("Мб", three("мегабайт", "мегабайта", "мегабайт", Masculine)),
    ("ГБ", three("гигабайт", "гигабайта", "гигабайт", Masculine)),
    ("Гб", three("гигабайт", "гигабайта", "гигабайт", Masculine)),
    ("ТБ", three("терабайт", "терабайта", "терабайт", Masculine)),
    ("Мбит", three("мегабит", "мегабита", "мегабит", Masculine)),
    ("В", three("вольт", "вольта", "вольт", Masculine)),
    ("с", SECOND),
    ("сек", SECOND),
    ("s", SECOND),
    (
        "мс",
        three("миллисекунда", "миллисекунды", "миллисекунд", Feminine),
    ),
    (
        "ms",
        three("миллисекунда", "миллисекунды", "миллисекунд", Feminine),
    ),
    ("мин", MINUTE),
    ("min", MINUTE),
    ("ч", HOUR),
    ("h", HOUR),
    ("шт", three("штука", "штуки", "штук", Feminine)),
    ("чел", three("человек", "человека", "человек", Masculine)),
    ("дБ", three("децибел", "децибела", "децибел", Masculine)),
    (
        "ккал",
        three("килокалория", "килокалории", "килокалорий", Feminine),
    ),
    ("атм", three("атмосфера", "атмосферы", "атмосфер", Feminine)),
    ("кв. м", SQUARE_METER),
    ("куб. м", CUBIC_METER),
    (
        "экз",
        three("экземпляр", "экземпляра", "экземпляров", Masculine),
    ),
    ("коп", three("копейка", "копейки", "копеек", Feminine)),
];

const ABBREVIATIONS: &[Abbreviation] = &[
    always("т.е.", "то есть"),
    always("т.к.", "так как"),
    always("т.н.", "так называемый"),
    always("т.о.", "таким образом"),
    always("в т.ч.", "в том числе"),
    ending("и т.д.", "и так далее"),
    ending("и т.п.", "и тому подобное"),
    ending("и др.", "и другие"),
    ending("и пр.", "и прочее"),
    ending("т.д.", "так далее"),
    ending("т.п.", "тому подобное"),
    ending("до н.э.", "до нашей эры"),
    ending("н.э.", "нашей эры"),
    always("напр.", "например"),
    always("см.", "смотри"),
    always("ср.", "сравни"),
    title("г-н", "господин"),
    title("г-жа", "госпожа"),
    title("проф.", "профессор"),
    title("акад.", "академик"),
    title("доц.", "доцент"),
    title("им.", "имени"),
    title("ул.", "улица"),
    title("пр.", "проспект"),
    title("пл.", "площадь"),
    title("св.", "святой"),
    title("г.", "город"),
    numbered("д.", "дом"),
    numbered("кв.", "квартира"),
    numbered("корп.", "корпус"),
    numbered("с.", "страница"),
    numbered("стр.", "страница"),
    numbered("рис.", "рисунок"),
    numbered("табл.", "таблица"),
    numbered("гл.", "глава"),
    numbered("п.", "пункт"),
    numbered("ст.", "статья"),
    numbered("т.", "том"),
    numbered("№", "номер"),
    numbered("ок.", "около"),
    always("тел.", "телефон"),
    ending("гг.", "годы"),
    ending("вв.", "века"),
    ending("руб.", "рублей"),
    ending("коп.", "копеек"),
    ending("тыс.", "тысяч"),
];
