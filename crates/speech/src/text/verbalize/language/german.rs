//! German.

use crate::text::verbalize::grammar::{Clock, CountedNoun, Date, Form, Gender, Grammar};
use crate::text::verbalize::locale::{
    Abbreviation, Codes, Currency, DateOrder, Locale, Magnitude, NO_CODES, Noun, When, Words,
    always, currency, ending, f, m, magnitude, n, numbered, same, title,
};
use crate::text::verbalize::number::Number;

struct German;

const SMALL: [&str; 20] = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
];

const TENS: [&str; 10] = [
    "", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig",
];

const SCALES: [(u64, &str, &str); 4] = [
    (1_000_000_000_000_000, "Billiarde", "Billiarden"),
    (1_000_000_000_000, "Billion", "Billionen"),
    (1_000_000_000, "Milliarde", "Milliarden"),
    (1_000_000, "Million", "Millionen"),
];

/// Words before which an adjective has the ending `-en`.
const OBLIQUE: [&str; 31] = [
    "am", "im", "vom", "zum", "zur", "beim", "ab", "bis", "seit", "den", "dem", "des", "einem",
    "einen", "einer", "eines", "diesem", "diesen", "dieser", "jedem", "jeden", "seinem", "seinen",
    "ihrem", "ihren", "ihrer", "meinem", "unserem", "meinen", "und", "oder",
];

/// Words before an ordinal.
const DETERMINERS: [&str; 18] = [
    "der", "die", "das", "ein", "eine", "diese", "dieses", "jede", "jedes", "mein", "meine",
    "sein", "seine", "ihr", "ihre", "unser", "unsere", "ins",
];

/// Nouns that ordinals stand before without an article.
const RANKED: &[&str] = &[
    "Jahrhundert",
    "Jahrhunderts",
    "Jahrtausend",
    "Platz",
    "Klasse",
    "Auflage",
    "Etage",
    "Stock",
    "Kapitel",
    "Mal",
    "Tag",
    "Bundesliga",
    "Liga",
    "Weltkrieg",
    "Geburtstag",
    "Woche",
    "Runde",
    "Semester",
    "Jahrestag",
    "Person",
    "Generation",
    "Teil",
    "Band",
    "Akt",
    "Lebensjahr",
    "Minute",
    "Spieltag",
    "Rang",
    "Quartal",
    "Halbzeit",
    "Staffel",
    "Folge",
    "Stunde",
    "Schritt",
    "Preis",
    "Ausgabe",
    "Armee",
    "Advent",
    "Version",
];

const NEUTER: &[&str] = &[
    "Jahrhundert",
    "Jahrtausend",
    "Kapitel",
    "Mal",
    "Semester",
    "Lebensjahr",
    "Quartal",
    "Jahr",
    "Buch",
    "Haus",
    "Kind",
    "Spiel",
    "Tor",
];

fn gender_of(noun: &str) -> Gender {
    const ENDINGS: [&str; 9] = [
        "ung", "heit", "keit", "schaft", "ion", "tät", "e", "iga", "zeit",
    ];
    const MASCULINE: [&str; 6] = ["Name", "Kunde", "Junge", "Kollege", "Buchstabe", "Gedanke"];
    const FEMININE: [&str; 8] = [
        "Frau", "Person", "Nacht", "Stadt", "Hand", "Mutter", "Tochter", "Staffel",
    ];
    if NEUTER.contains(&noun) {
        Gender::Neuter
    } else if FEMININE.contains(&noun)
        || ENDINGS.iter().any(|ending| noun.ends_with(ending)) && !MASCULINE.contains(&noun)
    {
        Gender::Feminine
    } else {
        Gender::Masculine
    }
}

/// A number below a million; `eins` at its end where it ends in one.
fn joined(n: u64) -> String {
    match n {
        0..20 => SMALL[n as usize].into(),
        20..100 => match (n / 10, n % 10) {
            (tens, 0) => TENS[tens as usize].into(),
            (tens, 1) => format!("einund{}", TENS[tens as usize]),
            (tens, ones) => format!("{}und{}", SMALL[ones as usize], TENS[tens as usize]),
        },
        100..1000 => compound(n / 100, "hundert", n % 100),
        _ => compound(n / 1000, "tausend", n % 1000),
    }
}

