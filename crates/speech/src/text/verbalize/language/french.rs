//! French.

use crate::text::verbalize::grammar::{
    Case, Clock, CountedNoun, Date, Form, Gender, Grammar, Plural,
};
use crate::text::verbalize::locale::{
    Abbreviation, Codes, Currency, DateOrder, Locale, Magnitude, NO_CODES, Noun, Words, always,
    currency, ending, f, m, magnitude, numbered, same, title,
};
use crate::text::verbalize::number::Number;

struct French {
    /// Whether 70 and 90 are `septante` and `nonante`: Belgium and Switzerland.
    decimal_tens: bool,
}

const SMALL: [&str; 20] = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
];

const TENS: [&str; 10] = [
    "",
    "",
    "vingt",
    "trente",
    "quarante",
    "cinquante",
    "soixante",
    "septante",
    "quatre-vingt",
    "nonante",
];

const FEMININE: Form = Form::of(Gender::Feminine, Case::Nominative);

impl French {
    fn below_hundred(&self, n: u64, form: Form) -> String {
        let one = if form.gender == Gender::Feminine {
            "une"
        } else {
            "un"
        };
        let (mut tens, mut ones) = (n / 10, n % 10);
        if matches!(tens, 7 | 9) && !self.decimal_tens {
            tens -= 1;
            ones += 10;
        }
        match (tens, ones) {
            _ if n == 1 => one.into(),
            _ if n < 20 => SMALL[n as usize].into(),
            (8, 0) => "quatre-vingts".into(),
            (tens, 0) => TENS[tens as usize].into(),
            (8, 1) => format!("quatre-vingt-{one}"),
            (tens, 1) => format!("{} et {one}", TENS[tens as usize]),
            (6, 11) => "soixante et onze".into(),
            (tens, ones) => format!("{}-{}", TENS[tens as usize], SMALL[ones as usize]),
        }
    }

    /// A number below a thousand; `last` where nothing follows that would take the plural mark.
    fn below_thousand(&self, n: u64, form: Form, last: bool) -> String {
        let mark = if last { "s" } else { "" };
        let words = match (n / 100, n % 100) {
            (0, rest) => self.below_hundred(rest, form),
            (1, 0) => "cent".into(),
            (1, rest) => format!("cent {}", self.below_hundred(rest, form)),
            (hundreds, 0) => return format!("{} cent{mark}", SMALL[hundreds as usize]),
            (hundreds, rest) => format!(
                "{} cent {}",
                SMALL[hundreds as usize],
                self.below_hundred(rest, form)
            ),
        };
        match words.strip_suffix("vingts") {
            Some(stem) if !last => format!("{stem}vingt"),
            _ => words,
        }
    }

    fn number(&self, n: u64, form: Form) -> String {
        let mut parts = Vec::new();
        let mut rest = n;
        for (value, name) in [
            (1_000_000_000_000_000, "billiard"),
            (1_000_000_000_000, "billion"),
            (1_000_000_000, "milliard"),
            (1_000_000, "million"),
        ] {
            let count = rest / value;
            rest %= value;
            if count > 0 {
                let plural = if count > 1 { "s" } else { "" };
                parts.push(format!(
                    "{} {name}{plural}",
                    self.below_thousand(count, Form::PLAIN, true)
                ));
            }
        }
        match rest / 1000 {
            0 => {}
            1 => parts.push("mille".into()),
            count => parts.push(format!(
                "{} mille",
                self.below_thousand(count, Form::PLAIN, false)
            )),
        }
        if !rest.is_multiple_of(1000) || parts.is_empty() {
            parts.push(self.below_thousand(rest % 1000, form, true));
        }
        parts.join(" ")
    }

