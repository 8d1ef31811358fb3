//! Italian.

use crate::text::verbalize::grammar::{Case, Clock, CountedNoun, Date, Form, Gender, Grammar};
use crate::text::verbalize::locale::{
    Abbreviation, Codes, Currency, DateOrder, Locale, Magnitude, NO_CODES, Noun, Words, always,
    currency, ending, f, m, magnitude, numbered, same, title,
};
use crate::text::verbalize::number::Number;

struct Italian;

const SMALL: [&str; 20] = [
    "zero",
    "uno",
    "due",
    "tre",
    "quattro",
    "cinque",
    "sei",
    "sette",
    "otto",
    "nove",
    "dieci",
    "undici",
    "dodici",
    "tredici",
    "quattordici",
    "quindici",
    "sedici",
    "diciassette",
    "diciotto",
    "diciannove",
];

const TENS: [&str; 10] = [
    "",
    "",
    "venti",
    "trenta",
    "quaranta",
    "cinquanta",
    "sessanta",
    "settanta",
    "ottanta",
    "novanta",
];

const ORDINALS: [&str; 11] = [
    "", "primo", "secondo", "terzo", "quarto", "quinto", "sesto", "settimo", "ottavo", "nono",
    "decimo",
];

const FEMININE: Form = Form::of(Gender::Feminine, Case::Nominative);

fn below_thousand(n: u64) -> String {
    let tail = match n % 100 {
        rest @ 0..20 => SMALL[rest as usize].to_owned(),
        rest => {
            let tens = TENS[rest as usize / 10];
            match rest % 10 {
                0 => tens.into(),
                // A vowel is dropped before another.
                ones @ (1 | 8) => format!("{}{}", &tens[..tens.len() - 1], SMALL[ones as usize]),
                ones => format!("{tens}{}", SMALL[ones as usize]),
            }
        }
    };
    match (n / 100, n % 100) {
        (0, _) => tail,
        (1, 0) => "cento".into(),
        (1, _) => format!("cento{tail}"),
        (hundreds, 0) => format!("{}cento", SMALL[hundreds as usize]),
        (hundreds, _) => format!("{}cento{tail}", SMALL[hundreds as usize]),
    }
}

fn number(n: u64) -> String {
    let mut parts = Vec::new();
    let mut rest = n;
    for (value, one, many) in [
        (1_000_000_000_000_000, "biliardo", "biliardi"),
        (1_000_000_000_000, "bilione", "bilioni"),
        (1_000_000_000, "miliardo", "miliardi"),
        (1_000_000, "milione", "milioni"),
    ] {
        match rest / value {
            0 => {}
            1 => parts.push(format!("un {one}")),
            count => parts.push(format!("{} {many}", below_thousand(count))),
        }
        rest %= value;
    }
    let thousands = match rest / 1000 {
        0 => String::new(),
        1 => "mille".into(),
        count => format!("{}mila", below_thousand(count)),
    };
    let low = if rest.is_multiple_of(1000) {
        String::new()
    } else {
        below_thousand(rest % 1000)
    };
    let word = format!("{thousands}{low}");
    if !word.is_empty() || parts.is_empty() {
        parts.push(if word.is_empty() { "zero".into() } else { word });
    }
    let words = parts.join(" ");
    // Compounds of three have an accent.
    match words
        .strip_suffix("tre")
        .filter(|head| !head.is_empty() && !head.ends_with(' '))
    {
        Some(head) => format!("{head}tré"),
        None => words,
    }
}

impl Grammar for Italian {
    fn cardinal(&self, n: u64, form: Form) -> String {
        match (n, form.gender, form.attributive) {
            (1, Gender::Feminine, _) => "una".into(),
            (1, _, true) => "un".into(),
            _ => number(n),
        }
    }

    fn ordinal(&self, n: u64, form: Form) -> String {
        let words = match n {
            0 => return number(n),
            1..=10 => ORDINALS[n as usize].to_owned(),
            _ => {
                let words = number(n);
                let stem = match words.as_str() {
                    words if words.ends_with("tré") => format!("{}e", words.trim_end_matches('é')),
                    words if words.ends_with("sei") => words.into(),
                    words if words.ends_with("mila") => {
                        format!("{}ll", words.trim_end_matches("la")).replace("mill", "mill")
                    }
                    words => words.trim_end_matches(['a', 'e', 'i', 'o']).into(),
                };
                format!("{stem}esimo")
            }
        };
        match words
            .strip_suffix('o')
            .filter(|_| form.gender == Gender::Feminine)
        {
            Some(stem) => format!("{stem}a"),
            None => words,
        }
    }