fn compound(count: u64, name: &str, rest: u64) -> String {
    let count = match joined(count) {
        one if one == "eins" => "ein".into(),
        words => words
            .strip_suffix('s')
            .filter(|words| words.ends_with("ein"))
            .map_or(words.clone(), str::to_owned),
    };
    if rest == 0 {
        format!("{count}{name}")
    } else {
        format!("{count}{name}{}", joined(rest))
    }
}

fn number(mut n: u64) -> String {
    let mut parts = Vec::new();
    for (value, one, many) in SCALES {
        match n / value {
            0 => {}
            1 => parts.push(format!("eine {one}")),
            count => parts.push(format!("{} {many}", joined(count))),
        }
        n %= value;
    }
    if n > 0 || parts.is_empty() {
        parts.push(joined(n));
    }
    parts.join(" ")
}

/// An ordinal without its ending: `dritt`.
fn stem(n: u64) -> String {
    let words = number(n);
    let replace = |from: &str, to: &str| words.strip_suffix(from).map(|head| format!("{head}{to}"));
    match n % 100 {
        1 => replace("eins", "erst").unwrap_or_else(|| format!("{words}st")),
        3 => replace("drei", "dritt").unwrap_or(words),
        7 => replace("sieben", "siebt").unwrap_or(words),
        8 => words,
        2..20 => format!("{words}t"),
        _ => format!("{words}st"),
    }
}

/// An ordinal with the ending that the word before it requires.
fn inflected(n: u64, before: &str, otherwise: &str) -> String {
    let before = before.to_lowercase();
    let ending = match before.as_str() {
        before if OBLIQUE.contains(&before) => "en",
        "der" | "die" | "das" | "diese" | "dieses" | "jede" | "eine" | "seine" | "ihre"
        | "unsere" | "meine" => "e",
        _ => otherwise,
    };
    format!("{}{ending}", stem(n))
}

impl Grammar for German {
    fn cardinal(&self, n: u64, form: Form) -> String {
        match (n, form.attributive, form.gender) {
            (1, true, Gender::Feminine) => "eine".into(),
            (1, true, _) => "ein".into(),
            _ => number(n),
        }
    }

    fn ordinal(&self, n: u64, _form: Form) -> String {
        format!("{}e", stem(n))
    }