    fn gender_of(noun: &str) -> Gender {
        const NOUNS: &str = " heure minute seconde semaine année fois personne journée tonne minute cuillère assiette boîte dose douzaine centaine voiture question page livre femme fille \
            maison ville rue place chambre étoile tasse bouteille part partie ligne lettre langue demande vue entrée sortie saison école ";
        const ENDINGS: [&str; 9] = [
            "tion", "sion", "té", "ette", "ure", "ance", "ence", "euse", "elle",
        ];
        let noun = noun
            .strip_suffix('s')
            .filter(|_| noun != "fois")
            .unwrap_or(noun);
        let known = NOUNS.split_ascii_whitespace().any(|known| known == noun);
        if known || ENDINGS.iter().any(|ending| noun.ends_with(ending)) {
            Gender::Feminine
        } else {
            Gender::Masculine
        }
    }
}

impl Grammar for French {
    fn cardinal(&self, n: u64, form: Form) -> String {
        self.number(n, form)
    }

    fn ordinal(&self, n: u64, form: Form) -> String {
        match (n, form.gender) {
            (1, Gender::Feminine) => return "première".into(),
            (1, _) => return "premier".into(),
            (2, _) if form.attributive => {
                return if form.gender == Gender::Feminine {
                    "seconde"
                } else {
                    "second"
                }
                .into();
            }
            _ => {}
        }
        let words = self.number(n, Form::PLAIN);
        let stem = match words.as_str() {
            words if words.ends_with("cinq") => format!("{words}u"),
            words if words.ends_with("neuf") => format!("{}v", &words[..words.len() - 1]),
            words if words.ends_with("vingts") || words.ends_with("cents") => {
                words[..words.len() - 1].into()
            }
            words => words.strip_suffix('e').unwrap_or(words).into(),
        };
        format!("{stem}ième")
    }

    fn digit(&self, digit: u8) -> &'static str {
        SMALL[usize::from(digit)]
    }

    fn bare(&self, n: u64, after: &str) -> String {
        let next = super::word_after(after);
        let gender = if after.starts_with([' ', '\u{a0}', '\u{202f}']) {
            Self::gender_of(next)
        } else {
            Gender::Masculine
        };
        self.number(n, Form::of(gender, Case::Nominative))
    }

    fn plural(&self, number: &Number) -> Plural {
        if number.value().is_some_and(|n| n < 2) {
            Plural::One
        } else {
            Plural::Many
        }
    }

    fn decimals(&self, digits: &str, locale: &Locale) -> String {
        super::decimals_as_number(self, digits, locale)
    }

    fn of(&self, noun: &str) -> String {
        let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u', 'é', 'h']);
        if vowel {
            format!("d'{noun}")
        } else {
            format!("de {noun}")
        }
    }

    fn attached(&self, number: &Number, letters: &str, _before: &str) -> Option<String> {
        let n = number.whole()?;
        (letters == "x").then(|| format!("{} fois", self.number(n, FEMININE)))
    }

    fn fraction(&self, numerator: u64, denominator: u64, _locale: &Locale) -> String {
        let name = match denominator {
            2 => "demi".into(),
            3 => return format!("{} tiers", self.number(numerator, Form::PLAIN)),
            4 => "quart".into(),
            n => self.ordinal(n, Form::PLAIN),
        };
        let plural = if numerator == 1 { "" } else { "s" };
        format!("{} {name}{plural}", self.number(numerator, Form::PLAIN))
    }

    fn mixed(&self, whole: u64, fraction: &str, _locale: &Locale) -> String {
        let fraction = if fraction == "un demi" {
            "demi"
        } else {
            fraction
        };
        format!("{} et {fraction}", self.number(whole, Form::PLAIN))
    }

    fn noun_gender(&self, word: &str) -> Option<Gender> {
        const NO_NOUNS: [&str; 16] = [
            "et", "ou", "de", "du", "des", "par", "pour", "sur", "dans", "avec", "plus", "moins",
            "est", "sont", "en", "que",
        ];
        let noun = word.chars().count() > 1
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
        let feminine = noun.gender == Gender::Feminine;
        let fraction = self.fraction(part.0, part.1, locale);
        Some(match (whole, part) {
            (Some(n), _) => {
                let part = match part {
                    (1, 2) if feminine => "demie",
                    (1, 2) => "demi",
                    (1, 4) => "quart",
                    _ => fraction.as_str(),
                };
                format!(
                    "{} {} et {part}",
                    self.number(n, Form::of(noun.gender, Case::Nominative)),
                    noun.noun
                )
            }
            (None, (1, 2)) if feminine => format!("une demi-{}", noun.one),
            (None, (1, 2)) => format!("un demi-{}", noun.one),
            (None, _) => format!("{fraction} {}", self.of(noun.one)),
        })
    }

    fn date(&self, date: &Date, _before: &str, locale: &Locale) -> String {
        let month = locale.months[date.month - 1][0];
        let mut words = match date.day {
            Some(day) => format!("{} {month}", self.day(day, "")),
            None => month.into(),
        };
        if let Some(year) = date.year {
            words = format!("{words} {}", self.number(year, Form::PLAIN));
        }
        words
    }

    fn day(&self, day: u64, _before: &str) -> String {
        if day == 1 {
            "premier".into()
        } else {
            self.number(day, Form::PLAIN)
        }
    }

    fn clock(&self, clock: &Clock, _locale: &Locale) -> String {
        let noun = if clock.hour < 2 { "heure" } else { "heures" };
        let mut words = format!("{} {noun}", self.number(clock.hour, FEMININE));
        if clock.minute > 0 {
            words = format!("{words} {}", self.number(clock.minute, FEMININE));
        }
        if let Some(second) = clock.second.filter(|second| *second > 0) {
            let noun = if second == 1 { "seconde" } else { "secondes" };
            words = format!("{words} et {} {noun}", self.number(second, FEMININE));
        }
        words
    }

    fn regnal(&self, name: &str, n: u64) -> String {
        let gender = if super::is_female(name) {
            Gender::Feminine
        } else {
            Gender::Masculine
        };
        if n == 1 {
            self.ordinal(1, Form::of(gender, Case::Nominative))
        } else {
            self.number(n, Form::PLAIN)
        }
    }
}

