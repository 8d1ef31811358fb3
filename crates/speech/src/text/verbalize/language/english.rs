//! English.

use crate::text::verbalize::grammar::{Clock, Date, Form, Grammar};
use crate::text::verbalize::locale::{
    Abbreviation, Codes, Currency, DateOrder, Locale, Magnitude, NO_CODES, Noun, When, Words,
    always, currency, ending, m, magnitude, numbered, same, title,
};
use crate::text::verbalize::number::Number;

struct English {
    /// Whether `and` stands before tens and ones, and days before months: British.
    british: bool,
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

const SCALES: [(u64, &str); 5] = [
    (1_000_000_000_000_000, "quadrillion"),
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
];

impl English {
    fn below_hundred(n: u64) -> String {
        match n {
            0..20 => SMALL[n as usize].into(),
            _ if n.is_multiple_of(10) => TENS[n as usize / 10].into(),
            _ => format!("{}-{}", TENS[n as usize / 10], SMALL[n as usize % 10]),
        }
    }

    fn below_thousand(&self, n: u64) -> String {
        match (n / 100, n % 100) {
            (0, rest) => Self::below_hundred(rest),
            (hundreds, 0) => format!("{} hundred", SMALL[hundreds as usize]),
            (hundreds, rest) => {
                let and = if self.british { " and" } else { "" };
                format!(
                    "{} hundred{and} {}",
                    SMALL[hundreds as usize],
                    Self::below_hundred(rest)
                )
            }
        }
    }

    fn number(&self, mut n: u64) -> String {
        let mut parts = Vec::new();
        for (value, name) in SCALES {
            if n >= value {
                parts.push(format!("{} {name}", self.below_thousand(n / value)));
                n %= value;
            }
        }
        if n > 0 || parts.is_empty() {
            if self.british && n < 100 && !parts.is_empty() {
                parts.push("and".into());
            }
            parts.push(self.below_thousand(n));
        }
        parts.join(" ")
    }

    fn plural_of(word: &str) -> String {
        match word.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None if word.ends_with('x') => format!("{word}es"),
            None => format!("{word}s"),
        }
    }
}

/// The ordinal of a number in words.
fn to_ordinal(words: &str) -> String {
    let at = words.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (head, last) = words.split_at(at);
    let last = match last {
        "one" => "first".into(),
        "two" => "second".into(),
        "three" => "third".into(),
        "five" => "fifth".into(),
        "eight" => "eighth".into(),
        "nine" => "ninth".into(),
        "twelve" => "twelfth".into(),
        _ => match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{last}th"),
        },
    };
    format!("{head}{last}")
}

fn with_capitals(words: &str) -> String {
    let mut out = String::new();
    let mut start = true;
    for c in words.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        start = c == ' ' || c == '-';
    }
    out
}

impl Grammar for English {
    fn cardinal(&self, n: u64, _form: Form) -> String {
        self.number(n)
    }

    fn ordinal(&self, n: u64, _form: Form) -> String {
        to_ordinal(&self.number(n))
    }