    fn digit(&self, digit: u8) -> &'static str {
        SMALL[usize::from(digit)]
    }

    fn bare(&self, n: u64, after: &str) -> String {
        let next = super::word_after(after);
        let noun = n == 1
            && after.starts_with([' ', '\u{a0}'])
            && next.len() > 1
            && next.starts_with(char::is_uppercase);
        if noun {
            self.cardinal(1, Form::before(gender_of(next)))
        } else {
            number(n)
        }
    }

    fn is_year(&self, n: u64, _after: &str) -> bool {
        (1100..2000).contains(&n)
    }

    fn year(&self, n: u64) -> String {
        match (n / 100, n % 100) {
            (high @ 11..20, 0) => format!("{}hundert", joined(high)),
            (high @ 11..20, low) => format!("{}hundert{}", joined(high), joined(low)),
            _ => number(n),
        }
    }

    fn dotted_ordinal(&self, n: u64, before: &str, after: &str) -> Option<String> {
        let next = super::word_after(after);
        let small = before.to_lowercase();
        // `Karl der 5.`
        if after.trim().is_empty()
            && matches!(small.as_str(), "der" | "die" | "das" | "den" | "dem")
            && (1..=1000).contains(&n)
        {
            return Some(format!("{}.", inflected(n, &small, "e")));
        }
        if !after.starts_with([' ', '\u{a0}']) || n == 0 || n > 1000 || next.is_empty() {
            return None;
        }
        let determined = OBLIQUE.contains(&small.as_str()) || DETERMINERS.contains(&small.as_str());
        if !(determined || RANKED.contains(&next)) {
            return None;
        }
        let gender = gender_of(next);
        let otherwise = match gender {
            Gender::Masculine => "er",
            Gender::Feminine => "e",
            Gender::Neuter => "es",
        };
        Some(match (small.as_str(), gender) {
            ("der", Gender::Feminine) => format!("{}en", stem(n)),
            ("ein" | "mein" | "sein" | "ihr", Gender::Neuter) => {
                format!("{}es", stem(n))
            }
            (before, _) => inflected(n, before, otherwise),
        })
    }

    fn starts_sentence(&self, word: &str) -> bool {
        // All nouns have capitals: only small words show a sentence.
        const STARTERS: &str = " Der Die Das Den Dem Des Ein Eine Einen Er Sie Es Ich Du Wir Ihr Man Wer Was Wo Wann Warum Wie Dieser Diese             Dieses Diesen Jeder Jede Jedes Und Aber Oder Doch Denn So Dann Danach Da Daher Darum Dabei Dafür Damit Dort Hier Heute Gestern             Morgen Jetzt Nun Später Bald Bis Als Wenn Weil Während Nachdem Seit Ob Im In Am An Auf Aus Bei Beim Mit Nach Von Vom Vor Zu Zum Zur             Über Unter Um Für Gegen Ohne Durch Trotz Wegen Laut Auch Noch Nur Sehr Ja Nein Bitte Leider Vielleicht Ist Sind Hat Haben Alle             Viele Einige Kein Keine Nicht Mein Meine Sein Seine Unser Unsere Außerdem Jedoch Siehe ";
        word.len() < 16
            && STARTERS
                .split_ascii_whitespace()
                .any(|starter| starter == word)
    }

    fn attached(&self, number: &Number, letters: &str, _before: &str) -> Option<String> {
        let n = number.whole()?;
        let words = if number.like_a_year().is_some_and(|n| self.is_year(n, "")) {
            self.year(n)
        } else {
            self::number(n)
        };
        if let Some(ending) = letters.strip_prefix('%') {
            let percent = ending.trim_start_matches('-');
            return percent
                .starts_with("ig")
                .then(|| format!("{words}prozent{percent}"));
        }
        match letters.trim_start_matches('-') {
            // `10-prozentig`; a noun keeps its hyphen.
            word if letters.starts_with('-')
                && word.chars().count() > 2
                && word.starts_with(char::is_lowercase) =>
            {
                Some(format!(
                    "{}{word}",
                    if n == 1 { "ein" } else { words.as_str() }
                ))
            }
            "er" | "ern" if letters.starts_with('-') => None,
            "er" | "ern" => Some(format!("{words}{letters}")),
            "mal" | "fach" | "fache" | "fachen" | "facher" | "jährig" | "jährige" | "jährigen"
            | "jähriger" | "köpfige" | "tägige" | "tägigen" => Some(format!(
                "{}{}",
                if n == 1 { "ein" } else { words.as_str() },
                letters.trim_start_matches('-')
            )),
            "x" => Some(format!(
                "{}mal",
                if n == 1 { "ein" } else { words.as_str() }
            )),
            _ => None,
        }
    }

    fn fraction(&self, numerator: u64, denominator: u64, _locale: &Locale) -> String {
        if (numerator, denominator) == (1, 2) {
            return "einhalb".into();
        }
        let name = match denominator {
            2 => "Halbe".into(),
            n => {
                let stem = stem(n);
                let mut chars = stem.chars();
                let first: String = chars
                    .next()
                    .into_iter()
                    .flat_map(char::to_uppercase)
                    .collect();
                format!("{first}{}el", chars.as_str())
            }
        };
        format!(
            "{} {name}",
            self.cardinal(numerator, Form::before(Gender::Neuter))
        )
    }

    fn mixed(&self, whole: u64, fraction: &str, _locale: &Locale) -> String {
        let words = if whole == 1 {
            "ein".into()
        } else {
            number(whole)
        };
        // One word: `zweidreiviertel`.
        format!("{words}{}", fraction.replace(' ', "").to_lowercase())
    }

    fn noun_gender(&self, word: &str) -> Option<Gender> {
        let noun = word.chars().count() > 1 && word.starts_with(char::is_uppercase);
        noun.then(|| gender_of(word))
    }

    fn fraction_of_noun(
        &self,
        whole: Option<u64>,
        part: (u64, u64),
        noun: &CountedNoun<'_>,
        _locale: &Locale,
    ) -> Option<String> {
        if whole.is_some() || part != (1, 2) {
            return None;
        }
        Some(match noun.gender {
            Gender::Feminine => format!("eine halbe {}", noun.one),
            Gender::Neuter => format!("ein halbes {}", noun.one),
            Gender::Masculine => format!("ein halber {}", noun.one),
        })
    }

    fn date(&self, date: &Date, before: &str, locale: &Locale) -> String {
        let month = locale.months[date.month - 1][0];
        let mut words = match date.day {
            Some(day) => format!("{} {month}", inflected(day, before, "er")),
            None => month.into(),
        };
        if let Some(year) = date.year {
            words = format!("{words} {}", self.year(year));
        }
        words
    }

    fn day(&self, day: u64, before: &str) -> String {
        inflected(day, before, "er")
    }

    fn clock(&self, clock: &Clock, _locale: &Locale) -> String {
        let mut words = format!(
            "{} Uhr",
            self.cardinal(clock.hour, Form::before(Gender::Neuter))
        );
        if clock.minute > 0 {
            words = format!("{words} {}", number(clock.minute));
        }
        match clock.second {
            Some(1) => format!("{words} und eine Sekunde"),
            Some(second) if second > 0 => format!("{words} und {} Sekunden", number(second)),
            _ => words,
        }
    }

    fn regnal(&self, name: &str, n: u64) -> String {
        let stem = stem(n);
        let mut chars = stem.chars();
        let first: String = chars
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        let stem = format!("{first}{}", chars.as_str());
        let genitive = name.ends_with('s')
            && !matches!(
                name,
                "Johannes" | "Nikolaus" | "Pius" | "Jakobus" | "Sixtus" | "Julius"
            );
        if super::is_female(name) {
            format!("die {stem}e")
        } else if genitive {
            format!("des {stem}en")
        } else {
            format!("der {stem}e")
        }
    }
}

