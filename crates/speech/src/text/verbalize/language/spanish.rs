//! Spanish.

use crate::text::verbalize::grammar::{Case, Clock, CountedNoun, Date, Form, Gender, Grammar};
use crate::text::verbalize::locale::{
    Abbreviation, Codes, Currency, DateOrder, Locale, Magnitude, NO_CODES, Noun, Words, always,
    currency, ending, f, m, magnitude, numbered, same, title,
};
use crate::text::verbalize::number::Number;

struct Spanish;

const SMALL: [&str; 30] = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
];

const TENS: [&str; 10] = [
    "",
    "",
    "",
    "treinta",
    "cuarenta",
    "cincuenta",
    "sesenta",
    "setenta",
    "ochenta",
    "noventa",
];

const HUNDREDS: [&str; 10] = [
    "",
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
];

const ORDINALS: [&str; 20] = [
    "",
    "primero",
    "segundo",
    "tercero",
    "cuarto",
    "quinto",
    "sexto",
    "séptimo",
    "octavo",
    "noveno",
    "décimo",
    "undécimo",
    "duodécimo",
    "decimotercero",
    "decimocuarto",
    "decimoquinto",
    "decimosexto",
    "decimoséptimo",
    "decimoctavo",
    "decimonoveno",
];

const ORDINAL_TENS: [&str; 10] = [
    "",
    "",
    "vigésimo",
    "trigésimo",
    "cuadragésimo",
    "quincuagésimo",
    "sexagésimo",
    "septuagésimo",
    "octogésimo",
    "nonagésimo",
];

fn one(form: Form) -> &'static str {
    match (form.gender, form.attributive) {
        (Gender::Feminine, _) => "una",
        (_, true) => "un",
        _ => "uno",
    }
}

fn below_thousand(n: u64, form: Form) -> String {
    let (hundreds, rest) = (n / 100, n % 100);
    let tail = match rest {
        1 => one(form).into(),
        21 if form.gender == Gender::Feminine => "veintiuna".into(),
        21 if form.attributive => "veintiún".into(),
        0..30 => SMALL[rest as usize].into(),
        _ if rest % 10 == 0 => TENS[rest as usize / 10].into(),
        _ => {
            let ones = if rest % 10 == 1 {
                one(form)
            } else {
                SMALL[rest as usize % 10]
            };
            format!("{} y {ones}", TENS[rest as usize / 10])
        }
    };
    if hundreds == 0 {
        return tail;
    }
    if n == 100 {
        return "cien".into();
    }
    let head = HUNDREDS[hundreds as usize];
    let head = match head
        .strip_suffix("os")
        .filter(|_| form.gender == Gender::Feminine)
    {
        Some(stem) => format!("{stem}as"),
        None => head.into(),
    };
    if rest == 0 {
        head
    } else {
        format!("{head} {tail}")
    }
}

fn number(n: u64, form: Form) -> String {
    let shortened = Form {
        attributive: true,
        ..form
    };
    let masculine = Form::before(Gender::Masculine);
    let mut parts = Vec::new();
    let scale = |count: u64, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("un {one}")),
        count => Some(format!("{} {many}", number(count, masculine))),
    };
    parts.extend(scale(n / 1_000_000_000_000, "billón", "billones"));
    parts.extend(scale(n / 1_000_000 % 1_000_000, "millón", "millones"));
    match n / 1000 % 1000 {
        0 => {}
        1 => parts.push("mil".into()),
        count => parts.push(format!(
            "{} mil",
            below_thousand(
                count,
                if count % 10 == 1 && form.gender != Gender::Feminine {
                    shortened
                } else {
                    Form {
                        attributive: true,
                        ..form
                    }
                }
            )
        )),
    }
    if !n.is_multiple_of(1000) || parts.is_empty() {
        parts.push(below_thousand(n % 1000, form));
    }
    parts.join(" ")
}