    fn digit(&self, digit: u8) -> &'static str {
        SMALL[usize::from(digit)]
    }

    fn is_year(&self, n: u64, after: &str) -> bool {
        const COUNTED: [&str; 12] = [
            "people", "men", "women", "children", "or", "more", "times", "percent", "feet",
            "million", "billion", "thousand",
        ];
        const NOT_COUNTED: [&str; 10] = [
            "was", "is", "as", "has", "this", "its", "us", "thus", "does", "saw",
        ];
        let next = super::word_after(after);
        let plural = next.len() > 3
            && next.ends_with('s')
            && !next.ends_with("ss")
            && next.starts_with(char::is_lowercase);
        (1010..2100).contains(&n)
            && !(COUNTED.contains(&next) || plural && !NOT_COUNTED.contains(&next))
    }

    fn year(&self, n: u64) -> String {
        let (high, low) = (n / 100, n % 100);
        match low {
            _ if !(1000..3000).contains(&n) || (2000..2010).contains(&n) => self.number(n),
            0 if high.is_multiple_of(10) => self.number(n),
            0 => format!("{} hundred", Self::below_hundred(high)),
            1..10 => format!("{} oh {}", Self::below_hundred(high), SMALL[low as usize]),
            _ => format!("{} {}", Self::below_hundred(high), Self::below_hundred(low)),
        }
    }

    fn attached(&self, number: &Number, letters: &str, before: &str) -> Option<String> {
        let n = number.whole()?;
        match letters.trim_start_matches(['\'', '’']) {
            "x" if letters.len() > 1 => None,
            "s" if number.like_a_year().is_some() && n.is_multiple_of(10) => {
                Some(Self::plural_of(&self.year(n)))
            }
            "s" if letters.len() == 1 && matches!(n, 100 | 1000) => Some(format!(
                "{}s",
                if n == 100 { "hundred" } else { "thousand" }
            )),
            "s" if (20..100).contains(&n) && n.is_multiple_of(10) => {
                let word = super::last_word_of(before);
                let decade = before.ends_with(['\'', '’', '-', '–', '—'])
                    || matches!(
                        word,
                        "the"
                            | "his"
                            | "her"
                            | "their"
                            | "my"
                            | "your"
                            | "our"
                            | "early"
                            | "late"
                            | "mid"
                            | "in"
                            | "of"
                            | "to"
                    );
                decade.then(|| Self::plural_of(TENS[n as usize / 10]))
            }
            "x" => Some(format!("{} times", self.number(n))),
            _ => None,
        }
    }

    fn is_attributive(&self, before: &str, after: &str) -> bool {
        const ARTICLES: [&str; 9] = [
            "a", "an", "A", "An", "another", "this", "that", "every", "each",
        ];
        const NO_NOUNS: [&str; 49] = [
            "a", "an", "the", "and", "or", "to", "for", "in", "on", "at", "per", "of", "from",
            "with", "more", "less", "each", "as", "is", "was", "are", "were", "when", "if", "by",
            "over", "into", "than", "but", "off", "after", "before", "last", "this", "today",
            "extra", "now", "plus", "away", "ago", "later", "because", "while", "that", "which",
            "until", "so", "apart", "every",
        ];
        let next = super::word_after(after);
        ARTICLES.contains(&before)
            && next.starts_with(char::is_lowercase)
            && after.starts_with(' ')
            && !NO_NOUNS.contains(&next)
    }

    fn fraction(&self, numerator: u64, denominator: u64, _locale: &Locale) -> String {
        let name = match denominator {
            2 => "half".into(),
            4 => "quarter".into(),
            n => to_ordinal(&self.number(n)),
        };
        match (numerator, denominator) {
            (1, 2) => "one half".into(),
            (1, _) => format!("one {name}"),
            (n, 2) => format!("{} halves", self.number(n)),
            (n, _) => format!("{} {name}s", self.number(n)),
        }
    }

    fn mixed(&self, whole: u64, fraction: &str, _locale: &Locale) -> String {
        let fraction = match fraction.strip_prefix("one ") {
            Some(part) if part.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {part}"),
            Some(part) => format!("a {part}"),
            None => fraction.into(),
        };
        format!("{} and {fraction}", self.number(whole))
    }

    fn date(&self, date: &Date, before: &str, locale: &Locale) -> String {
        let month = locale.months[date.month - 1][0];
        let mut words = match date.day {
            None => month.to_owned(),
            Some(day) if self.british => {
                let article = if before.eq_ignore_ascii_case("the") {
                    ""
                } else {
                    "the "
                };
                format!("{article}{} of {month}", to_ordinal(&self.number(day)))
            }
            // `the 4th of July`.
            Some(day) if before.eq_ignore_ascii_case("the") => {
                format!("{} of {month}", to_ordinal(&self.number(day)))
            }
            Some(day) => format!("{month} {}", to_ordinal(&self.number(day))),
        };
        if let Some(year) = date.year {
            let comma = if self.british || date.day.is_none() {
                ""
            } else {
                ","
            };
            words = format!("{words}{comma} {}", self.year(year));
        }
        words
    }

    fn day_range(&self, low: u64, date: &Date, before: &str, locale: &Locale) -> String {
        if self.british {
            return self.range(
                &self.day(low, before),
                &self.date(date, before, locale),
                locale,
            );
        }
        let month = locale.months[date.month - 1][0];
        let high = self.date(date, before, locale);
        let high = high.strip_prefix(month).unwrap_or(&high).trim_start();
        format!("{month} {} to {high}", self.day(low, before))
    }

    fn day(&self, day: u64, _before: &str) -> String {
        to_ordinal(&self.number(day))
    }

    fn clock(&self, clock: &Clock, _locale: &Locale) -> String {
        let hour = self.number(clock.hour);
        let mut words = match clock.minute {
            0 if clock.marked || clock.second.is_some_and(|second| second > 0) => hour,
            0 if (1..=12).contains(&clock.hour) => format!("{hour} o'clock"),
            0 => format!("{hour} hundred"),
            minute @ 1..10 => format!("{hour} oh {}", SMALL[minute as usize]),
            minute => format!("{hour} {}", self.number(minute)),
        };
        if let Some(second) = clock.second.filter(|second| *second > 0) {
            words = format!(
                "{words} and {} {}",
                self.number(second),
                if second == 1 { "second" } else { "seconds" }
            );
        }
        words
    }

    fn regnal(&self, _name: &str, n: u64) -> String {
        format!("the {}", with_capitals(&to_ordinal(&self.number(n))))
    }

    fn house_number(&self, digits: &str, locale: &Locale) -> Option<String> {
        let n: u64 = digits.parse().ok()?;
        let (high, low) = (n / 100, n % 100);
        if digits.len() != 4 || digits.starts_with('0') {
            return Some(self.digits(digits, locale));
        }
        let high_words = Self::below_hundred(high);
        Some(match low {
            0 if high.is_multiple_of(10) => self.number(n),
            0 => format!("{high_words} hundred"),
            1..10 => format!("{high_words} oh {}", SMALL[low as usize]),
            _ => format!("{high_words} {}", Self::below_hundred(low)),
        })
    }

    fn power(&self, base: &str, exponent: &str, _locale: &Locale) -> String {
        match exponent {
            "two" => format!("{base} squared"),
            "three" => format!("{base} cubed"),
            _ => format!("{base} to the power of {exponent}"),
        }
    }
}