/// The tables for a region.
pub(super) fn locale(region: Option<&str>) -> &'static Locale {
    match region {
        Some("CH" | "LI") => &SWISS,
        _ => &STANDARD,
    }
}

static SWISS: Locale = Locale {
    decimal: '.',
    ..STANDARD
};

const STANDARD: Locale = Locale {
    grammar: &German,
    decimal: ',',
    space_groups: true,
    order: DateOrder::DayFirst,
    joiner: " ",
    words: &WORDS,
    months: &MONTHS,
    weekdays: &WEEKDAYS,
    magnitudes: MAGNITUDES,
    currencies: CURRENCIES,
    currency_signs: &[("Fr.", "CHF")],
    prefixes: PREFIXES,
    bases: BASES,
    units: UNITS,
    per: &[
        ("h", "pro Stunde"),
        ("s", "pro Sekunde"),
        ("min", "pro Minute"),
        ("Std", "pro Stunde"),
    ],
    per_first: false,
    ordinals: &[],
    clock_words: &["Uhr"],
    clock_prepositions: &[],
    year_words: &[],
    day_halves: &[],
    hour_letter: None,
    abbreviations: ABBREVIATIONS,
    abbreviated_endings: &[("str", "straße")],
    idioms: &[
        ("24/7", "vierundzwanzig sieben"),
        ("50/50", "fifty-fifty"),
        ("9/11", "nine eleven"),
    ],
    sections: &[
        "kapitel",
        "teil",
        "band",
        "akt",
        "szene",
        "weltkrieg",
        "phase",
        "typ",
        "klasse",
        "abschnitt",
        "artikel",
        "anhang",
        "abbildung",
        "tabelle",
        "titel",
        "stufe",
        "buch",
        "lektion",
        "gruppe",
    ],
    titles: &[
        "König", "Königin", "Papst", "Kaiser", "Kaiserin", "Zar", "Zarin", "Sultan", "Herzog",
        "Fürst", "Prinz",
    ],
    centuries: &["Jahrhundert", "Jahrhunderts", "Jh"],
    codes: &CODES,
    date_of: "",
};