/// The tables for a region.
pub(super) fn locale(region: Option<&str>) -> &'static Locale {
    match region {
        Some("CH") => &SWISS,
        Some("BE") => &BELGIAN,
        Some("CA") => &CANADIAN,
        _ => &STANDARD,
    }
}

static BELGIAN: Locale = Locale {
    grammar: &French { decimal_tens: true },
    ..STANDARD
};
static SWISS: Locale = Locale {
    grammar: &French { decimal_tens: true },
    currency_signs: &[("Fr.", "CHF"), ("fr.", "CHF")],
    ..STANDARD
};
static CANADIAN: Locale = Locale {
    currency_signs: &[("$", "USD")],
    ..STANDARD
};

const STANDARD: Locale = Locale {
    grammar: &French {
        decimal_tens: false,
    },
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
        ("$ US", "USD"),
        ("$US", "USD"),
        ("$ CA", "CAD"),
        ("$CA", "CAD"),
    ],
    prefixes: PREFIXES,
    bases: BASES,
    units: UNITS,
    per: &[
        ("h", "par heure"),
        ("s", "par seconde"),
        ("min", "par minute"),
    ],
    per_first: false,
    ordinals: &[
        ("er", Form::PLAIN),
        ("re", FEMININE),
        ("ère", FEMININE),
        ("es", Form::PLAIN),
        ("èmes", Form::PLAIN),
        ("ers", Form::PLAIN),
        ("nd", Form::before(Gender::Masculine)),
        ("nde", Form::before(Gender::Feminine)),
        ("ème", Form::PLAIN),
        ("eme", Form::PLAIN),
        ("ᵉ", Form::PLAIN),
        ("e", Form::PLAIN),
    ],
    clock_words: &["heures", "heure"],
    clock_prepositions: &[],
    year_words: &[],
    day_halves: &[],
    hour_letter: Some('h'),
    abbreviations: ABBREVIATIONS,
    abbreviated_endings: &[],
    idioms: &[
        ("24/7", "vingt-quatre sept"),
        ("50/50", "cinquante cinquante"),
        ("24h/24", "vingt-quatre heures sur vingt-quatre"),
        ("7j/7", "sept jours sur sept"),
        ("7/7", "sept sur sept"),
        ("24/24", "vingt-quatre sur vingt-quatre"),
    ],
    sections: &[
        "chapitre", "partie", "volume", "tome", "livre", "acte", "scène", "guerre", "mondiale",
        "phase", "type", "classe", "section", "article", "annexe", "figure", "tableau", "titre",
        "niveau",
    ],
    titles: &[
        "Roi", "Reine", "roi", "reine", "Pape", "pape", "Empereur", "empereur", "Tsar", "tsar",
        "Sultan", "sultan", "Prince", "prince", "Duc",
    ],
    centuries: &["siècle", "siècles"],
    codes: &CODES,
    date_of: "",
};