/// The tables for a region: the United States' unless another is named.
pub(super) fn locale(region: Option<&str>) -> &'static Locale {
    match region {
        Some("GB" | "AU" | "NZ" | "IE" | "IN" | "ZA" | "SG" | "HK" | "MT" | "KE" | "NG") => {
            &BRITISH
        }
        Some("CA") => &CANADIAN,
        _ => &AMERICAN,
    }
}

static BRITISH: Locale = Locale {
    grammar: &English { british: true },
    order: DateOrder::DayFirst,
    ..AMERICAN
};

static CANADIAN: Locale = Locale {
    order: DateOrder::DayFirst,
    ..AMERICAN
};

const AMERICAN: Locale = Locale {
    grammar: &English { british: false },
    decimal: '.',
    space_groups: false,
    order: DateOrder::MonthFirst,
    joiner: " ",
    words: &WORDS,
    months: &MONTHS,
    weekdays: &WEEKDAYS,
    magnitudes: MAGNITUDES,
    currencies: CURRENCIES,
    currency_signs: &[("Rs.", "INR"), ("Rs", "INR"), ("S$", "SGD")],
    prefixes: PREFIXES,
    bases: BASES,
    units: UNITS,
    per: PER,
    per_first: false,
    ordinals: &[
        ("st", Form::PLAIN),
        ("nd", Form::PLAIN),
        ("rd", Form::PLAIN),
        ("th", Form::PLAIN),
        ("ST", Form::PLAIN),
        ("ND", Form::PLAIN),
        ("RD", Form::PLAIN),
        ("TH", Form::PLAIN),
    ],
    clock_words: &["o'clock", "hrs"],
    clock_prepositions: &[],
    year_words: &[],
    day_halves: &[
        ("a.m.", "a.m."),
        ("p.m.", "p.m."),
        ("a. m.", "a.m."),
        ("p. m.", "p.m."),
        ("am", "a.m."),
        ("pm", "p.m."),
    ],
    hour_letter: None,
    abbreviations: ABBREVIATIONS,
    abbreviated_endings: &[],
    idioms: &[
        ("24/7", "twenty-four seven"),
        ("9/11", "nine eleven"),
        ("7/7", "seven seven"),
        ("50/50", "fifty-fifty"),
        ("50-50", "fifty-fifty"),
        ("20/20", "twenty twenty"),
        ("10/10", "ten out of ten"),
        ("5/5", "five out of five"),
    ],
    sections: &[
        "chapter", "part", "volume", "vol", "book", "act", "scene", "war", "phase", "type",
        "class", "section", "article", "appendix", "figure", "table", "title", "level", "stage",
        "grade", "bowl", "unit", "lesson", "canto", "verse", "mark", "episode", "season", "round",
        "game", "tier", "category", "number", "page", "schedule", "annex",
    ],
    titles: &[
        "King",
        "Queen",
        "Pope",
        "Emperor",
        "Empress",
        "Tsar",
        "Czar",
        "Kaiser",
        "Sultan",
        "Prince",
        "Princess",
        "Duke",
        "Saint",
        "Pharaoh",
        "Shah",
        "Archduke",
        "Patriarch",
    ],
    centuries: &["century", "centuries"],
    codes: &CODES,
    date_of: "of",
};