const CODES: Codes = Codes {
    words: &["PLZ", "Postleitzahl", "Code", "PIN", "Kennwort"],
    postal_digits: 5,
    after_house_number: true,
    ..NO_CODES
};

const WORDS: Words = Words {
    minus: "minus",
    plus: "plus",
    plus_minus: "plus minus",
    point: "Komma",
    version_point: "Punkt",
    version: "Version",
    to: "bis",
    ratio: "zu",
    and: "und",
    equals: "gleich",
    times: "mal",
    by: "mal",
    divided: "geteilt durch",
    less: "kleiner als",
    greater: "größer als",
    at_most: "kleiner gleich",
    at_least: "größer gleich",
    unequal: "ungleich",
    about: "etwa",
    number: "Nummer",
    hashtag: "Hashtag",
    sharp: "sharp",
    section: "Paragraf",
    power: "hoch",
    squared: "Quadrat",
    cubed: "hoch drei",
    per: "pro",
    at: "at",
    dot: "Punkt",
    slash: "Schrägstrich",
    backslash: "Backslash",
    dash: "Bindestrich",
    underscore: "Unterstrich",
    colon: "Doppelpunkt",
    question: "Fragezeichen",
    hash: "Raute",
    tilde: "Tilde",
    percent: "Prozent",
};

const MONTHS: [&[&str]; 12] = [
    &["Januar", "Jan", "Jänner"],
    &["Februar", "Feb", "Febr"],
    &["März", "Mär", "Mrz"],
    &["April", "Apr"],
    &["Mai"],
    &["Juni", "Jun"],
    &["Juli", "Jul"],
    &["August", "Aug"],
    &["September", "Sept", "Sep"],
    &["Oktober", "Okt"],
    &["November", "Nov"],
    &["Dezember", "Dez"],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["Montag", "Mo"],
    &["Dienstag", "Di"],
    &["Mittwoch", "Mi"],
    &["Donnerstag", "Do"],
    &["Freitag", "Fr"],
    &["Samstag", "Sa"],
    &["Sonntag", "So"],
];

const MAGNITUDES: &[Magnitude] = &[
    magnitude("Tausend", same("tausend")),
    magnitude("tausend", same("tausend")),
    magnitude("Million", f("Million", "Millionen")),
    magnitude("Millionen", f("Million", "Millionen")),
    magnitude("Mio.", f("Million", "Millionen")),
    magnitude("Mio", f("Million", "Millionen")),
    magnitude("Milliarde", f("Milliarde", "Milliarden")),
    magnitude("Milliarden", f("Milliarde", "Milliarden")),
    magnitude("Mrd.", f("Milliarde", "Milliarden")),
    magnitude("Mrd", f("Milliarde", "Milliarden")),
    magnitude("Billion", f("Billion", "Billionen")),
    magnitude("Billionen", f("Billion", "Billionen")),
    magnitude("Bio.", f("Billion", "Billionen")),
    magnitude("Tsd.", same("tausend")),
];

const CENT: Noun = same("Cent");

const CURRENCIES: &[Currency] = &[
    currency("EUR", same("Euro"), CENT),
    currency("USD", same("Dollar"), CENT),
    currency("GBP", n("Pfund", "Pfund"), m("Penny", "Pence")),
    currency("JPY", same("Yen"), same("")),
    currency("CNY", same("Yuan"), same("")),
    currency("KRW", same("Won"), same("")),
    currency("RUB", m("Rubel", "Rubel"), f("Kopeke", "Kopeken")),
    currency("INR", f("Rupie", "Rupien"), same("Paise")),
    currency("BRL", m("Real", "Reais"), m("Centavo", "Centavos")),
    currency("CHF", m("Franken", "Franken"), m("Rappen", "Rappen")),
    currency("CAD", m("kanadischer Dollar", "kanadische Dollar"), CENT),
    currency(
        "AUD",
        m("australischer Dollar", "australische Dollar"),
        CENT,
    ),
    currency("MXN", m("Peso", "Pesos"), m("Centavo", "Centavos")),
    currency("SEK", f("Krone", "Kronen"), same("Öre")),
    currency("NOK", f("Krone", "Kronen"), same("Øre")),
    currency("DKK", f("Krone", "Kronen"), same("Øre")),
    currency("CZK", f("Krone", "Kronen"), same("Heller")),
    currency("PLN", m("Złoty", "Złoty"), same("Groszy")),
    currency("TRY", f("Lira", "Lira"), same("Kuruş")),
    currency("UAH", f("Hrywnja", "Hrywnja"), same("")),
];

