//! Portuguese.

use crate::text::verbalize::grammar::{
    Case, Clock, CountedNoun, Date, Form, Gender, Grammar, Plural,
};
use crate::text::verbalize::locale::{
    Abbreviation, Codes, Currency, DateOrder, Locale, Magnitude, NO_CODES, Noun, Words, always,
    currency, ending, f, m, magnitude, numbered, same, title,
};
use crate::text::verbalize::number::Number;

struct Portuguese {
    /// Whether 16, 17 and 19 have an `a`, and a milliard is a thousand millions: Portugal.
    european: bool,
}

const SMALL: [&str; 20] = [
    "zero",
    "um",
    "dois",
    "três",
    "quatro",
    "cinco",
    "seis",
    "sete",
    "oito",
    "nove",
    "dez",
    "onze",
    "doze",
    "treze",
    "catorze",
    "quinze",
    "dezesseis",
    "dezessete",
    "dezoito",
    "dezenove",
];

const TENS: [&str; 10] = [
    "",
    "",
    "vinte",
    "trinta",
    "quarenta",
    "cinquenta",
    "sessenta",
    "setenta",
    "oitenta",
    "noventa",
];

const HUNDREDS: [&str; 10] = [
    "",
    "cento",
    "duzentos",
    "trezentos",
    "quatrocentos",
    "quinhentos",
    "seiscentos",
    "setecentos",
    "oitocentos",
    "novecentos",
];

const ORDINALS: [&str; 10] = [
    "", "primeiro", "segundo", "terceiro", "quarto", "quinto", "sexto", "sétimo", "oitavo", "nono",
];

const ORDINAL_TENS: [&str; 10] = [
    "",
    "décimo",
    "vigésimo",
    "trigésimo",
    "quadragésimo",
    "quinquagésimo",
    "sexagésimo",
    "septuagésimo",
    "octogésimo",
    "nonagésimo",
];

const FEMININE: Form = Form::of(Gender::Feminine, Case::Nominative);

impl Portuguese {
    fn small(&self, n: u64, form: Form) -> &'static str {
        match n {
            1 if form.gender == Gender::Feminine => "uma",
            2 if form.gender == Gender::Feminine => "duas",
            16 if self.european => "dezasseis",
            17 if self.european => "dezassete",
            19 if self.european => "dezanove",
            n => SMALL[n as usize],
        }
    }

    fn below_thousand(&self, n: u64, form: Form) -> String {
        if n == 100 {
            return "cem".into();
        }
        let mut parts: Vec<String> = Vec::new();
        if n >= 100 {
            let head = HUNDREDS[n as usize / 100];
            parts.push(
                match head
                    .strip_suffix("os")
                    .filter(|_| form.gender == Gender::Feminine)
                {
                    Some(stem) => format!("{stem}as"),
                    None => head.into(),
                },
            );
        }
        match n % 100 {
            0 if n > 0 => {}
            rest @ 0..20 => parts.push(self.small(rest, form).into()),
            rest => {
                parts.push(TENS[rest as usize / 10].into());
                if rest % 10 > 0 {
                    parts.push(self.small(rest % 10, form).into());
                }
            }
        }
        parts.join(" e ")
    }

    fn number(&self, n: u64, form: Form) -> String {
        let mut parts: Vec<(u64, String)> = Vec::new();
        let mut rest = n;
        let scales: &[(u64, &str, &str)] = if self.european {
            &[
                (1_000_000_000_000, "bilião", "biliões"),
                (1_000_000, "milhão", "milhões"),
            ]
        } else {
            &[
                (1_000_000_000_000_000, "quatrilhão", "quatrilhões"),
                (1_000_000_000_000, "trilhão", "trilhões"),
                (1_000_000_000, "bilhão", "bilhões"),
                (1_000_000, "milhão", "milhões"),
            ]
        };
        for (value, one, many) in scales {
            match rest / value {
                0 => {}
                1 => parts.push((1, format!("um {one}"))),
                count => parts.push((count, format!("{} {many}", self.number(count, Form::PLAIN)))),
            }
            rest %= value;
        }
        match rest / 1000 {
            0 => {}
            1 => parts.push((1, "mil".into())),
            count => parts.push((count, format!("{} mil", self.below_thousand(count, form)))),
        }
        let low = rest % 1000;
        if low > 0 || parts.is_empty() {
            parts.push((low, self.below_thousand(low, form)));
        }
        // `e` stands before the last part where that is below a hundred or all hundreds.
        let mut words = String::new();
        let last = parts.len() - 1;
        for (at, (value, part)) in parts.iter().enumerate() {
            if at > 0 {
                words += if at == last && low > 0 && (*value < 100 || value.is_multiple_of(100)) {
                    " e "
                } else {
                    " "
                };
            }
            words += part;
        }
        words
    }

    fn gender_of(noun: &str) -> Gender {
        const MASCULINE: [&str; 14] = [
            "dias",
            "dia",
            "problemas",
            "problema",
            "programas",
            "programa",
            "sistemas",
            "sistema",
            "temas",
            "tema",
            "mapas",
            "mapa",
            "planetas",
            "idiomas",
        ];
        const FEMININE: [&str; 10] = [
            "vezes", "vez", "mulheres", "mulher", "noites", "noite", "tardes", "tarde", "partes",
            "mãos",
        ];
        const ENDINGS: [&str; 8] = ["as", "a", "ções", "ção", "sões", "são", "dades", "dade"];
        let feminine = FEMININE.contains(&noun)
            || ENDINGS.iter().any(|ending| noun.ends_with(ending)) && !MASCULINE.contains(&noun);
        if feminine {
            Gender::Feminine
        } else {
            Gender::Masculine
        }
    }
}