const CODES: Codes = Codes {
    words: &[
        "ZIP", "zip", "code", "Code", "postcode", "Postcode", "PIN", "ID", "passcode",
    ],
    states: " AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY ",
    streets: " Street St Avenue Ave Boulevard Blvd Road Rd Drive Dr Lane Ln Way Court Ct Place Pl Highway Hwy Parkway Pkwy Terrace Circle Square ",
    ..NO_CODES
};

const WORDS: Words = Words {
    minus: "minus",
    plus: "plus",
    plus_minus: "plus or minus",
    point: "point",
    version_point: "point",
    version: "version",
    to: "to",
    ratio: "to",
    and: "and",
    equals: "equals",
    times: "times",
    by: "by",
    divided: "divided by",
    less: "is less than",
    greater: "is greater than",
    at_most: "is at most",
    at_least: "is at least",
    unequal: "is not equal to",
    about: "about",
    number: "number",
    hashtag: "hashtag",
    sharp: "sharp",
    section: "section",
    power: "to the power of",
    squared: "squared",
    cubed: "cubed",
    per: "per",
    at: "at",
    dot: "dot",
    slash: "slash",
    backslash: "backslash",
    dash: "dash",
    underscore: "underscore",
    colon: "colon",
    question: "question mark",
    hash: "hash",
    tilde: "tilde",
    percent: "percent",
};

const MONTHS: [&[&str]; 12] = [
    &["January", "Jan"],
    &["February", "Feb"],
    &["March", "Mar"],
    &["April", "Apr"],
    &["May"],
    &["June", "Jun"],
    &["July", "Jul"],
    &["August", "Aug"],
    &["September", "Sept", "Sep"],
    &["October", "Oct"],
    &["November", "Nov"],
    &["December", "Dec"],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["Monday", "Mon"],
    &["Tuesday", "Tue", "Tues"],
    &["Wednesday", "Wed"],
    &["Thursday", "Thu", "Thur", "Thurs"],
    &["Friday", "Fri"],
    &["Saturday", "Sat"],
    &["Sunday", "Sun"],
];