const PREFIXES: &[(&str, &str)] = &[
    ("n", "Nano"),
    ("µ", "Mikro"),
    ("μ", "Mikro"),
    ("m", "Milli"),
    ("c", "Zenti"),
    ("d", "Dezi"),
    ("h", "Hekto"),
    ("k", "Kilo"),
    ("K", "Kilo"),
    ("M", "Mega"),
    ("G", "Giga"),
    ("T", "Tera"),
    ("P", "Peta"),
    ("Ki", "Kibi"),
    ("Mi", "Mebi"),
    ("Gi", "Gibi"),
    ("Ti", "Tebi"),
];

const BASES: &[(&str, Noun)] = &[
    ("g", n("Gramm", "Gramm")),
    ("m", m("Meter", "Meter")),
    ("l", m("Liter", "Liter")),
    ("W", same("Watt")),
    ("Wh", f("Wattstunde", "Wattstunden")),
    ("Hz", same("Hertz")),
    ("B", n("Byte", "Byte")),
    ("bit", n("Bit", "Bit")),
    ("V", same("Volt")),
    ("A", same("Ampere")),
    ("Ah", f("Amperestunde", "Amperestunden")),
    ("Pa", same("Pascal")),
    ("J", same("Joule")),
    ("cal", f("Kalorie", "Kalorien")),
    ("eV", same("Elektronenvolt")),
    ("Ω", same("Ohm")),
];

const UNITS: &[(&str, Noun)] = &[
    ("%", same("Prozent")),
    ("‰", same("Promille")),
    ("°C", same("Grad Celsius")),
    ("°F", same("Grad Fahrenheit")),
    ("℃", same("Grad Celsius")),
    ("℉", same("Grad Fahrenheit")),
    ("°", same("Grad")),
    ("K", same("Kelvin")),
    ("m²", same("Quadratmeter")),
    ("qm", same("Quadratmeter")),
    ("km²", same("Quadratkilometer")),
    ("cm²", same("Quadratzentimeter")),
    ("mm²", same("Quadratmillimeter")),
    ("m³", same("Kubikmeter")),
    ("cm³", same("Kubikzentimeter")),
    ("ha", m("Hektar", "Hektar")),
    ("t", f("Tonne", "Tonnen")),
    ("Pfd", n("Pfund", "Pfund")),
    ("Ztr", m("Zentner", "Zentner")),
    ("kmh", same("Kilometer pro Stunde")),
    ("mph", f("Meile pro Stunde", "Meilen pro Stunde")),
    ("ft", m("Fuß", "Fuß")),
    ("mi", f("Meile", "Meilen")),
    ("oz", f("Unze", "Unzen")),
    ("lb", n("Pfund", "Pfund")),
    ("s", f("Sekunde", "Sekunden")),
    ("sec", f("Sekunde", "Sekunden")),
    ("Sek", f("Sekunde", "Sekunden")),
    ("ms", f("Millisekunde", "Millisekunden")),
    ("µs", f("Mikrosekunde", "Mikrosekunden")),
    ("ns", f("Nanosekunde", "Nanosekunden")),
    ("min", f("Minute", "Minuten")),
    ("Min", f("Minute", "Minuten")),
    ("h", f("Stunde", "Stunden")),
    ("Std", f("Stunde", "Stunden")),
    ("dB", same("Dezibel")),
    ("N", same("Newton")),
    ("bar", same("Bar")),
    ("PS", same("PS")),
    ("ppm", same("Teile pro Million")),
    ("px", same("Pixel")),
    ("fps", same("Bilder pro Sekunde")),
    ("Mbps", same("Megabit pro Sekunde")),
    ("Gbps", same("Gigabit pro Sekunde")),
    ("kbps", same("Kilobit pro Sekunde")),
    ("Bit", same("Bit")),
    ("MBit", same("Megabit")),
    ("GBit", same("Gigabit")),
    ("ct", CENT),
    ("Ct", CENT),
    ("EL", m("Esslöffel", "Esslöffel")),
    ("TL", m("Teelöffel", "Teelöffel")),
    ("Stk", n("Stück", "Stück")),
];