/// The gender of what is counted, as far as its ending shows.
fn gender_of(noun: &str) -> Gender {
    const MASCULINE: [&str; 20] = [
        "días",
        "día",
        "problemas",
        "problema",
        "programas",
        "programa",
        "sistemas",
        "sistema",
        "temas",
        "tema",
        "idiomas",
        "mapas",
        "mapa",
        "planetas",
        "planeta",
        "gramas",
        "kilogramas",
        "poemas",
        "dilemas",
        "euros",
    ];
    const FEMININE: [&str; 14] = [
        "veces",
        "vez",
        "mujeres",
        "mujer",
        "noches",
        "noche",
        "tardes",
        "tarde",
        "manos",
        "mano",
        "calles",
        "clases",
        "partes",
        "imágenes",
    ];
    const ENDINGS: [&str; 10] = [
        "as", "a", "ciones", "ción", "siones", "sión", "dades", "dad", "tudes", "tud",
    ];
    let feminine = FEMININE.contains(&noun)
        || ENDINGS.iter().any(|ending| noun.ends_with(ending)) && !MASCULINE.contains(&noun);
    if feminine {
        Gender::Feminine
    } else {
        Gender::Masculine
    }
}

impl Grammar for Spanish {
    fn cardinal(&self, n: u64, form: Form) -> String {
        number(n, form)
    }

    fn ordinal(&self, n: u64, form: Form) -> String {
        let words = match n {
            0 | 200.. => return number(n, form),
            1..20 => ORDINALS[n as usize].to_owned(),
            20..100 if n.is_multiple_of(10) => ORDINAL_TENS[n as usize / 10].into(),
            20..100 => format!(
                "{} {}",
                ORDINAL_TENS[n as usize / 10],
                ORDINALS[n as usize % 10]
            ),
            100 => "centésimo".into(),
            _ => format!("centésimo {}", self.ordinal(n - 100, Form::PLAIN)),
        };
        if form.gender == Gender::Feminine {
            return words
                .split(' ')
                .map(|word| {
                    word.strip_suffix('o')
                        .map_or(word.into(), |stem| format!("{stem}a"))
                })
                .collect::<Vec<_>>()
                .join(" ");
        }
        match words.strip_suffix('o').filter(|stem| {
            form.attributive && (stem.ends_with("primer") || stem.ends_with("tercer"))
        }) {
            Some(stem) => stem.into(),
            None => words,
        }
    }

    fn ordinal_before(&self, n: u64, form: Form, next: &str) -> String {
        // `tercer piso`.
        let noun = next.chars().count() > 2
            && next.starts_with(char::is_lowercase)
            && !matches!(next, "del" | "por" | "con" | "que" | "para" | "los" | "las");
        self.ordinal(
            n,
            Form {
                attributive: form.attributive || noun,
                ..form
            },
        )
    }

