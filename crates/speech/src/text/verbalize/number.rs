//! Figures: digits with separators of thousands and a decimal mark.

use super::locale::Locale;
use super::site::{digits, is_space};

/// The most digits that are read as one number; longer ones are read digit by digit.
const MAX_DIGITS: usize = 18;

/// The most groups of digits that one number may have.
const MAX_GROUPS: usize = 16;

/// A number as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Number {
    /// The digits before the decimal mark, without separators.
    pub(super) integer: String,
    /// The digits after the decimal mark; empty where there is none.
    pub(super) fraction: String,
    /// Whether thousands were separated.
    pub(super) grouped: bool,
    /// Whether the decimal mark was that of other languages.
    pub(super) foreign_mark: bool,
    /// How many bytes it takes.
    pub(super) len: usize,
}

impl Number {
    /// The whole part, where it is read as a number: no leading zero, not too many digits.
    pub(super) fn value(&self) -> Option<u64> {
        let zero_led = self.integer.len() > 1 && self.integer.starts_with('0');
        (!zero_led && self.integer.len() <= MAX_DIGITS).then(|| self.integer.parse().ok())?
    }

    /// The value of a number without a decimal part.
    pub(super) fn whole(&self) -> Option<u64> {
        self.fraction.is_empty().then(|| self.value())?
    }

    /// For order only.
    pub(super) fn magnitude(&self) -> f64 {
        format!("{}.{}", self.integer, self.fraction)
            .parse()
            .unwrap_or(0.0)
    }

    /// Four digits written together, as years are.
    pub(super) fn like_a_year(&self) -> Option<u64> {
        (self.len == 4 && self.integer.len() == 4).then(|| self.whole())?
    }

    fn plain(integer: &str) -> Self {
        Self {
            integer: integer.into(),
            len: integer.len(),
            ..Self::default()
        }
    }
}

/// Digits after a separator.
struct Group<'t> {
    separator: char,
    digits: &'t str,
    end: usize,
}

/// The number that a text begins with. Where `money`, one or two digits after either mark are
/// decimals.
pub(super) fn number(text: &str, locale: &Locale, money: bool) -> Option<Number> {
    let first = &text[..digits(text)];
    if first.is_empty() {
        let tail = text.strip_prefix(locale.decimal)?;
        let fraction = &tail[..digits(tail)];
        return (!fraction.is_empty()).then(|| Number {
            integer: "0".into(),
            fraction: fraction.into(),
            len: 1 + fraction.len(),
            ..Number::default()
        });
    }
    // `20,-` is a round sum.
    let tail = &text[first.len()..];
    if (money || locale.decimal == ',')
        && let Some(dash) = tail.strip_prefix([',', '.'])
        && let Some(after) = dash.strip_prefix(['-', '–', '—'])
        && !after.starts_with(|c: char| c.is_ascii_digit())
    {
        let len = text.len() - after.len();
        return Some(Number {
            len,
            ..Number::plain(first)
        });
    }
    let groups = groups(text, first.len());
    let mut number = grouped(first, &groups, locale)
        .or_else(|| decimal(first, &groups, locale, money))
        .unwrap_or_else(|| Number::plain(first));
    // `20.000,-` too.
    if number.grouped && number.fraction.is_empty() && locale.decimal == ',' {
        let tail = &text[number.len..];
        if let Some(after) = tail.strip_prefix(",-").or_else(|| tail.strip_prefix(",–"))
            && !after.starts_with(|c: char| c.is_ascii_digit())
        {
            number.len = text.len() - after.len();
        }
    }
    Some(number)
}

fn groups(text: &str, mut at: usize) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    while groups.len() < MAX_GROUPS {
        let Some(separator) = text[at..].chars().next() else {
            break;
        };
        let tail = &text[at + separator.len_utf8()..];
        let count = digits(tail);
        let fits = match separator {
            '.' | ',' => count > 0,
            '\'' | '’' | ' ' => count == 3,
            c => count == 3 && is_space(c),
        };
        if !fits {
            break;
        }
        at += separator.len_utf8() + count;
        groups.push(Group {
            separator,
            digits: &tail[..count],
            end: at,
        });
    }
    groups
}

/// A number whose thousands are separated.
fn grouped(first: &str, groups: &[Group<'_>], locale: &Locale) -> Option<Number> {
    let separator = groups.first()?.separator;
    if first.len() > 3 || first.starts_with('0') {
        return None;
    }
    let run = groups
        .iter()
        .take_while(|group| group.separator == separator);
    let same = run.clone().count();
    let threes = run
        .clone()
        .take_while(|group| group.digits.len() == 3)
        .count();
    let indian = separator == ','
        && locale.decimal == '.'
        && same >= 2
        && groups[..same - 1]
            .iter()
            .all(|group| group.digits.len() == 2)
        && groups[same - 1].digits.len() == 3;
    let spaced = !matches!(separator, '.' | ',');
    let count = if indian { same } else { threes };
    let next = groups.get(count);
    let decimals = next.filter(|next| {
        next.separator != separator
            && matches!(next.separator, '.' | ',')
            && (spaced || count > 0)
            && groups
                .get(count + 1)
                .is_none_or(|after| after.separator != next.separator)
            && (!spaced || next.separator == locale.decimal || next.digits.len() <= 2)
    });
    let sure = indian
        || count >= 2
        || decimals.is_some() && count >= 1
        || count == 1 && (spaced || separator != locale.decimal);
    // `1.234.5` is no number, and `1,234,5` a list.
    // A plain space is a separator everywhere only where there are two of them: `1 000 000`.
    let spelled = separator == ' ' && !locale.space_groups && count < 2;
    if !sure || count < same || spelled {
        return None;
    }
    let mut integer = first.to_owned();
    groups[..count]
        .iter()
        .for_each(|group| integer.push_str(group.digits));
    Some(Number {
        integer,
        fraction: decimals.map_or_else(String::new, |group| group.digits.into()),
        grouped: true,
        foreign_mark: false,
        len: decimals.unwrap_or(&groups[count - 1]).end,
    })
}

/// A number with a decimal mark and no other.
fn decimal(first: &str, groups: &[Group<'_>], locale: &Locale, money: bool) -> Option<Number> {
    let group = groups.first()?;
    let repeated = groups
        .get(1)
        .is_some_and(|next| next.separator == group.separator);
    let own = group.separator == locale.decimal;
    let foreign = match group.separator {
        '.' => true,
        ',' => money && group.digits.len() == 2,
        _ => false,
    };
    (!repeated && (own || foreign)).then(|| Number {
        integer: first.into(),
        fraction: group.digits.into(),
        grouped: false,
        foreign_mark: !own && !money,
        len: group.end,
    })
}
