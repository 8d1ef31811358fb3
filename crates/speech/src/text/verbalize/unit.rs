//! Units of measurement after a number.

use super::grammar::{Gender, Plural};
use super::locale::{Locale, Noun};
use super::site::{ends, first_word, is_space, next_word, spaces};

/// The longest sign of a unit, in characters.
const MAX_CHARS: usize = 8;

/// Stands for the number in the name of a unit that goes around it: Chinese `百分之~`.
pub(super) const NUMBER: char = '~';

/// The prefixes that each unit is used with.
const USUAL_PREFIXES: [(&str, &[&str]); 16] = [
    ("g", &["k", "m", "µ", "μ", "n", "d", "c"]),
    ("m", &["k", "c", "m", "d", "µ", "μ", "n"]),
    ("l", &["m", "c", "d", "h", "µ", "μ"]),
    ("W", &["k", "m", "M", "G", "T"]),
    ("Wh", &["k", "m", "M", "G", "T"]),
    ("Hz", &["k", "M", "G", "T"]),
    ("B", &["k", "K", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti"]),
    ("bit", &["k", "K", "M", "G", "T"]),
    ("V", &["k", "m", "M"]),
    ("A", &["m", "µ", "μ", "k"]),
    ("Ah", &["m"]),
    ("Pa", &["h", "k", "M"]),
    ("J", &["k", "M"]),
    ("cal", &["k"]),
    ("eV", &["k", "M", "G"]),
    ("Ω", &["k", "M"]),
];

/// The names of a unit.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) one: String,
    pub(super) few: String,
    pub(super) many: String,
    pub(super) gender: Gender,
    /// What is spoken before the number, where a language has the rate there.
    pub(super) before: String,
    /// What is spoken after the noun.
    pub(super) after: String,
    /// The bytes of its sign.
    pub(super) len: usize,
}

impl Unit {
    pub(super) fn form(&self, plural: Plural) -> &str {
        match plural {
            Plural::One => &self.one,
            Plural::Few => &self.few,
            Plural::Many => &self.many,
        }
    }
}

/// The unit that a text begins with. Where not `apart`, nothing but the number stands before it.
pub(super) fn unit(text: &str, apart: bool, locale: &Locale) -> Option<Unit> {
    // Names of several words: `12 fl oz`.
    if let Some((sign, noun)) = locale
        .units
        .iter()
        .find(|(sign, _)| sign.contains(' ') && text.strip_prefix(*sign).is_some_and(ends))
    {
        return Some(Unit {
            len: sign.len(),
            ..plain(noun)
        });
    }
    let len = sign_len(text);
    // `5 in.`, but not `5 in the bag`.
    let word = text[len..].starts_with(is_space)
        && next_word(&text[len..]).starts_with(char::is_alphabetic);
    // Such a sign is a unit where no word follows that it could belong to.
    let ambiguous =
        apart && matches!(&text[..len], "с" | "В" | "A") && !word && locale.decimal == ',';
    let apart = apart && !ambiguous && (&text[..len] != "in" || word);
    // The longest sign: `m2` before `m`.
    let (mut unit, mut at) = (len > 0).then(|| {
        let found = if ambiguous && &text[..len] == "A" {
            locale
                .bases
                .iter()
                .find(|(base, _)| *base == "A")
                .map(|(_, noun)| plain(noun))
        } else {
            resolve(&text[..len], apart, locale)
        };
        found.map(|unit| (unit, len))
    })??;
    if !ends(&text[at..]) {
        return None;
    }
    if let Some(tail) = text[at..].strip_prefix('/') {
        let denominator = sign_len(tail);
        if let Some(words) = per(tail, denominator, locale) {
            let (words, taken) = words;
            if locale.per_first {
                unit.before = words;
            } else {
                unit.after = words;
            }
            at += 1 + taken;
        }
    }
    // The dot of an abbreviated unit in mid-sentence: `5 ft. tall`.
    if let Some(tail) = text[at..].strip_prefix('.')
        && (tail.starts_with([',', ';', ':', ')'])
            || tail.starts_with(is_space) && next_word(tail).starts_with(char::is_lowercase))
    {
        at += 1;
    }
    unit.len = at;
    Some(unit)
}

/// What is spoken for a rate by a word in a script without spaces, and the length of the word.
pub(super) fn per_counter(tail: &str, locale: &Locale) -> Option<(&'static str, usize)> {
    locale
        .per
        .iter()
        .filter(|(known, _)| tail.starts_with(known) && !known.is_ascii())
        .max_by_key(|(known, _)| known.len())
        .map(|(known, words)| (*words, known.len()))
}

/// What is spoken for `/h` and the length of the sign after the slash.
pub(super) fn per(tail: &str, denominator: usize, locale: &Locale) -> Option<(String, usize)> {
    let sign = &tail[..denominator];
    let gap = locale.joiner;
    if let Some((_, words)) = locale.per.iter().find(|(known, _)| *known == sign)
        && ends(&tail[denominator..])
    {
        return Some(((*words).into(), denominator));
    }
    if let Some(base) = sign
        .strip_suffix(['²', '2'])
        .map(|base| base.trim_end_matches('^'))
        && let Some((_, words)) = locale.per.iter().find(|(known, _)| *known == base)
        && ends(&tail[denominator..])
    {
        return Some((format!("{words}{gap}{}", locale.words.squared), denominator));
    }
    if denominator > 0
        && ends(&tail[denominator..])
        && let Some(unit) = resolve(sign, false, locale)
    {
        return Some((
            format!("{}{gap}{}", locale.words.per, unit.one),
            denominator,
        ));
    }
    // `30 l/100 km`.
    let count = super::site::digits(tail);
    if count > 0
        && count <= 4
        && let Some((unit, len)) = after_number(&tail[count..], locale)
    {
        let n = super::address::figures(&tail[..count], locale);
        return Some((
            format!("{}{gap}{n}{gap}{}", locale.words.per, unit.many),
            count + len,
        ));
    }
    let word = first_word(tail);
    let plain = word.chars().count() >= 2 && word.chars().skip(1).all(|c| !c.is_uppercase());
    (plain && ends(&tail[word.len()..]) && word.len() < 48)
        .then(|| (format!("{}{gap}{word}", locale.words.per), word.len()))
}

/// The bytes of what may be the sign of a unit.
pub(super) fn sign_len(text: &str) -> usize {
    let mut len = 0;
    for (count, c) in text.chars().enumerate() {
        if matches!(c, '²' | '³' | '%' | '‰') {
            return len + c.len_utf8();
        }
        if c == '¢' && len == 0 {
            return c.len_utf8();
        }
        let letter = c.is_alphabetic() && !super::site::is_cjk(c)
            || matches!(c, '°' | '℃' | '℉' | '′' | '″');
        if !letter {
            break;
        }
        if count >= MAX_CHARS {
            return 0;
        }
        len += c.len_utf8();
    }
    if len == 0 {
        return 0;
    }
    for exponent in ["^2", "^3", "2", "3"] {
        if text[len..].strip_prefix(exponent).is_some_and(ends) {
            return len + exponent.len();
        }
    }
    len
}

fn resolve(sign: &str, apart: bool, locale: &Locale) -> Option<Unit> {
    // Letters that mean something else after a space: `5 A grades`.
    if apart && matches!(sign, "A" | "B" | "in" | "с" | "В") || !apart && matches!(sign, "K" | "T")
    {
        return None;
    }
    let sign = match sign {
        "ºC" => "°C",
        "ºF" => "°F",
        "L" => "l",
        "mL" => "ml",
        "cL" => "cl",
        "dL" => "dl",
        other => other,
    };
    let power = |text: &str| {
        text.replace("^2", "²")
            .replace("^3", "³")
            .replace('2', "²")
            .replace('3', "³")
    };
    let known = |sign: &str| {
        locale
            .units
            .iter()
            .find(|(known, _)| *known == sign)
            .map(|(_, noun)| plain(noun))
    };
    known(sign)
        .or_else(|| known(&power(sign)))
        .or_else(|| prefixed(sign, locale))
}

pub(super) fn plain(noun: &Noun) -> Unit {
    Unit {
        one: noun.one.into(),
        few: noun.few.into(),
        many: noun.many.into(),
        gender: noun.gender,
        before: String::new(),
        after: String::new(),
        len: 0,
    }
}

/// A unit with a prefix: `kWh`.
fn prefixed(sign: &str, locale: &Locale) -> Option<Unit> {
    if let Some((_, noun)) = locale.bases.iter().find(|(base, _)| *base == sign) {
        return (sign != "A" && sign != "B").then(|| plain(noun));
    }
    locale.bases.iter().find_map(|(base, noun)| {
        let prefix = sign.strip_suffix(base)?;
        let usual = USUAL_PREFIXES.iter().find(|(unit, _)| unit == base)?.1;
        let (_, name) = locale
            .prefixes
            .iter()
            .find(|(known, _)| *known == prefix && usual.contains(known))?;
        let join = |noun: &str| {
            // German nouns lose their capital within a word.
            if name.starts_with(char::is_uppercase) {
                format!("{name}{}", noun.to_lowercase())
            } else {
                format!("{name}{noun}")
            }
        };
        Some(Unit {
            one: join(noun.one),
            few: join(noun.few),
            many: join(noun.many),
            ..plain(noun)
        })
    })
}

/// The unit after a number and the spaces between them, and the bytes of both.
pub(super) fn after_number(text: &str, locale: &Locale) -> Option<(Unit, usize)> {
    let gap = spaces(text);
    let unit = unit(&text[gap..], gap > 0, locale)?;
    let len = gap + unit.len;
    Some((unit, len))
}