const ABBREVIATIONS: &[Abbreviation] = &[
    title("Hr.", "Herr"),
    title("Hrn.", "Herrn"),
    title("Fr.", "Frau"),
    title("Dr.", "Doktor"),
    title("Prof.", "Professor"),
    title("St.", "Sankt"),
    title("Dipl.-Ing.", "Diplomingenieur"),
    title("Ing.", "Ingenieur"),
    title("Mag.", "Magister"),
    title("hl.", "heilige"),
    always("z.B.", "zum Beispiel"),
    always("d.h.", "das heißt"),
    always("u.a.", "unter anderem"),
    always("i.d.R.", "in der Regel"),
    always("z.T.", "zum Teil"),
    always("z.Zt.", "zurzeit"),
    always("m.E.", "meines Erachtens"),
    always("o.g.", "oben genannte"),
    always("s.o.", "siehe oben"),
    always("s.u.", "siehe unten"),
    always("v.a.", "vor allem"),
    always("u.U.", "unter Umständen"),
    always("i.e.", "das heißt"),
    always("bzw.", "beziehungsweise"),
    always("bspw.", "beispielsweise"),
    always("ca.", "circa"),
    always("evtl.", "eventuell"),
    always("ggf.", "gegebenenfalls"),
    always("inkl.", "inklusive"),
    always("exkl.", "exklusive"),
    always("insb.", "insbesondere"),
    always("insbes.", "insbesondere"),
    always("sog.", "sogenannte"),
    always("vgl.", "vergleiche"),
    always("vs.", "versus"),
    always("zzgl.", "zuzüglich"),
    always("max.", "maximal"),
    always("min.", "minimal"),
    always("mind.", "mindestens"),
    always("ehem.", "ehemalig"),
    always("geb.", "geboren"),
    always("gest.", "gestorben"),
    always("abzgl.", "abzüglich"),
    always("einschl.", "einschließlich"),
    always("allg.", "allgemein"),
    ending("usw.", "und so weiter"),
    ending("u.s.w.", "und so weiter"),
    ending("usf.", "und so fort"),
    ending("etc.", "et cetera"),
    ending("MwSt.", "Mehrwertsteuer"),
    ending("o.ä.", "oder ähnlich"),
    ending("u.ä.", "und ähnlich"),
    ending("e.V.", "eingetragener Verein"),
    ending("o.Ä.", "oder Ähnliches"),
    ending("u.Ä.", "und Ähnliches"),
    ending("u.v.m.", "und vieles mehr"),
    ending("v.Chr.", "vor Christus"),
    ending("n.Chr.", "nach Christus"),
    ending("Jh.", "Jahrhundert"),
    ending("Jhd.", "Jahrhundert"),
    ending("Jhdt.", "Jahrhundert"),
    ending("z.Hd.", "zu Händen"),
    ending("Mio.", "Millionen"),
    ending("Mrd.", "Milliarden"),
    Abbreviation {
        short: "Str.",
        words: "Straße",
        when: When::AfterCapital,
    },
    always("Tel.", "Telefon"),
    always("Std.", "Stunden"),
    always("Min.", "Minuten"),
    always("Sek.", "Sekunden"),
    numbered("Nr.", "Nummer"),
    numbered("Nrn.", "Nummern"),
    numbered("S.", "Seite"),
    numbered("Bd.", "Band"),
    numbered("Kap.", "Kapitel"),
    numbered("Abb.", "Abbildung"),
    numbered("Abs.", "Absatz"),
    numbered("Art.", "Artikel"),
    numbered("Tab.", "Tabelle"),
    numbered("Ziff.", "Ziffer"),
    numbered("Aufl.", "Auflage"),
    numbered("§§", "Paragrafen"),
];