    fn digit(&self, digit: u8) -> &'static str {
        SMALL[usize::from(digit)]
    }

    fn bare(&self, n: u64, after: &str) -> String {
        const NO_NOUNS: [&str; 16] = [
            "es", "más", "menos", "las", "los", "tras", "para", "contra", "era", "hasta", "está",
            "estas", "esas", "ellas", "cada", "hacia",
        ];
        let next = super::word_after(after);
        let spaced = after.starts_with([' ', '\u{a0}']);
        let noun = spaced
            && next.chars().count() > 2
            && next.starts_with(char::is_lowercase)
            && !NO_NOUNS.contains(&next)
            && (n != 1 && next.ends_with('s')
                || n == 1
                    && next.ends_with(['o', 'a', 'n', 'd', 'l', 'r', 'e', 'z'])
                    && !matches!(next, "que" | "por" | "con" | "del" | "sin"));
        if noun {
            number(n, Form::before(gender_of(next)))
        } else {
            number(n, Form::PLAIN)
        }
    }

    fn decimals(&self, digits: &str, locale: &Locale) -> String {
        super::decimals_as_number(self, digits, locale)
    }

    fn of(&self, noun: &str) -> String {
        format!("de {noun}")
    }

    fn sum(&self, major: &str, minor: &str, _locale: &Locale) -> String {
        format!("{major} con {minor}")
    }

    fn attached(&self, number: &Number, letters: &str, _before: &str) -> Option<String> {
        let n = number.whole()?;
        match letters {
            "x" => Some(format!(
                "{} veces",
                self::number(n, Form::before(Gender::Feminine))
            )),
            _ => None,
        }
    }

    fn fraction(&self, numerator: u64, denominator: u64, _locale: &Locale) -> String {
        let name = match denominator {
            2 => {
                if numerator == 1 {
                    return "un medio".into();
                } else {
                    "medio".into()
                }
            }
            3 => "tercio".to_owned(),
            n @ 4..=10 => self.ordinal(n, Form::PLAIN),
            100 => "centésimo".into(),
            1000 => "milésimo".into(),
            n => {
                let words = number(n, Form::PLAIN).replace(" y ", "i");
                format!("{}avo", words.trim_end_matches(['a', 'e', 'o']))
            }
        };
        let plural = if numerator == 1 { "" } else { "s" };
        format!(
            "{} {name}{plural}",
            number(numerator, Form::before(Gender::Masculine))
        )
    }

    fn mixed(&self, whole: u64, fraction: &str, _locale: &Locale) -> String {
        let fraction = fraction
            .strip_prefix("un ")
            .filter(|fraction| *fraction == "medio")
            .unwrap_or(fraction);
        format!("{} y {fraction}", number(whole, Form::PLAIN))
    }

    fn noun_gender(&self, word: &str) -> Option<Gender> {
        const NO_NOUNS: [&str; 12] = [
            "más", "menos", "por", "para", "con", "sin", "del", "las", "los", "que", "una", "como",
        ];
        let noun = word.chars().count() > 2
            && word.starts_with(char::is_lowercase)
            && !NO_NOUNS.contains(&word);
        noun.then(|| gender_of(word))
    }

    fn fraction_of_noun(
        &self,
        whole: Option<u64>,
        part: (u64, u64),
        noun: &CountedNoun<'_>,
        locale: &Locale,
    ) -> Option<String> {
        let half = match noun.gender {
            Gender::Feminine => "media",
            _ => "medio",
        };
        let fraction = self.fraction(part.0, part.1, locale);
        let singular = noun
            .noun
            .strip_suffix("es")
            .filter(|stem| stem.ends_with(['s', 'n', 'r', 'l', 'd']))
            .or_else(|| noun.noun.strip_suffix('s'));
        let name = match whole {
            Some(1) => singular.unwrap_or(noun.noun),
            _ => noun.noun,
        };
        Some(match (whole, part) {
            (Some(n), _) => {
                let part = match part {
                    (1, 2) => half,
                    (1, 4) => "cuarto",
                    _ => fraction.as_str(),
                };
                format!("{} {} y {part}", number(n, Form::before(noun.gender)), name)
            }
            (None, (1, 2)) => format!("{half} {}", noun.one),
            (None, _) => format!("{fraction} de {}", noun.one),
        })
    }

    fn date(&self, date: &Date, _before: &str, locale: &Locale) -> String {
        let month = locale.months[date.month - 1][0];
        let mut words = match date.day {
            Some(day) => format!("{} de {month}", self.day(day, "")),
            None => month.into(),
        };
        if let Some(year) = date.year {
            words = format!("{words} de {}", number(year, Form::PLAIN));
        }
        words
    }

    fn day(&self, day: u64, _before: &str) -> String {
        if day == 1 {
            "primero".into()
        } else {
            number(day, Form::PLAIN)
        }
    }

    fn clock(&self, clock: &Clock, _locale: &Locale) -> String {
        let hour = number(clock.hour, Form::of(Gender::Feminine, Case::Nominative));
        let mut words = match clock.minute {
            0 if clock.marked => hour,
            0 => format!("{hour} en punto"),
            15 if clock.marked || clock.hour <= 12 => format!("{hour} y cuarto"),
            30 if clock.marked || clock.hour <= 12 => format!("{hour} y media"),
            minute => format!("{hour} y {}", number(minute, Form::PLAIN)),
        };
        if let Some(second) = clock.second.filter(|second| *second > 0) {
            words = format!(
                "{words} y {} segundos",
                number(second, Form::before(Gender::Masculine))
            );
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
        if n <= 10 {
            self.ordinal(n, Form::of(gender, Case::Nominative))
        } else {
            number(n, Form::PLAIN)
        }
    }

    fn century(&self, n: u64, _after: &str) -> String {
        if n <= 10 {
            self.ordinal(n, Form::PLAIN)
        } else {
            number(n, Form::PLAIN)
        }
    }
}

/// The tables for a region: North and Central America write a decimal point.
pub(super) fn locale(region: Option<&str>) -> &'static Locale {
    match region {
        Some("MX") => &MEXICAN,
        Some("US" | "PR" | "GT" | "HN" | "SV" | "NI" | "PA" | "DO" | "419" | "PE") => &AMERICAN,
        Some("AR" | "CL" | "CO" | "UY") => &PESOS,
        _ => &STANDARD,
    }
}