const MAGNITUDES: &[Magnitude] = &[
    magnitude("hundred", same("hundred")),
    magnitude("thousand", same("thousand")),
    magnitude("million", same("million")),
    magnitude("billion", same("billion")),
    magnitude("trillion", same("trillion")),
    magnitude("quadrillion", same("quadrillion")),
    magnitude("Million", same("million")),
    magnitude("Billion", same("billion")),
    magnitude("bn", same("billion")),
    magnitude("mn", same("million")),
    magnitude("mln", same("million")),
    magnitude("tn", same("trillion")),
    magnitude("trn", same("trillion")),
    magnitude("k", same("thousand")),
    magnitude("K", same("thousand")).with_money(),
    magnitude("m", same("million")).with_money(),
    magnitude("M", same("million")).with_money(),
    magnitude("MM", same("million")).with_money(),
    magnitude("b", same("billion")).with_money(),
    magnitude("B", same("billion")).with_money(),
    magnitude("Bn", same("billion")),
    magnitude("t", same("trillion")).with_money(),
    magnitude("T", same("trillion")).with_money(),
];

const CENT: Noun = m("cent", "cents");
const NONE: Noun = same("");

const CURRENCIES: &[Currency] = &[
    currency("EUR", m("euro", "euros"), CENT),
    currency("USD", m("dollar", "dollars"), CENT),
    currency("GBP", m("pound", "pounds"), m("penny", "pence")),
    currency("JPY", same("yen"), NONE),
    currency("CNY", same("yuan"), NONE),
    currency("KRW", same("won"), NONE),
    currency("RUB", m("ruble", "rubles"), m("kopeck", "kopecks")),
    currency("INR", m("rupee", "rupees"), same("paise")),
    currency("BRL", m("real", "reais"), m("centavo", "centavos")),
    currency(
        "CHF",
        m("Swiss franc", "Swiss francs"),
        m("centime", "centimes"),
    ),
    currency("CAD", m("Canadian dollar", "Canadian dollars"), CENT),
    currency("AUD", m("Australian dollar", "Australian dollars"), CENT),
    currency("NZD", m("New Zealand dollar", "New Zealand dollars"), CENT),
    currency("HKD", m("Hong Kong dollar", "Hong Kong dollars"), CENT),
    currency("SGD", m("Singapore dollar", "Singapore dollars"), CENT),
    currency("MXN", m("peso", "pesos"), m("centavo", "centavos")),
    currency("SEK", m("krona", "kronor"), same("öre")),
    currency("NOK", m("krone", "kroner"), same("øre")),
    currency("DKK", m("krone", "kroner"), same("øre")),
    currency("PLN", m("zloty", "zlotys"), same("groszy")),
    currency("TRY", m("lira", "liras"), same("kuruş")),
    currency("UAH", same("hryvnia"), NONE),
];

const PREFIXES: &[(&str, &str)] = &[
    ("n", "nano"),
    ("µ", "micro"),
    ("μ", "micro"),
    ("m", "milli"),
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
    ("g", m("gram", "grams")),
    ("m", m("meter", "meters")),
    ("l", m("liter", "liters")),
    ("W", m("watt", "watts")),
    ("Wh", m("watt hour", "watt hours")),
    ("Hz", same("hertz")),
    ("B", m("byte", "bytes")),
    ("bit", m("bit", "bits")),
    ("V", m("volt", "volts")),
    ("A", m("amp", "amps")),
    ("Ah", m("amp hour", "amp hours")),
    ("Pa", m("pascal", "pascals")),
    ("J", m("joule", "joules")),
    ("cal", m("calorie", "calories")),
    ("eV", m("electron volt", "electron volts")),
    ("Ω", m("ohm", "ohms")),
];