const CODES: Codes = Codes {
    words: &["PIN"],
    groups: &["0 ### ### ###"],
    ..NO_CODES
};

const WORDS: Words = Words {
    minus: "moins",
    plus: "plus",
    plus_minus: "plus ou moins",
    point: "virgule",
    version_point: "point",
    version: "version",
    to: "à",
    ratio: "à",
    and: "et",
    equals: "égale",
    times: "fois",
    by: "sur",
    divided: "divisé par",
    less: "inférieur à",
    greater: "supérieur à",
    at_most: "inférieur ou égal à",
    at_least: "supérieur ou égal à",
    unequal: "différent de",
    about: "environ",
    number: "numéro",
    hashtag: "hashtag",
    sharp: "sharp",
    section: "paragraphe",
    power: "puissance",
    squared: "au carré",
    cubed: "au cube",
    per: "par",
    at: "arobase",
    dot: "point",
    slash: "barre oblique",
    backslash: "barre oblique inversée",
    dash: "tiret",
    underscore: "tiret bas",
    colon: "deux-points",
    question: "point d'interrogation",
    hash: "dièse",
    tilde: "tilde",
    percent: "pour cent",
};

const MONTHS: [&[&str]; 12] = [
    &["janvier", "janv", "jan"],
    &["février", "févr", "fév"],
    &["mars"],
    &["avril", "avr"],
    &["mai"],
    &["juin"],
    &["juillet", "juill", "juil"],
    &["août"],
    &["septembre", "sept"],
    &["octobre", "oct"],
    &["novembre", "nov"],
    &["décembre", "déc"],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["lundi", "lun"],
    &["mardi", "mar"],
    &["mercredi", "mer"],
    &["jeudi", "jeu"],
    &["vendredi", "ven"],
    &["samedi", "sam"],
    &["dimanche", "dim"],
];

const MAGNITUDES: &[Magnitude] = &[
    magnitude("mille", same("mille")),
    magnitude("k", same("mille")).with_money(),
    magnitude("million", m("million", "millions")).with_of(),
    magnitude("millions", m("million", "millions")).with_of(),
    magnitude("M", m("million", "millions"))
        .with_of()
        .with_money(),
    magnitude("milliard", m("milliard", "milliards")).with_of(),
    magnitude("milliards", m("milliard", "milliards")).with_of(),
    magnitude("Md", m("milliard", "milliards")).with_of(),
    magnitude("Mds", m("milliard", "milliards")).with_of(),
    magnitude("Mrd", m("milliard", "milliards")).with_of(),
    magnitude("billion", m("billion", "billions")).with_of(),
    magnitude("billions", m("billion", "billions")).with_of(),
];