static MEXICAN: Locale = Locale {
    currency_signs: &[("$", "MXN")],
    ..POINT
};
static AMERICAN: Locale = POINT;
static PESOS: Locale = Locale {
    currency_signs: &[("$", "MXN")],
    ..STANDARD
};

const POINT: Locale = Locale {
    decimal: '.',
    words: &POINT_WORDS,
    ..STANDARD
};
const POINT_WORDS: Words = Words {
    point: "punto",
    ..WORDS
};

const STANDARD: Locale = Locale {
    grammar: &Spanish,
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
        ("h", "por hora"),
        ("s", "por segundo"),
        ("min", "por minuto"),
    ],
    per_first: false,
    ordinals: &[
        (".º", Form::PLAIN),
        (".ª", FEMININE),
        (".er", Form::before(Gender::Masculine)),
        ("º", Form::PLAIN),
        ("ª", FEMININE),
        ("er", Form::before(Gender::Masculine)),
        ("ro", Form::PLAIN),
        ("ra", FEMININE),
        ("do", Form::PLAIN),
        ("da", FEMININE),
        ("to", Form::PLAIN),
        ("ta", FEMININE),
        ("°", Form::PLAIN),
    ],
    clock_words: &["horas", "hrs", "h"],
    clock_prepositions: &["las", "la"],
    year_words: &[],
    day_halves: &[
        ("a.m.", "de la mañana"),
        ("p.m.", "de la tarde"),
        ("a. m.", "de la mañana"),
        ("p. m.", "de la tarde"),
        ("am", "de la mañana"),
        ("pm", "de la tarde"),
    ],
    hour_letter: None,
    abbreviations: ABBREVIATIONS,
    abbreviated_endings: &[],
    idioms: &[
        ("24/7", "veinticuatro siete"),
        ("50/50", "cincuenta cincuenta"),
    ],
    sections: &[
        "capítulo",
        "parte",
        "volumen",
        "tomo",
        "libro",
        "acto",
        "escena",
        "guerra",
        "mundial",
        "fase",
        "tipo",
        "clase",
        "sección",
        "artículo",
        "anexo",
        "figura",
        "tabla",
        "título",
        "nivel",
    ],
    titles: &[
        "Rey",
        "Reina",
        "rey",
        "reina",
        "Papa",
        "papa",
        "Emperador",
        "emperador",
        "Zar",
        "zar",
        "Sultán",
        "Príncipe",
        "príncipe",
        "Duque",
    ],
    centuries: &["siglo", "siglos", "Siglo"],
    codes: &CODES,
    date_of: "de",
};

const FEMININE: Form = Form::of(Gender::Feminine, Case::Nominative);

const CODES: Codes = Codes {
    words: &["CP", "postal", "PIN", "código"],
    postal_digits: 5,
    groups: &["6## ### ###", "7## ### ###", "9## ### ###"],
    ..NO_CODES
};

const WORDS: Words = Words {
    minus: "menos",
    plus: "más",
    plus_minus: "más menos",
    point: "coma",
    version_point: "punto",
    version: "versión",
    to: "a",
    ratio: "a",
    and: "y",
    equals: "igual a",
    times: "por",
    by: "por",
    divided: "dividido por",
    less: "menor que",
    greater: "mayor que",
    at_most: "menor o igual que",
    at_least: "mayor o igual que",
    unequal: "distinto de",
    about: "aproximadamente",
    number: "número",
    hashtag: "hashtag",
    sharp: "sharp",
    section: "sección",
    power: "elevado a",
    squared: "al cuadrado",
    cubed: "al cubo",
    per: "por",
    at: "arroba",
    dot: "punto",
    slash: "barra",
    backslash: "barra invertida",
    dash: "guion",
    underscore: "guion bajo",
    colon: "dos puntos",
    question: "signo de interrogación",
    hash: "almohadilla",
    tilde: "virgulilla",
    percent: "por ciento",
};