const UNITS: &[(&str, Noun)] = &[
    ("%", same("percent")),
    ("‰", same("per mille")),
    ("¢", CENT),
    ("°C", m("degree Celsius", "degrees Celsius")),
    ("°F", m("degree Fahrenheit", "degrees Fahrenheit")),
    ("℃", m("degree Celsius", "degrees Celsius")),
    ("℉", m("degree Fahrenheit", "degrees Fahrenheit")),
    ("°", m("degree", "degrees")),
    ("K", m("kelvin", "kelvins")),
    ("m²", m("square meter", "square meters")),
    ("km²", m("square kilometer", "square kilometers")),
    ("cm²", m("square centimeter", "square centimeters")),
    ("mm²", m("square millimeter", "square millimeters")),
    ("ft²", m("square foot", "square feet")),
    ("m³", m("cubic meter", "cubic meters")),
    ("cm³", m("cubic centimeter", "cubic centimeters")),
    ("mm³", m("cubic millimeter", "cubic millimeters")),
    ("km³", m("cubic kilometer", "cubic kilometers")),
    ("ha", m("hectare", "hectares")),
    ("t", m("ton", "tons")),
    ("lb", m("pound", "pounds")),
    ("lbs", m("pound", "pounds")),
    ("oz", m("ounce", "ounces")),
    ("ft", m("foot", "feet")),
    ("in", m("inch", "inches")),
    ("yd", m("yard", "yards")),
    ("yds", m("yard", "yards")),
    ("mi", m("mile", "miles")),
    ("′", m("foot", "feet")),
    ("″", m("inch", "inches")),
    ("gal", m("gallon", "gallons")),
    ("pt", m("pint", "pints")),
    ("tsp", m("teaspoon", "teaspoons")),
    ("tbsp", m("tablespoon", "tablespoons")),
    ("mph", m("mile per hour", "miles per hour")),
    ("mpg", m("mile per gallon", "miles per gallon")),
    ("kph", m("kilometer per hour", "kilometers per hour")),
    ("kmh", m("kilometer per hour", "kilometers per hour")),
    ("rpm", m("revolution per minute", "revolutions per minute")),
    ("bpm", m("beat per minute", "beats per minute")),
    ("fps", m("frame per second", "frames per second")),
    ("bps", m("bit per second", "bits per second")),
    ("kbps", m("kilobit per second", "kilobits per second")),
    ("Kbps", m("kilobit per second", "kilobits per second")),
    ("Mbps", m("megabit per second", "megabits per second")),
    ("Gbps", m("gigabit per second", "gigabits per second")),
    ("s", m("second", "seconds")),
    ("sec", m("second", "seconds")),
    ("secs", m("second", "seconds")),
    ("ms", m("millisecond", "milliseconds")),
    ("µs", m("microsecond", "microseconds")),
    ("μs", m("microsecond", "microseconds")),
    ("ns", m("nanosecond", "nanoseconds")),
    ("min", m("minute", "minutes")),
    ("mins", m("minute", "minutes")),
    ("h", m("hour", "hours")),
    ("hr", m("hour", "hours")),
    ("hrs", m("hour", "hours")),
    ("yrs", m("year", "years")),
    ("dB", m("decibel", "decibels")),
    ("N", m("newton", "newtons")),
    ("bar", m("bar", "bars")),
    ("ppm", m("part per million", "parts per million")),
    ("px", m("pixel", "pixels")),
    ("dpi", m("dot per inch", "dots per inch")),
    ("hp", same("horsepower")),
    ("fl oz", m("fluid ounce", "fluid ounces")),
    ("fl. oz.", m("fluid ounce", "fluid ounces")),
    ("sq ft", m("square foot", "square feet")),
    ("sq. ft.", m("square foot", "square feet")),
    ("sq mi", m("square mile", "square miles")),
    ("sq m", m("square meter", "square meters")),
    ("cu ft", m("cubic foot", "cubic feet")),
];

const PER: &[(&str, &str)] = &[
    ("h", "per hour"),
    ("hr", "per hour"),
    ("s", "per second"),
    ("sec", "per second"),
    ("min", "per minute"),
    ("d", "per day"),
    ("yr", "per year"),
    ("mo", "per month"),
];