impl Grammar for Portuguese {
    fn cardinal(&self, n: u64, form: Form) -> String {
        self.number(n, form)
    }

    fn ordinal(&self, n: u64, form: Form) -> String {
        let words = match n {
            1..10 => ORDINALS[n as usize].to_owned(),
            10..100 if n.is_multiple_of(10) => ORDINAL_TENS[n as usize / 10].into(),
            10..100 => format!(
                "{} {}",
                ORDINAL_TENS[n as usize / 10],
                ORDINALS[n as usize % 10]
            ),
            100 => "centésimo".into(),
            101..200 => format!("centésimo {}", self.ordinal(n - 100, Form::PLAIN)),
            _ => return self.number(n, form),
        };
        if form.gender != Gender::Feminine {
            return words;
        }
        let feminine = |word: &str| {
            word.strip_suffix('o')
                .map_or(word.into(), |stem| format!("{stem}a"))
        };
        words.split(' ').map(feminine).collect::<Vec<_>>().join(" ")
    }

    fn digit(&self, digit: u8) -> &'static str {
        SMALL[usize::from(digit)]
    }

    fn bare(&self, n: u64, after: &str) -> String {
        let next = super::word_after(after);
        let noun = after.starts_with([' ', '\u{a0}'])
            && next.chars().count() > 3
            && next.starts_with(char::is_lowercase)
            && !matches!(
                next,
                "mais" | "menos" | "para" | "contra" | "pela" | "pelas" | "nas" | "das" | "era"
            )
            && (n == 1 || next.ends_with('s'));
        let gender = if noun {
            Self::gender_of(next)
        } else {
            Gender::Masculine
        };
        self.number(n, Form::of(gender, Case::Nominative))
    }

    fn decimals(&self, digits: &str, locale: &Locale) -> String {
        super::decimals_as_number(self, digits, locale)
    }

    fn of(&self, noun: &str) -> String {
        format!("de {noun}")
    }

    fn attached(&self, number: &Number, letters: &str, _before: &str) -> Option<String> {
        let n = number.whole()?;
        (letters == "x").then(|| format!("{} vezes", self.number(n, FEMININE)))
    }

    fn fraction(&self, numerator: u64, denominator: u64, _locale: &Locale) -> String {
        let name = match denominator {
            2 => "meio".into(),
            3 => "terço".into(),
            n if n <= 10 || n == 100 => self.ordinal(n, Form::PLAIN),
            1000 => "milésimo".into(),
            n => format!("{} avo", self.number(n, Form::PLAIN)),
        };
        match (numerator, denominator) {
            (1, 2) => name,
            (1, _) => format!("um {name}"),
            (n, _) => format!("{} {name}s", self.number(n, Form::PLAIN)),
        }
    }

    fn plural(&self, number: &Number) -> Plural {
        // `1,5 litro`: below two the noun is in the singular.
        if number.value() == Some(1) {
            Plural::One
        } else {
            Plural::Many
        }
    }

    fn noun_gender(&self, word: &str) -> Option<Gender> {
        const NO_NOUNS: [&str; 12] = [
            "mais", "menos", "por", "para", "com", "sem", "das", "dos", "que", "uma", "como", "são",
        ];
        let noun = word.chars().count() > 2
            && word.starts_with(char::is_lowercase)
            && !NO_NOUNS.contains(&word);
        noun.then(|| Self::gender_of(word))
    }

    fn fraction_of_noun(
        &self,
        whole: Option<u64>,
        part: (u64, u64),
        noun: &CountedNoun<'_>,
        locale: &Locale,
    ) -> Option<String> {
        let half = match noun.gender {
            Gender::Feminine => "meia",
            _ => "meio",
        };
        let fraction = self.fraction(part.0, part.1, locale);
        let name = match (whole, noun.noun) {
            (Some(1), "meses") => "mês",
            (Some(1), noun) => noun.strip_suffix('s').unwrap_or(noun),
            (_, noun) => noun,
        };
        Some(match (whole, part) {
            (Some(n), _) => {
                let part = if part == (1, 2) { half } else { &fraction };
                format!(
                    "{} {} e {part}",
                    self.number(n, Form::before(noun.gender)),
                    name
                )
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
            words = format!("{words} de {}", self.number(year, Form::PLAIN));
        }
        words
    }

    fn day(&self, day: u64, _before: &str) -> String {
        if day == 1 {
            "primeiro".into()
        } else {
            self.number(day, Form::PLAIN)
        }
    }

    fn clock(&self, clock: &Clock, _locale: &Locale) -> String {
        let noun = if clock.hour < 2 { "hora" } else { "horas" };
        let mut words = format!("{} {noun}", self.number(clock.hour, FEMININE));
        if clock.minute > 0 {
            words = format!("{words} e {}", self.number(clock.minute, Form::PLAIN));
        }
        if let Some(second) = clock.second.filter(|second| *second > 0) {
            words = format!("{words} e {} segundos", self.number(second, Form::PLAIN));
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
            self.number(n, Form::PLAIN)
        }
    }

    fn century(&self, n: u64, _after: &str) -> String {
        if n <= 10 {
            self.ordinal(n, Form::PLAIN)
        } else {
            self.number(n, Form::PLAIN)
        }
    }
}

/// The tables for a region: Brazil's unless another is named.
pub(super) fn locale(region: Option<&str>) -> &'static Locale {
    match region {
        Some("PT" | "AO" | "MZ" | "CV") => &EUROPEAN,
        _ => &BRAZILIAN,
    }
}