const CENTIME: Noun = m("centime", "centimes");
const CENT: Noun = m("cent", "cents");

const CURRENCIES: &[Currency] = &[
    currency("EUR", m("euro", "euros"), CENTIME),
    currency("USD", m("dollar", "dollars"), CENT),
    currency("GBP", f("livre", "livres"), m("penny", "pence")),
    currency("JPY", m("yen", "yens"), same("")),
    currency("CNY", m("yuan", "yuans"), same("")),
    currency("KRW", m("won", "wons"), same("")),
    currency("RUB", m("rouble", "roubles"), m("kopeck", "kopecks")),
    currency("INR", f("roupie", "roupies"), m("paisa", "paisas")),
    currency("BRL", m("réal", "réaux"), m("centavo", "centavos")),
    currency("CHF", m("franc suisse", "francs suisses"), CENTIME),
    currency("CAD", m("dollar canadien", "dollars canadiens"), CENT),
    currency("AUD", m("dollar australien", "dollars australiens"), CENT),
    currency("MXN", m("peso", "pesos"), m("centavo", "centavos")),
    currency("SEK", f("couronne", "couronnes"), same("")),
    currency("NOK", f("couronne", "couronnes"), same("")),
    currency("DKK", f("couronne", "couronnes"), same("")),
    currency("CZK", f("couronne", "couronnes"), same("")),
    currency("PLN", m("zloty", "zlotys"), same("")),
    currency("TRY", f("livre turque", "livres turques"), same("")),
    currency("UAH", f("hryvnia", "hryvnias"), same("")),
];

const PREFIXES: &[(&str, &str)] = &[
    ("n", "nano"),
    ("µ", "micro"),
    ("μ", "micro"),
    ("m", "milli"),
    ("c", "centi"),
    ("d", "déci"),
    ("h", "hecto"),
    ("k", "kilo"),
    ("K", "kilo"),
    ("M", "méga"),
    ("G", "giga"),
    ("T", "téra"),
    ("P", "péta"),
    ("Ki", "kibi"),
    ("Mi", "mébi"),
    ("Gi", "gibi"),
    ("Ti", "tébi"),
];

const BASES: &[(&str, Noun)] = &[
    ("g", m("gramme", "grammes")),
    ("m", m("mètre", "mètres")),
    ("l", m("litre", "litres")),
    ("W", m("watt", "watts")),
    ("Wh", m("wattheure", "wattheures")),
    ("Hz", m("hertz", "hertz")),
    ("B", m("byte", "bytes")),
    ("bit", m("bit", "bits")),
    ("V", m("volt", "volts")),
    ("A", m("ampère", "ampères")),
    ("Ah", m("ampère-heure", "ampères-heures")),
    ("Pa", m("pascal", "pascals")),
    ("J", m("joule", "joules")),
    ("cal", f("calorie", "calories")),
    ("eV", m("électronvolt", "électronvolts")),
    ("Ω", m("ohm", "ohms")),
];