const MONTHS: [&[&str]; 12] = [
    &["enero", "ene"],
    &["febrero", "feb"],
    &["marzo", "mar"],
    &["abril", "abr"],
    &["mayo", "may"],
    &["junio", "jun"],
    &["julio", "jul"],
    &["agosto", "ago"],
    &["septiembre", "sept", "sep", "setiembre"],
    &["octubre", "oct"],
    &["noviembre", "nov"],
    &["diciembre", "dic"],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["lunes", "lun"],
    &["martes", "mar"],
    &["miércoles", "mié"],
    &["jueves", "jue"],
    &["viernes", "vie"],
    &["sábado", "sáb"],
    &["domingo", "dom"],
];

const MAGNITUDES: &[Magnitude] = &[
    magnitude("mil", same("mil")),
    magnitude("millón", m("millón", "millones")).with_of(),
    magnitude("millones", m("millón", "millones")).with_of(),
    magnitude("M", m("millón", "millones"))
        .with_of()
        .with_money(),
    magnitude("mill.", m("millón", "millones")).with_of(),
    magnitude("billón", m("billón", "billones")).with_of(),
    magnitude("billones", m("billón", "billones")).with_of(),
];

const CENTIMO: Noun = m("céntimo", "céntimos");
const CENTAVO: Noun = m("centavo", "centavos");

const CURRENCIES: &[Currency] = &[
    currency("EUR", m("euro", "euros"), CENTIMO),
    currency("USD", m("dólar", "dólares"), CENTAVO),
    currency("GBP", f("libra", "libras"), m("penique", "peniques")),
    currency("JPY", m("yen", "yenes"), same("")),
    currency("CNY", m("yuan", "yuanes"), same("")),
    currency("KRW", m("won", "wones"), same("")),
    currency("RUB", m("rublo", "rublos"), m("kopek", "kopeks")),
    currency("INR", f("rupia", "rupias"), f("paisa", "paisas")),
    currency("BRL", m("real", "reales"), CENTAVO),
    currency("CHF", m("franco suizo", "francos suizos"), CENTIMO),
    currency("CAD", m("dólar canadiense", "dólares canadienses"), CENTAVO),
    currency(
        "AUD",
        m("dólar australiano", "dólares australianos"),
        CENTAVO,
    ),
    currency("MXN", m("peso", "pesos"), CENTAVO),
    currency("SEK", f("corona", "coronas"), same("")),
    currency("NOK", f("corona", "coronas"), same("")),
    currency("DKK", f("corona", "coronas"), same("")),
    currency("PLN", m("esloti", "eslotis"), same("")),
    currency("TRY", f("lira", "liras"), same("")),
    currency("UAH", f("grivna", "grivnas"), same("")),
];

const PREFIXES: &[(&str, &str)] = &[
    ("n", "nano"),
    ("µ", "micro"),
    ("μ", "micro"),
    ("m", "mili"),
    ("c", "centi"),
    ("d", "deci"),
    ("h", "hecto"),
    ("k", "kilo"),
    ("K", "kilo"),
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
    ("g", m("gramo", "gramos")),
    ("m", m("metro", "metros")),
    ("l", m("litro", "litros")),
    ("W", m("vatio", "vatios")),
    ("Wh", m("vatio hora", "vatios hora")),
    ("Hz", m("hercio", "hercios")),
    ("B", m("byte", "bytes")),
    ("bit", m("bit", "bits")),
    ("V", m("voltio", "voltios")),
    ("A", m("amperio", "amperios")),
    ("Ah", m("amperio hora", "amperios hora")),
    ("Pa", m("pascal", "pascales")),
    ("J", m("julio", "julios")),
    ("cal", f("caloría", "calorías")),
    ("eV", m("electronvoltio", "electronvoltios")),
    ("Ω", m("ohmio", "ohmios")),
];