static EUROPEAN: Locale = Locale {
    grammar: &Portuguese { european: true },
    ..BRAZILIAN
};

const BRAZILIAN: Locale = Locale {
    grammar: &Portuguese { european: false },
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
        ("º", Form::PLAIN),
        ("o", Form::PLAIN),
        ("ª", FEMININE),
        ("°", Form::PLAIN),
    ],
    clock_words: &["horas", "hora"],
    clock_prepositions: &["às", "Às", "das"],
    year_words: &[],
    day_halves: &[("a.m.", "da manhã"), ("p.m.", "da tarde")],
    hour_letter: Some('h'),
    abbreviations: ABBREVIATIONS,
    abbreviated_endings: &[],
    idioms: &[
        ("24/7", "vinte e quatro sete"),
        ("50/50", "cinquenta cinquenta"),
    ],
    sections: &[
        "capítulo",
        "parte",
        "volume",
        "tomo",
        "livro",
        "ato",
        "cena",
        "guerra",
        "mundial",
        "fase",
        "tipo",
        "classe",
        "seção",
        "secção",
        "artigo",
        "anexo",
        "figura",
        "tabela",
        "título",
        "nível",
    ],
    titles: &[
        "Rei",
        "Rainha",
        "rei",
        "rainha",
        "Papa",
        "papa",
        "Imperador",
        "imperador",
        "Dom",
        "Czar",
        "Sultão",
        "Príncipe",
        "príncipe",
        "Duque",
        "D",
    ],
    centuries: &["século", "séculos", "Século"],
    codes: &CODES,
    date_of: "de",
};

const CODES: Codes = Codes {
    words: &["CEP", "postal", "PIN", "código"],
    groups: &["9## ### ###", "2## ### ###", "####-###"],
    ..NO_CODES
};

const WORDS: Words = Words {
    minus: "menos",
    plus: "mais",
    plus_minus: "mais ou menos",
    point: "vírgula",
    version_point: "ponto",
    version: "versão",
    to: "a",
    ratio: "a",
    and: "e",
    equals: "igual a",
    times: "vezes",
    by: "por",
    divided: "dividido por",
    less: "menor que",
    greater: "maior que",
    at_most: "menor ou igual a",
    at_least: "maior ou igual a",
    unequal: "diferente de",
    about: "cerca de",
    number: "número",
    hashtag: "hashtag",
    sharp: "sharp",
    section: "parágrafo",
    power: "elevado a",
    squared: "ao quadrado",
    cubed: "ao cubo",
    per: "por",
    at: "arroba",
    dot: "ponto",
    slash: "barra",
    backslash: "barra invertida",
    dash: "hífen",
    underscore: "sublinhado",
    colon: "dois pontos",
    question: "ponto de interrogação",
    hash: "cerquilha",
    tilde: "til",
    percent: "por cento",
};

