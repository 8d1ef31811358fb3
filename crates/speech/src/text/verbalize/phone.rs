//! Telephone numbers, book numbers and the like: digits in groups, read one by one.

use super::locale::Locale;
use super::quantity::money_after;
use super::scanner::Reading;
use super::site::{Site, digits, ends, is_space, next_word};
use super::unit::after_number;

/// The most groups of a number.
const MAX_GROUPS: usize = 10;

/// The most digits of a number.
const MAX_DIGITS: usize = 24;

/// Numbers from this on are no years.
const LAST_YEAR: &str = "2100";

/// The fewest letters of a counted noun.
const MIN_NOUN_CHARS: usize = 4;

/// A number as it was written: its groups and the signs between them.
#[derive(Default)]
struct Grouped<'t> {
    plus: bool,
    bracket: bool,
    groups: Vec<&'t str>,
    separators: Vec<char>,
    len: usize,
}

/// The telephone number or the like that begins at a place.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let first = site.rest().chars().next()?;
    let begins = first.is_ascii_digit() || matches!(first, '+' | '(');
    if !begins
        || !site.starts()
        || site
            .previous()
            .is_some_and(|c| matches!(c, '+' | '.' | ',' | '-' | '$' | '€' | '£'))
    {
        return None;
    }
    let number = parse(site.rest())?;
    if !(accepted(&number, locale.joiner.is_empty())
        || is_of_language(site.rest(), &number, locale))
        || !ends(&site.rest()[number.len..])
    {
        return None;
    }
    let groups: Vec<String> = number
        .groups
        .iter()
        .map(|group| locale.grammar.digits(group, locale))
        .collect();
    let mut words = groups.join(if locale.joiner.is_empty() {
        "、"
    } else {
        ", "
    });
    if number.plus {
        words = format!("{}{}{words}", locale.words.plus, locale.joiner);
    }
    Some(Reading {
        end: site.at + number.len,
        words,
    })
}

fn parse(rest: &str) -> Option<Grouped<'_>> {
    let mut number = Grouped {
        plus: rest.starts_with('+'),
        ..Grouped::default()
    };
    let mut at = usize::from(number.plus);
    let mut total = 0;
    let mut pending: Option<char> = None;
    while number.groups.len() < MAX_GROUPS {
        let mut from = at;
        let open = rest[from..].starts_with('(');
        from += usize::from(open);
        let count = digits(&rest[from..]);
        total += count;
        if count == 0 || total > MAX_DIGITS {
            break;
        }
        let mut end = from + count;
        if open {
            if !rest[end..].starts_with(')') {
                break;
            }
            end += 1;
            number.bracket = true;
        }
        number.separators.extend(pending);
        number.groups.push(&rest[from..from + count]);
        number.len = end;
        let Some(c) = rest[end..].chars().next() else {
            break;
        };
        let separates = matches!(c, '-' | '‑' | '–' | '.' | '/') || is_space(c);
        at = end;
        pending = Some(if open { '(' } else { c });
        if separates {
            at += c.len_utf8();
            // A dash between spaces is none of a telephone number.
            let mut next = rest[at..].chars();
            if is_space(c) && matches!(next.next(), Some('-' | '–')) && next.next() == Some(' ') {
                break;
            }
        } else if !open && c != '(' {
            break;
        }
    }
    (!number.groups.is_empty()).then_some(number)
}

/// Whether a number has the groups of telephone numbers or postal codes of a language. Where it may
/// be a quantity too, no counted noun may follow.
fn is_of_language(rest: &str, number: &Grouped<'_>, locale: &Locale) -> bool {
    let (text, tail) = rest.split_at(number.len);
    let fits = |pattern: &str| {
        text.chars().count() == pattern.chars().count()
            && text
                .chars()
                .zip(pattern.chars())
                .all(|(c, wanted)| match wanted {
                    '#' => c.is_ascii_digit(),
                    ' ' => is_space(c),
                    _ => c == wanted,
                })
    };
    if !locale.codes.groups.iter().any(|pattern| fits(pattern)) {
        return false;
    }
    // `1592-1598` are years.
    if let [low, high] = number.groups[..]
        && low.len() == 4
        && high.len() == 4
        && low < high
        && high < LAST_YEAR
    {
        return false;
    }
    let next = next_word(tail);
    let counted = next.chars().count() >= MIN_NOUN_CHARS
        && next.starts_with(char::is_lowercase)
        && next.ends_with(['s', 'i', 'e'])
        || matches!(next, "de" | "di");
    !(counted || after_number(tail, locale).is_some() || money_after(tail, locale).is_some())
}

/// Whether groups of digits are more likely a telephone number, or a code of its kind, than figures.
fn accepted(number: &Grouped<'_>, chinese: bool) -> bool {
    let lengths: Vec<usize> = number.groups.iter().map(|group| group.len()).collect();
    let total: usize = lengths.iter().sum();
    let only = |wanted: &[char]| number.separators.iter().all(|c| wanted.contains(c));
    let spaces = [' ', '\u{a0}', '\u{2009}', '\u{202f}'];
    let hyphens = ['-', '‑'];
    let zero = number.groups[0].starts_with('0');
    if number.plus {
        return (7..=15).contains(&total)
            && (lengths.len() > 1 || total >= 8)
            && !number.separators.contains(&'/');
    }
    if number.bracket {
        return lengths[0] >= 2 && (7..=15).contains(&total) && lengths.len() >= 2;
    }
    if lengths.len() == 1 {
        // `08001234567`: no quantity begins with a zero.
        return zero && total >= 7 || chinese && total == 11 && number.groups[0].starts_with('1');
    }
    if total < 7 || number.separators.contains(&'–') {
        return false;
    }
    // Area code and number; `01.23.45.67.89`.
    let american = only(&['.']) && lengths == [3, 3, 4];
    if american {
        return true;
    }
    let dots = only(&['.']) && lengths.len() >= 4 && lengths.iter().all(|n| *n == 2);
    if zero && lengths[0] <= 5 && (dots || !number.separators.contains(&'.')) {
        return lengths[0] >= 2 || lengths.len() >= 3;
    }
    if only(&hyphens) {
        let sevens = lengths == [3, 4]
            || lengths == [3, 3, 4]
            || lengths == [1, 3, 3, 4]
            || lengths == [3, 4, 4]
            || lengths == [5, 4];
        return sevens || lengths.len() >= 3 && total >= 9;
    }
    if only(&spaces) {
        // Cards, and eleven digits of a mobile number.
        let fours = lengths.len() >= 3 && lengths.iter().all(|n| *n == 4);
        // Not groups of thousands, and no list of small numbers: `91 234 56 78`.
        let uneven = lengths.len() >= 3
            && total >= 9
            && lengths.iter().all(|n| (2..=4).contains(n))
            && lengths[1..].iter().any(|n| *n != 3)
            && lengths.iter().any(|n| *n != 2);
        return fours || uneven;
    }
    // `8 800 555-35-35`, `555 123-4567`.
    let mixed = number
        .separators
        .iter()
        .all(|c| spaces.contains(c) || hyphens.contains(c));
    mixed
        && lengths.len() >= 3
        && (9..=15).contains(&total)
        && number
            .separators
            .last()
            .is_some_and(|c| hyphens.contains(c))
}