    fn digit(&self, digit: u8) -> &'static str {
        SMALL[usize::from(digit)]
    }

    fn bare(&self, n: u64, after: &str) -> String {
        let next = super::word_after(after);
        let noun = n == 1
            && after.starts_with([' ', '\u{a0}'])
            && next.chars().count() > 2
            && next.starts_with(char::is_lowercase);
        if !noun {
            return number(n);
        }
        if next.ends_with('a') || next.ends_with("ione") || next.ends_with("tà") {
            "una".into()
        } else if next.starts_with('z')
            || next.starts_with("gn")
            || next.starts_with("ps")
            || next.starts_with('s') && !next[1..].starts_with(['a', 'e', 'i', 'o', 'u'])
        {
            "uno".into()
        } else {
            "un".into()
        }
    }

    fn decimals(&self, digits: &str, locale: &Locale) -> String {
        super::decimals_as_number(self, digits, locale)
    }

    fn of(&self, noun: &str) -> String {
        format!("di {noun}")
    }

    fn attached(&self, number: &Number, letters: &str, _before: &str) -> Option<String> {
        let n = number.whole()?;
        (letters == "x").then(|| format!("{} volte", self::number(n)))
    }

    fn fraction(&self, numerator: u64, denominator: u64, _locale: &Locale) -> String {
        let name = match denominator {
            2 => "mezzo".into(),
            n => self.ordinal(n, Form::PLAIN),
        };
        match numerator {
            1 => format!("un {name}"),
            n => format!("{} {}i", number(n), name.trim_end_matches('o')),
        }
    }

    fn mixed(&self, whole: u64, fraction: &str, _locale: &Locale) -> String {
        let fraction = if fraction == "un mezzo" {
            "mezzo"
        } else {
            fraction
        };
        format!("{} e {fraction}", number(whole))
    }

    fn noun_gender(&self, word: &str) -> Option<Gender> {
        const NO_NOUNS: [&str; 10] = [
            "più", "meno", "per", "con", "senza", "del", "che", "una", "come", "sono",
        ];
        const FEMININE_PLURALS: [&str; 12] = [
            "ore",
            "settimane",
            "pagine",
            "volte",
            "tonnellate",
            "tazze",
            "giornate",
            "bottiglie",
            "miglia",
            "libbre",
            "porzioni",
            "dozzine",
        ];
        let noun = word.chars().count() > 2
            && word.starts_with(char::is_lowercase)
            && !NO_NOUNS.contains(&word);
        noun.then(|| {
            if word.ends_with('a') || FEMININE_PLURALS.contains(&word) {
                Gender::Feminine
            } else {
                Gender::Masculine
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
        let half = match noun.gender {
            Gender::Feminine => "mezza",
            _ => "mezzo",
        };
        let fraction = self.fraction(part.0, part.1, locale);
        Some(match (whole, part) {
            (Some(1), _) => {
                let singular = match (noun.noun.strip_suffix(['i', 'e']), noun.gender) {
                    (Some("mes"), _) => "mese".into(),
                    (Some(stem), Gender::Feminine) => format!("{stem}a"),
                    (Some(stem), _) if noun.noun.ends_with('i') => format!("{stem}o"),
                    _ => noun.noun.to_owned(),
                };
                let one = self.bare(1, &format!(" {singular}"));
                let one = match noun.gender {
                    Gender::Feminine => "una",
                    _ => one.as_str(),
                };
                let part = if part == (1, 2) { half } else { &fraction };
                format!("{one} {singular} e {part}")
            }
            (Some(n), (1, 2)) => format!("{} {} e {half}", number(n), noun.noun),
            (Some(n), _) => format!("{} {} e {fraction}", number(n), noun.noun),
            (None, (1, 2)) if noun.one.starts_with(['a', 'e', 'i', 'o', 'u']) => {
                format!("mezz'{}", noun.one)
            }
            (None, (1, 2)) => format!("{half} {}", noun.one),
            (None, _) => format!("{fraction} di {}", noun.one),
        })
    }

    fn date(&self, date: &Date, _before: &str, locale: &Locale) -> String {
        let month = locale.months[date.month - 1][0];
        let mut words = match date.day {
            Some(day) => format!("{} {month}", self.day(day, "")),
            None => month.into(),
        };
        if let Some(year) = date.year {
            words = format!("{words} {}", number(year));
        }
        words
    }

    fn day(&self, day: u64, _before: &str) -> String {
        if day == 1 {
            "primo".into()
        } else {
            number(day)
        }
    }

    fn clock(&self, clock: &Clock, _locale: &Locale) -> String {
        let mut words = self.cardinal(clock.hour, FEMININE);
        if clock.minute > 0 {
            words = format!("{words} e {}", number(clock.minute));
        }
        if let Some(second) = clock.second.filter(|second| *second > 0) {
            words = format!("{words} e {} secondi", number(second));
        }
        words
    }

    fn roman_before(&self, n: u64, next: &str) -> Option<String> {
        matches!(next, "Guerra" | "guerra" | "República" | "Repubblica")
            .then(|| self.ordinal(n, FEMININE))
    }

    fn regnal(&self, name: &str, n: u64) -> String {
        let gender = if super::is_female(name) {
            Gender::Feminine
        } else {
            Gender::Masculine
        };
        self.ordinal(n, Form::of(gender, Case::Nominative))
    }
}

/// The tables for a region.
pub(super) fn locale(region: Option<&str>) -> &'static Locale {
    match region {
        Some("CH") => &SWISS,
        _ => &STANDARD,
    }
}

static SWISS: Locale = Locale {
    decimal: '.',
    ..STANDARD
};
static STANDARD: Locale = Locale {
    grammar: &Italian,
    decimal: ',',
    space_groups: true,
    order: DateOrder::DayFirst,
    joiner: " ",
    words: &WORDS,
    months: &MONTHS,
    weekdays: &WEEKDAYS,
    magnitudes: MAGNITUDES,
    currencies: CURRENCIES,
    currency_signs: &[],
    prefixes: PREFIXES,
    bases: BASES,
    units: UNITS,
    per: &[
        ("h", "all'ora"),
        ("s", "al secondo"),
        ("min", "al minuto"),
        ("kg", "al chilo"),
        ("mese", "al mese"),
        ("giorno", "al giorno"),
        ("anno", "all'anno"),
        ("ora", "all'ora"),
    ],
    per_first: false,
    ordinals: &[("º", Form::PLAIN), ("ª", FEMININE), ("°", Form::PLAIN)],
    clock_words: &[],
    clock_prepositions: &["ore", "alle", "dalle", "Ore", "Alle", "Dalle"],
    year_words: &[],
    day_halves: &[],
    hour_letter: None,
    abbreviations: ABBREVIATIONS,
    abbreviated_endings: &[],
    idioms: &[
        ("24/7", "ventiquattro sette"),
        ("50/50", "cinquanta e cinquanta"),
    ],
    sections: &[
        "capitolo", "parte", "volume", "tomo", "libro", "atto", "scena", "guerra", "mondiale",
        "fase", "tipo", "classe", "sezione", "articolo", "allegato", "figura", "tabella", "titolo",
        "livello", "canto",
    ],
    titles: &[
        "Re",
        "Regina",
        "re",
        "regina",
        "Papa",
        "papa",
        "Imperatore",
        "imperatore",
        "Zar",
        "zar",
        "Sultano",
        "Principe",
        "principe",
        "Duca",
    ],
    centuries: &["secolo", "secoli", "sec"],
    codes: &CODES,
    date_of: "",
};

const CODES: Codes = Codes {
    words: &["CAP", "PIN", "codice"],
    postal_digits: 5,
    groups: &["3## #######", "800 ### ###", "3## ### ###"],
    ..NO_CODES
};

const WORDS: Words = Words {
    minus: "meno",
    plus: "più",
    plus_minus: "più o meno",
    point: "virgola",
    version_point: "punto",
    version: "versione",
    to: "a",
    ratio: "a",
    and: "e",
    equals: "uguale",
    times: "per",
    by: "per",
    divided: "diviso",
    less: "minore di",
    greater: "maggiore di",
    at_most: "minore o uguale a",
    at_least: "maggiore o uguale a",
    unequal: "diverso da",
    about: "circa",
    number: "numero",
    hashtag: "hashtag",
    sharp: "sharp",
    section: "paragrafo",
    power: "alla",
    squared: "al quadrato",
    cubed: "al cubo",
    per: "al",
    at: "chiocciola",
    dot: "punto",
    slash: "barra",
    backslash: "barra inversa",
    dash: "trattino",
    underscore: "trattino basso",
    colon: "due punti",
    question: "punto interrogativo",
    hash: "cancelletto",
    tilde: "tilde",
    percent: "per cento",
};

const MONTHS: [&[&str]; 12] = [
    &["gennaio", "gen"],
    &["febbraio", "feb"],
    &["marzo", "mar"],
    &["aprile", "apr"],
    &["maggio", "mag"],
    &["giugno", "giu"],
    &["luglio", "lug"],
    &["agosto", "ago"],
    &["settembre", "sett", "set"],
    &["ottobre", "ott"],
    &["novembre", "nov"],
    &["dicembre", "dic"],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["lunedì", "lun"],
    &["martedì", "mar"],
    &["mercoledì", "mer"],
    &["giovedì", "gio"],
    &["venerdì", "ven"],
    &["sabato", "sab"],
    &["domenica", "dom"],
];

const MAGNITUDES: &[Magnitude] = &[
    magnitude("mila", same("mila")),
    magnitude("milione", m("milione", "milioni")).with_of(),
    magnitude("milioni", m("milione", "milioni")).with_of(),
    magnitude("mln", m("milione", "milioni")).with_of(),
    magnitude("M", m("milione", "milioni"))
        .with_of()
        .with_money(),
    magnitude("miliardo", m("miliardo", "miliardi")).with_of(),
    magnitude("miliardi", m("miliardo", "miliardi")).with_of(),
    magnitude("mld", m("miliardo", "miliardi")).with_of(),
    magnitude("mrd", m("miliardo", "miliardi")).with_of(),
];

const CENTESIMO: Noun = m("centesimo", "centesimi");

const CURRENCIES: &[Currency] = &[
    currency("EUR", m("euro", "euro"), CENTESIMO),
    currency("USD", m("dollaro", "dollari"), CENTESIMO),
    currency("GBP", f("sterlina", "sterline"), m("penny", "pence")),
    currency("JPY", same("yen"), same("")),
    currency("CNY", same("yuan"), same("")),
    currency("KRW", same("won"), same("")),
    currency("RUB", m("rublo", "rubli"), m("copeco", "copechi")),
    currency("INR", f("rupia", "rupie"), same("paisa")),
    currency("BRL", m("real", "real"), m("centavo", "centavos")),
    currency("CHF", m("franco svizzero", "franchi svizzeri"), CENTESIMO),
    currency("CAD", m("dollaro canadese", "dollari canadesi"), CENTESIMO),
    currency(
        "AUD",
        m("dollaro australiano", "dollari australiani"),
        CENTESIMO,
    ),
    currency("MXN", m("peso", "pesos"), m("centavo", "centavos")),
    currency("SEK", f("corona", "corone"), same("")),
    currency("NOK", f("corona", "corone"), same("")),
    currency("DKK", f("corona", "corone"), same("")),
    currency("CZK", f("corona", "corone"), same("")),
    currency("PLN", m("złoty", "złoty"), same("")),
    currency("TRY", f("lira turca", "lire turche"), same("")),
    currency("UAH", f("grivnia", "grivnie"), same("")),
];

const PREFIXES: &[(&str, &str)] = &[
    ("n", "nano"),
    ("µ", "micro"),
    ("μ", "micro"),
    ("m", "milli"),
    ("c", "centi"),
    ("d", "deci"),
    ("h", "etto"),
    ("k", "chilo"),
    ("K", "chilo"),
    ("M", "mega"),
    ("G", "giga"),
    ("T", "tera"),
    ("P", "peta"),
    ("Ki", "kibi"),
    ("Mi", "mebi"),
    ("Gi", "gibi"),
    ("Ti", "tebi"),
];

const BASES: &[(&str, Noun)] = &[
    ("g", m("grammo", "grammi")),
    ("m", m("metro", "metri")),
    ("l", m("litro", "litri")),
    ("W", m("watt", "watt")),
    ("Wh", m("wattora", "wattora")),
    ("Hz", m("hertz", "hertz")),
    ("B", m("byte", "byte")),
    ("bit", m("bit", "bit")),
    ("V", m("volt", "volt")),
    ("A", m("ampere", "ampere")),
    ("Ah", m("amperora", "amperora")),
    ("Pa", m("pascal", "pascal")),
    ("J", m("joule", "joule")),
    ("cal", f("caloria", "calorie")),
    ("eV", m("elettronvolt", "elettronvolt")),
    ("Ω", m("ohm", "ohm")),
];

const UNITS: &[(&str, Noun)] = &[
    ("%", same("per cento")),
    ("‰", same("per mille")),
    ("°C", m("grado Celsius", "gradi Celsius")),
    ("°F", m("grado Fahrenheit", "gradi Fahrenheit")),
    ("℃", m("grado Celsius", "gradi Celsius")),
    ("°", m("grado", "gradi")),
    ("K", m("kelvin", "kelvin")),
    ("kWh", m("chilowattora", "chilowattora")),
    ("m²", m("metro quadrato", "metri quadrati")),
    ("mq", m("metro quadrato", "metri quadrati")),
    ("km²", m("chilometro quadrato", "chilometri quadrati")),
    ("cm²", m("centimetro quadrato", "centimetri quadrati")),
    ("m³", m("metro cubo", "metri cubi")),
    ("cm³", m("centimetro cubo", "centimetri cubi")),
    ("ha", m("ettaro", "ettari")),
    ("hg", m("etto", "etti")),
    ("t", f("tonnellata", "tonnellate")),
    ("lb", f("libbra", "libbre")),
    ("mi", m("miglio", "miglia")),
    ("mph", m("miglio all'ora", "miglia all'ora")),
    ("Mbps", m("megabit al secondo", "megabit al secondo")),
    ("Gbps", m("gigabit al secondo", "gigabit al secondo")),
    ("s", m("secondo", "secondi")),
    ("sec", m("secondo", "secondi")),
    ("ms", m("millisecondo", "millisecondi")),
    ("µs", m("microsecondo", "microsecondi")),
    ("ns", m("nanosecondo", "nanosecondi")),
    ("min", m("minuto", "minuti")),
    ("h", f("ora", "ore")),
    ("dB", m("decibel", "decibel")),
    ("N", m("newton", "newton")),
    ("bar", m("bar", "bar")),
    ("CV", m("cavallo", "cavalli")),
    ("ppm", f("parte per milione", "parti per milione")),
    ("px", m("pixel", "pixel")),
    ("fps", m("fotogramma al secondo", "fotogrammi al secondo")),
];

const ABBREVIATIONS: &[Abbreviation] = &[
    title("sig.", "signor"),
    title("sig.ra", "signora"),
    title("sig.na", "signorina"),
    title("sigg.", "signori"),
    title("dott.", "dottor"),
    title("dott.ssa", "dottoressa"),
    title("dr.", "dottor"),
    title("dr.ssa", "dottoressa"),
    title("prof.", "professor"),
    title("prof.ssa", "professoressa"),
    title("avv.", "avvocato"),
    title("ing.", "ingegner"),
    title("arch.", "architetto"),
    title("geom.", "geometra"),
    title("on.", "onorevole"),
    title("gen.", "generale"),
    title("mons.", "monsignor"),
    title("S.", "San"),
    title("S.ta", "Santa"),
    title("S.to", "Santo"),
    title("p.zza", "piazza"),
    title("c.so", "corso"),
    title("v.le", "viale"),
    always("p.es.", "per esempio"),
    always("per es.", "per esempio"),
    always("ad es.", "ad esempio"),
    always("es.", "esempio"),
    always("i.e.", "cioè"),
    always("e.g.", "per esempio"),
    ending("ecc.", "eccetera"),
    ending("ecc", "eccetera"),
    ending("etc.", "eccetera"),
    always("vs.", "contro"),
    always("ca.", "circa"),
    always("cfr.", "confronta"),
    ending("a.C.", "avanti Cristo"),
    ending("d.C.", "dopo Cristo"),
    numbered("sec.", "secolo"),
    always("c.d.", "cosiddetto"),
    ending("max.", "massimo"),
    ending("min.", "minimo"),
    always("tel.", "telefono"),
    always("Tel.", "telefono"),
    numbered("n.", "numero"),
    numbered("nr.", "numero"),
    numbered("n°", "numero"),
    numbered("nº", "numero"),
    numbered("N.", "numero"),
    numbered("pag.", "pagina"),
    numbered("pagg.", "pagine"),
    numbered("p.", "pagina"),
    numbered("pp.", "pagine"),
    numbered("vol.", "volume"),
    numbered("cap.", "capitolo"),
    numbered("capp.", "capitoli"),
    numbered("nn.", "numeri"),
    numbered("art.", "articolo"),
    numbered("artt.", "articoli"),
    numbered("fig.", "figura"),
    numbered("tab.", "tabella"),
];
