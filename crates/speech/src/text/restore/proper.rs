//! Words that English writes with a capital.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The lists: names of one word, names of several, and words written in their own way.
const LISTS: &str = include_str!("proper_nouns.txt");

struct Names {
    single: BTreeSet<&'static str>,
    /// Names of several words by their first, the longest first.
    several: BTreeMap<&'static str, Vec<Vec<&'static str>>>,
    /// The spelling of a word by its small letters.
    spelt: BTreeMap<String, &'static str>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names {
        single: BTreeSet::new(),
        several: BTreeMap::new(),
        spelt: BTreeMap::new(),
    };
    let mut section = "";
    for line in LISTS
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
    {
        match line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            Some(name) => section = name,
            None if section == "several" => {
                for name in line
                    .split(',')
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                {
                    let words: Vec<&str> = name.split(' ').collect();
                    names.several.entry(words[0]).or_default().push(words);
                }
            }
            None if section == "spelt" => {
                names.spelt.extend(
                    line.split_whitespace()
                        .map(|word| (word.to_lowercase(), word)),
                );
            }
            None => names.single.extend(line.split_whitespace()),
        }
    }
    for several in names.several.values_mut() {
        several.sort_by_key(|words| std::cmp::Reverse(words.len()));
    }
    names
});

/// Words before which `may` and `march` are months: `in may`, `last march`.
const BEFORE_MONTH: &[&str] = &[
    "in", "of", "since", "until", "till", "last", "next", "by", "early", "late", "mid",
];

/// Titles: what follows one is a name.
const TITLES: &[&str] = &["mr", "mrs", "ms", "dr", "mr.", "mrs.", "ms.", "dr."];

/// The words with the capitals that do not come from their place in the sentence.
pub(super) fn capital_words(words: &[&str]) -> Vec<String> {
    let small: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let mut written: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let mut at = 0;
    while at < small.len() {
        let name = several(&small[at..]);
        for word in &mut written[at..at + name] {
            if !matches!(word.as_str(), "of" | "the" | "and") {
                *word = first_capital(word);
            }
        }
        if name == 0 {
            let before = at.checked_sub(1).map(|place| small[place].as_str());
            if let Some(capital) = single(&small[at], before, small.get(at + 1).map(String::as_str))
            {
                written[at] = capital;
            }
        }
        at += name.max(1);
    }
    written
}

/// How many words from the first on are one name of several words.
fn several(words: &[String]) -> usize {
    let names = words
        .first()
        .and_then(|first| NAMES.several.get(first.as_str()));
    let matches = |name: &&Vec<&str>| {
        name.len() <= words.len()
            && name
                .iter()
                .zip(words)
                .enumerate()
                .all(|(place, (part, word))| {
                    *part == word || place + 1 == name.len() && stem(word).0 == *part
                })
    };
    names
        .into_iter()
        .flatten()
        .find(matches)
        .map_or(0, Vec::len)
}

/// A word with its capital, where it is written with one between these neighbours.
fn single(word: &str, before: Option<&str>, after: Option<&str>) -> Option<String> {
    let (stem, ending) = stem(word);
    if let Some(spelt) = NAMES.spelt.get(stem).or_else(|| NAMES.spelt.get(word)) {
        let ending = if NAMES.spelt.contains_key(stem) {
            ending
        } else {
            ""
        };
        return Some(format!("{spelt}{ending}"));
    }
    let month =
        matches!(stem, "may" | "march") && before.is_some_and(|word| BEFORE_MONTH.contains(&word));
    let titled = before.is_some_and(|word| TITLES.contains(&word));
    let initial = stem.len() == 2 && stem.ends_with('.');
    let title = TITLES.contains(&word) && after.is_some();
    let named = NAMES.single.contains(stem);
    (month || titled || initial || title || named).then(|| first_capital(word))
}

/// A word and its ending `'s`, apart.
fn stem(word: &str) -> (&str, &str) {
    match word.strip_suffix("'s") {
        Some(stem) => (stem, "'s"),
        None => (word, ""),
    }
}

/// A word with its first letter large.
pub(super) fn first_capital(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