const ABBREVIATIONS: &[Abbreviation] = &[
    title("Mr.", "Mister"),
    title("Mrs.", "Missus"),
    title("Ms.", "Miz"),
    title("Mr", "Mister"),
    title("Mrs", "Missus"),
    title("Dr.", "Doctor"),
    title("Dr", "Doctor"),
    title("Prof.", "Professor"),
    title("St.", "Saint"),
    title("St", "Saint"),
    title("Mt.", "Mount"),
    title("Ft.", "Fort"),
    title("Rev.", "Reverend"),
    title("Hon.", "Honorable"),
    title("Gen.", "General"),
    title("Col.", "Colonel"),
    title("Lt.", "Lieutenant"),
    title("Capt.", "Captain"),
    title("Sgt.", "Sergeant"),
    title("Maj.", "Major"),
    title("Cpl.", "Corporal"),
    title("Cmdr.", "Commander"),
    title("Adm.", "Admiral"),
    title("Gov.", "Governor"),
    title("Sen.", "Senator"),
    title("Rep.", "Representative"),
    title("Pres.", "President"),
    Abbreviation {
        short: "St.",
        words: "Street",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Ave.",
        words: "Avenue",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Blvd.",
        words: "Boulevard",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Rd.",
        words: "Road",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Dr.",
        words: "Drive",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Ln.",
        words: "Lane",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Hwy.",
        words: "Highway",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Sq.",
        words: "Square",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "St",
        words: "Street",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Ave",
        words: "Avenue",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Blvd",
        words: "Boulevard",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Rd",
        words: "Road",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Ln",
        words: "Lane",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Hwy",
        words: "Highway",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Pkwy",
        words: "Parkway",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Jr.",
        words: "Junior",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Sr.",
        words: "Senior",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Inc.",
        words: "Incorporated",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Corp.",
        words: "Corporation",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Ltd.",
        words: "Limited",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Co.",
        words: "Company",
        when: When::AfterCapital,
    },
    Abbreviation {
        short: "Bros.",
        words: "Brothers",
        when: When::AfterCapital,
    },
    always("e.g.", "for example"),
    always("i.e.", "that is"),
    always("eg.", "for example"),
    always("ie.", "that is"),
    ending("etc.", "et cetera"),
    ending("et al.", "et al"),
    always("vs.", "versus"),
    always("vs", "versus"),
    always("cf.", "compare"),
    always("viz.", "namely"),
    always("approx.", "approximately"),
    always("ca.", "circa"),
    always("a.k.a.", "also known as"),
    always("w/o", "without"),
    always("w/out", "without"),
    always("w/", "with"),
    always("incl.", "including"),
    ending("dept.", "department"),
    ending("est.", "estimated"),
    always("misc.", "miscellaneous"),
    ending("max.", "maximum"),
    ending("min.", "minimum"),
    ending("govt.", "government"),
    numbered("No.", "Number"),
    numbered("no.", "number"),
    numbered("Nos.", "Numbers"),
    numbered("nos.", "numbers"),
    numbered("pp.", "pages"),
    numbered("p.", "page"),
    numbered("pg.", "page"),
    numbered("vol.", "volume"),
    numbered("vols.", "volumes"),
    numbered("ch.", "chapter"),
    numbered("chs.", "chapters"),
    numbered("chap.", "chapter"),
    numbered("pars.", "paragraphs"),
    numbered("secs.", "sections"),
    numbered("sec.", "section"),
    numbered("fig.", "figure"),
    numbered("figs.", "figures"),
    numbered("eq.", "equation"),
    numbered("art.", "article"),
    numbered("para.", "paragraph"),
    numbered("ext.", "extension"),
    numbered("apt.", "apartment"),
    numbered("ste.", "suite"),
    numbered("rm.", "room"),
    numbered("tel.", "telephone"),
    numbered("c.", "circa"),
    numbered("op.", "opus"),
];