const MONTHS: [&[&str]; 12] = [
    &["janeiro", "jan"],
    &["fevereiro", "fev"],
    &["março", "mar"],
    &["abril", "abr"],
    &["maio", "mai"],
    &["junho", "jun"],
    &["julho", "jul"],
    &["agosto", "ago"],
    &["setembro", "set"],
    &["outubro", "out"],
    &["novembro", "nov"],
    &["dezembro", "dez"],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["segunda", "seg", "segunda-feira"],
    &["terça", "ter"],
    &["quarta", "qua"],
    &["quinta", "qui"],
    &["sexta", "sex"],
    &["sábado", "sáb"],
    &["domingo", "dom"],
];

const MAGNITUDES: &[Magnitude] = &[
    magnitude("mil", same("mil")),
    magnitude("milhão", m("milhão", "milhões")).with_of(),
    magnitude("milhões", m("milhão", "milhões")).with_of(),
    magnitude("mi", m("milhão", "milhões"))
        .with_of()
        .with_money(),
    magnitude("M", m("milhão", "milhões"))
        .with_of()
        .with_money(),
    magnitude("bilhão", m("bilhão", "bilhões")).with_of(),
    magnitude("bilhões", m("bilhão", "bilhões")).with_of(),
    magnitude("bi", m("bilhão", "bilhões"))
        .with_of()
        .with_money(),
    magnitude("trilhão", m("trilhão", "trilhões")).with_of(),
    magnitude("trilhões", m("trilhão", "trilhões")).with_of(),
    magnitude("mil milhões", m("mil milhões", "mil milhões")).with_of(),
];

const CENTAVO: Noun = m("centavo", "centavos");
const CENTIMO: Noun = m("cêntimo", "cêntimos");

const CURRENCIES: &[Currency] = &[
    currency("EUR", m("euro", "euros"), CENTIMO),
    currency("USD", m("dólar", "dólares"), CENTAVO),
    currency("GBP", f("libra", "libras"), m("pêni", "pence")),
    currency("JPY", m("iene", "ienes"), same("")),
    currency("CNY", m("yuan", "yuans"), same("")),
    currency("KRW", m("won", "wons"), same("")),
    currency("RUB", m("rublo", "rublos"), m("copeque", "copeques")),
    currency("INR", f("rupia", "rupias"), f("paisa", "paisas")),
    currency("BRL", m("real", "reais"), CENTAVO),
    currency("CHF", m("franco suíço", "francos suíços"), CENTIMO),
    currency("CAD", m("dólar canadense", "dólares canadenses"), CENTAVO),
    currency(
        "AUD",
        m("dólar australiano", "dólares australianos"),
        CENTAVO,
    ),
    currency("MXN", m("peso", "pesos"), CENTAVO),
    currency("SEK", f("coroa", "coroas"), same("")),
    currency("NOK", f("coroa", "coroas"), same("")),
    currency("DKK", f("coroa", "coroas"), same("")),
    currency("PLN", m("zloty", "zlotys"), same("")),
    currency("TRY", f("lira", "liras"), same("")),
    currency("UAH", f("hryvnia", "hryvnias"), same("")),
];

const PREFIXES: &[(&str, &str)] = &[
    ("n", "nano"),
    ("µ", "micro"),
    ("μ", "micro"),
    ("m", "mili"),
    ("c", "centi"),
    ("d", "deci"),
    ("h", "hecto"),
    ("k", "quilo"),
    ("K", "quilo"),
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
    ("g", m("grama", "gramas")),
    ("m", m("metro", "metros")),
    ("l", m("litro", "litros")),
    ("W", m("watt", "watts")),
    ("Wh", m("watt-hora", "watts-hora")),
    ("Hz", m("hertz", "hertz")),
    ("B", m("byte", "bytes")),
    ("bit", m("bit", "bits")),
    ("V", m("volt", "volts")),
    ("A", m("ampere", "amperes")),
    ("Ah", m("ampere-hora", "amperes-hora")),
    ("Pa", m("pascal", "pascais")),
    ("J", m("joule", "joules")),
    ("cal", f("caloria", "calorias")),
    ("eV", m("elétron-volt", "elétrons-volt")),
    ("Ω", m("ohm", "ohms")),
];

