//! Whether a sentence ends with a dot, which may also be an abbreviation's or a number's.

use super::abbreviation::{AbbreviationKind, abbreviation, bare, is_listed};
use super::ending::Ending;
use super::marks::{han_or_kana, hangul};
use super::rules::Rules;

/// Whether the sentence ends at this dot.
pub(super) fn dot_ends(ending: &Ending<'_>, rules: &Rules) -> bool {
    let before = ending.before;
    let word = bare(
        before
            .rsplit(char::is_whitespace)
            .next()
            .unwrap_or_default(),
    );
    let first =
        ending.whole && !before[..before.len() - word.len()].contains(char::is_alphanumeric);
    if word.is_empty() {
        return true;
    }
    if let Some(digits) = number(word) {
        return number_ends(ending, digits, first, rules);
    }
    let (next, rest) = ending.next_word();
    if rest.starts_with('.') && is_listed(&format!("{word}.{next}"), rules) {
        return false;
    }
    match abbreviation(before, rules) {
        Some(AbbreviationKind::Never) => return false,
        Some(AbbreviationKind::BeforeNumber) => {
            return !(starts_with_digit(next) || long_roman(next));
        }
        Some(AbbreviationKind::Open) => return starts_sentence(ending, rules),
        None => {}
    }
    let mut chars = word.rsplit(['-', '\'', '’']).next().unwrap_or(word).chars();
    match (chars.next(), chars.next()) {
        (Some(letter), None) if letter.is_alphabetic() => {
            let word = rules.letter_words.contains(word) && !after_initial(before, word);
            let written = han_or_kana(letter) || hangul(letter);
            written || !first && (word || starts_sentence(ending, rules))
        }
        _ if rules.ordinals && long_roman(word) => starts_sentence(ending, rules),
        _ => true,
    }
}

/// How many digits a word has, where it has nothing else but the marks of a range: `3`, `1.–3`.
fn number(word: &str) -> Option<usize> {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let plain = word
        .chars()
        .all(|c| c.is_ascii_digit() || "–-/#§.".contains(c));
    let range = !word.contains('.') || word.contains(['–', '-', '/']);
    (digits > 0 && plain && range).then_some(digits)
}

/// Whether the sentence ends at the dot of a number.
fn number_ends(ending: &Ending<'_>, digits: usize, first: bool, rules: &Rules) -> bool {
    let (next, _) = ending.next_word();
    if first && ending.listed && digits <= 3 {
        // The number of a list's item.
        return false;
    }
    if rules.dotted_dates {
        let mut words = ending.before.split_whitespace().rev().skip(1);
        let dated = words
            .next()
            .is_some_and(|word| word.strip_suffix('.').and_then(number).is_some());
        return !(dated || starts_with_digit(next));
    }
    // `S. 12.` counts a page, `am 12.` a day.
    let counts = abbreviated(ending.before, rules);
    !rules.ordinals || digits > 2 || counts || starts_sentence(ending, rules)
}

/// Whether the word before the last is an abbreviation.
fn abbreviated(before: &str, rules: &Rules) -> bool {
    let head = before
        .trim_end_matches(|c: char| !c.is_whitespace())
        .trim_end();
    head.strip_suffix('.').is_some_and(|head| {
        matches!(
            abbreviation(head, rules),
            Some(AbbreviationKind::Never | AbbreviationKind::BeforeNumber)
        )
    })
}

/// Whether the next word is one that begins sentences, and not the initial of a name.
fn starts_sentence(ending: &Ending<'_>, rules: &Rules) -> bool {
    let (next, rest) = ending.next_word();
    let initial = next.chars().nth(1).is_none() && rest.starts_with('.');
    let stem = next.split(['\'', '’']).next().unwrap_or(next);
    let listed = |word: &str| rules.starters.contains(word.to_lowercase().as_str());
    !initial && (listed(next) || listed(stem))
}

/// Whether the word before the last is an initial: `W. I`.
fn after_initial(before: &str, word: &str) -> bool {
    let head = before[..before.len() - word.len()].trim_end();
    let previous = head.rsplit(char::is_whitespace).next().unwrap_or_default();
    previous.ends_with('.') && previous.chars().count() == 2
}

fn starts_with_digit(word: &str) -> bool {
    word.starts_with(|c: char| c.is_numeric())
}

/// A Roman number that is no single letter, save `V` and `X`, which are seldom words.
fn long_roman(word: &str) -> bool {
    let digits = word
        .chars()
        .all(|c| matches!(c, 'I' | 'V' | 'X' | 'L' | 'C'));
    digits && (word.len() > 1 || matches!(word, "V" | "X"))
}