const UNITS: &[(&str, Noun)] = &[
    ("%", same("pour cent")),
    ("‰", same("pour mille")),
    ("°C", m("degré Celsius", "degrés Celsius")),
    ("°F", m("degré Fahrenheit", "degrés Fahrenheit")),
    ("℃", m("degré Celsius", "degrés Celsius")),
    ("°", m("degré", "degrés")),
    ("K", m("kelvin", "kelvins")),
    ("m²", m("mètre carré", "mètres carrés")),
    ("km²", m("kilomètre carré", "kilomètres carrés")),
    ("cm²", m("centimètre carré", "centimètres carrés")),
    ("m³", m("mètre cube", "mètres cubes")),
    ("cm³", m("centimètre cube", "centimètres cubes")),
    ("ha", m("hectare", "hectares")),
    ("t", f("tonne", "tonnes")),
    ("lb", f("livre", "livres")),
    ("mi", m("mille", "milles")),
    ("mph", m("mille par heure", "milles par heure")),
    ("Ko", m("kilooctet", "kilooctets")),
    ("ko", m("kilooctet", "kilooctets")),
    ("Mo", m("mégaoctet", "mégaoctets")),
    ("Go", m("gigaoctet", "gigaoctets")),
    ("To", m("téraoctet", "téraoctets")),
    ("Mbps", m("mégabit par seconde", "mégabits par seconde")),
    ("Gbps", m("gigabit par seconde", "gigabits par seconde")),
    ("s", f("seconde", "secondes")),
    ("sec", f("seconde", "secondes")),
    ("ms", f("milliseconde", "millisecondes")),
    ("µs", f("microseconde", "microsecondes")),
    ("ns", f("nanoseconde", "nanosecondes")),
    ("min", f("minute", "minutes")),
    ("mn", f("minute", "minutes")),
    ("h", f("heure", "heures")),
    ("j", m("jour", "jours")),
    ("ct", m("centime", "centimes")),
    ("cts", m("centime", "centimes")),
    ("dB", m("décibel", "décibels")),
    ("N", m("newton", "newtons")),
    ("bar", m("bar", "bars")),
    ("ch", m("cheval", "chevaux")),
    ("ppm", f("partie par million", "parties par million")),
    ("px", m("pixel", "pixels")),
    ("fps", f("image par seconde", "images par seconde")),
];

const ABBREVIATIONS: &[Abbreviation] = &[
    always("M. et Mme", "Monsieur et Madame"),
    title("M.", "Monsieur"),
    title("MM.", "Messieurs"),
    title("Mme", "Madame"),
    title("Mme.", "Madame"),
    title("Mmes", "Mesdames"),
    title("Mlle", "Mademoiselle"),
    title("Mlle.", "Mademoiselle"),
    title("Mgr", "Monseigneur"),
    title("Dr", "docteur"),
    title("Dr.", "docteur"),
    title("Pr", "professeur"),
    title("Pr.", "professeur"),
    title("Me", "Maître"),
    title("St", "Saint"),
    title("Ste", "Sainte"),
    title("St-", "Saint-"),
    title("Ste-", "Sainte-"),
    title("St.", "Saint"),
    title("Ste.", "Sainte"),
    title("Gal", "général"),
    always("p.ex.", "par exemple"),
    always("par ex.", "par exemple"),
    always("c.-à-d.", "c'est-à-dire"),
    always("c.à.d.", "c'est-à-dire"),
    always("c-à-d", "c'est-à-dire"),
    always("i.e.", "c'est-à-dire"),
    always("e.g.", "par exemple"),
    ending("etc.", "et cetera"),
    ending("etc", "et cetera"),
    always("vs.", "versus"),
    always("vs", "versus"),
    always("env.", "environ"),
    always("cf.", "confer"),
    ending("av. J.-C.", "avant Jésus-Christ"),
    ending("ap. J.-C.", "après Jésus-Christ"),
    ending("apr. J.-C.", "après Jésus-Christ"),
    always("bd", "boulevard"),
    always("bd.", "boulevard"),
    title("av.", "avenue"),
    ending("max.", "maximum"),
    ending("min.", "minimum"),
    ending("J.-C.", "Jésus-Christ"),
    always("bld", "boulevard"),
    always("bld.", "boulevard"),
    always("s.v.p.", "s'il vous plaît"),
    always("svp", "s'il vous plaît"),
    always("tél.", "téléphone"),
    numbered("n°", "numéro"),
    numbered("nº", "numéro"),
    numbered("n°s", "numéros"),
    numbered("no", "numéro"),
    numbered("p.", "page"),
    numbered("pp.", "pages"),
    numbered("vol.", "volume"),
    numbered("chap.", "chapitre"),
    numbered("art.", "article"),
    numbered("al.", "alinéa"),
    numbered("fig.", "figure"),
    numbered("éd.", "édition"),
];