const UNITS: &[(&str, Noun)] = &[
    ("%", same("por ciento")),
    ("‰", same("por mil")),
    ("°C", m("grado Celsius", "grados Celsius")),
    ("ºC", m("grado Celsius", "grados Celsius")),
    ("°F", m("grado Fahrenheit", "grados Fahrenheit")),
    ("℃", m("grado Celsius", "grados Celsius")),
    ("°", m("grado", "grados")),
    ("K", m("kelvin", "kelvins")),
    ("km", m("kilómetro", "kilómetros")),
    ("cm", m("centímetro", "centímetros")),
    ("mm", m("milímetro", "milímetros")),
    ("dm", m("decímetro", "decímetros")),
    ("µm", m("micrómetro", "micrómetros")),
    ("nm", m("nanómetro", "nanómetros")),
    ("m²", m("metro cuadrado", "metros cuadrados")),
    ("km²", m("kilómetro cuadrado", "kilómetros cuadrados")),
    ("cm²", m("centímetro cuadrado", "centímetros cuadrados")),
    ("m³", m("metro cúbico", "metros cúbicos")),
    ("cm³", m("centímetro cúbico", "centímetros cúbicos")),
    ("ha", f("hectárea", "hectáreas")),
    ("t", f("tonelada", "toneladas")),
    ("lb", f("libra", "libras")),
    ("oz", f("onza", "onzas")),
    ("ft", m("pie", "pies")),
    ("mi", f("milla", "millas")),
    ("mph", f("milla por hora", "millas por hora")),
    ("s", m("segundo", "segundos")),
    ("seg", m("segundo", "segundos")),
    ("ms", m("milisegundo", "milisegundos")),
    ("µs", m("microsegundo", "microsegundos")),
    ("ns", m("nanosegundo", "nanosegundos")),
    ("min", m("minuto", "minutos")),
    ("h", f("hora", "horas")),
    ("hs", f("hora", "horas")),
    ("dB", m("decibelio", "decibelios")),
    ("N", m("newton", "newtons")),
    ("bar", m("bar", "bares")),
    ("ppm", f("parte por millón", "partes por millón")),
    ("px", m("píxel", "píxeles")),
    ("fps", m("fotograma por segundo", "fotogramas por segundo")),
    ("Mbps", m("megabit por segundo", "megabits por segundo")),
    ("Gbps", m("gigabit por segundo", "gigabits por segundo")),
    ("kbps", m("kilobit por segundo", "kilobits por segundo")),
    ("cv", m("caballo", "caballos")),
    ("CV", m("caballo", "caballos")),
];

const ABBREVIATIONS: &[Abbreviation] = &[
    title("sr.", "señor"),
    title("sra.", "señora"),
    title("srta.", "señorita"),
    title("sres.", "señores"),
    title("dr.", "doctor"),
    title("dra.", "doctora"),
    title("D.", "don"),
    title("dña.", "doña"),
    title("prof.", "profesor"),
    title("profa.", "profesora"),
    title("ing.", "ingeniero"),
    title("lic.", "licenciado"),
    title("gral.", "general"),
    title("Sto.", "Santo"),
    title("Sta.", "Santa"),
    title("S.", "San"),
    title("mons.", "monseñor"),
    title("avda.", "avenida"),
    title("av.", "avenida"),
    title("C/", "calle"),
    title("c/", "calle"),
    numbered("s.", "siglo"),
    ending("Ud.", "usted"),
    ending("Uds.", "ustedes"),
    always("Vd.", "usted"),
    ending("EE.UU.", "Estados Unidos"),
    ending("EE. UU.", "Estados Unidos"),
    always("p.ej.", "por ejemplo"),
    always("p.e.", "por ejemplo"),
    always("i.e.", "es decir"),
    always("e.g.", "por ejemplo"),
    ending("etc.", "etcétera"),
    ending("etc", "etcétera"),
    always("vs.", "versus"),
    always("aprox.", "aproximadamente"),
    always("máx.", "máximo"),
    always("mín.", "mínimo"),
    always("cf.", "compárese"),
    ending("a.C.", "antes de Cristo"),
    ending("d.C.", "después de Cristo"),
    always("núm.", "número"),
    numbered("n.º", "número"),
    numbered("nº", "número"),
    numbered("Nº", "número"),
    numbered("n°", "número"),
    numbered("No.", "número"),
    numbered("pág.", "página"),
    numbered("págs.", "páginas"),
    numbered("p.", "página"),
    numbered("pp.", "páginas"),
    numbered("vol.", "volumen"),
    numbered("cap.", "capítulo"),
    numbered("caps.", "capítulos"),
    numbered("c.", "circa"),
    numbered("art.", "artículo"),
    numbered("fig.", "figura"),
    always("tel.", "teléfono"),
    always("Tel.", "teléfono"),
    always("tfno.", "teléfono"),
    numbered("ext.", "extensión"),
];