const UNITS: &[(&str, Noun)] = &[
    ("%", same("por cento")),
    ("‰", same("por mil")),
    ("°C", m("grau Celsius", "graus Celsius")),
    ("ºC", m("grau Celsius", "graus Celsius")),
    ("°F", m("grau Fahrenheit", "graus Fahrenheit")),
    ("℃", m("grau Celsius", "graus Celsius")),
    ("°", m("grau", "graus")),
    ("K", m("kelvin", "kelvins")),
    ("km", m("quilômetro", "quilômetros")),
    ("cm", m("centímetro", "centímetros")),
    ("mm", m("milímetro", "milímetros")),
    ("µm", m("micrômetro", "micrômetros")),
    ("nm", m("nanômetro", "nanômetros")),
    ("kW", m("quilowatt", "quilowatts")),
    ("kWh", m("quilowatt-hora", "quilowatts-hora")),
    ("m²", m("metro quadrado", "metros quadrados")),
    ("km²", m("quilômetro quadrado", "quilômetros quadrados")),
    ("cm²", m("centímetro quadrado", "centímetros quadrados")),
    ("m³", m("metro cúbico", "metros cúbicos")),
    ("cm³", m("centímetro cúbico", "centímetros cúbicos")),
    ("ha", m("hectare", "hectares")),
    ("t", f("tonelada", "toneladas")),
    ("lb", f("libra", "libras")),
    ("mi", f("milha", "milhas")),
    ("mph", f("milha por hora", "milhas por hora")),
    ("Mbps", m("megabit por segundo", "megabits por segundo")),
    ("Gbps", m("gigabit por segundo", "gigabits por segundo")),
    ("s", m("segundo", "segundos")),
    ("seg", m("segundo", "segundos")),
    ("ms", m("milissegundo", "milissegundos")),
    ("µs", m("microssegundo", "microssegundos")),
    ("ns", m("nanossegundo", "nanossegundos")),
    ("min", m("minuto", "minutos")),
    ("h", f("hora", "horas")),
    ("dB", m("decibel", "decibéis")),
    ("N", m("newton", "newtons")),
    ("bar", m("bar", "bares")),
    ("cv", m("cavalo", "cavalos")),
    ("ppm", f("parte por milhão", "partes por milhão")),
    ("px", m("pixel", "pixels")),
    ("fps", m("quadro por segundo", "quadros por segundo")),
];

const ABBREVIATIONS: &[Abbreviation] = &[
    title("sr.", "senhor"),
    title("sra.", "senhora"),
    title("srta.", "senhorita"),
    title("srs.", "senhores"),
    title("dr.", "doutor"),
    title("dra.", "doutora"),
    always("D. Maria", "Dona Maria"),
    always("D. Ana", "Dona Ana"),
    title("D.", "Dom"),
    title("Exmo.", "Excelentíssimo"),
    title("Exma.", "Excelentíssima"),
    title("prof.", "professor"),
    title("profa.", "professora"),
    title("eng.", "engenheiro"),
    title("gen.", "general"),
    title("Sto.", "Santo"),
    title("Sta.", "Santa"),
    title("S.", "São"),
    title("av.", "avenida"),
    title("R.", "rua"),
    title("pe.", "padre"),
    always("p.ex.", "por exemplo"),
    always("i.e.", "isto é"),
    always("e.g.", "por exemplo"),
    ending("etc.", "etcétera"),
    ending("etc", "etcétera"),
    always("vs.", "versus"),
    always("aprox.", "aproximadamente"),
    always("máx.", "máximo"),
    always("mín.", "mínimo"),
    always("cf.", "confira"),
    ending("a.C.", "antes de Cristo"),
    ending("d.C.", "depois de Cristo"),
    ending("EUA", "Estados Unidos"),
    numbered("n.º", "número"),
    numbered("séc.", "século"),
    numbered("nº", "número"),
    numbered("n°", "número"),
    numbered("Nº", "número"),
    numbered("núm.", "número"),
    numbered("pág.", "página"),
    numbered("págs.", "páginas"),
    numbered("p.", "página"),
    numbered("pp.", "páginas"),
    numbered("vol.", "volume"),
    numbered("cap.", "capítulo"),
    numbered("caps.", "capítulos"),
    numbered("apto.", "apartamento"),
    numbered("ap.", "apartamento"),
    ending("V. Exa.", "Vossa Excelência"),
    numbered("art.", "artigo"),
    numbered("fig.", "figura"),
    always("tel.", "telefone"),
    always("Tel.", "telefone"),
    numbered("r.", "ramal"),
];
