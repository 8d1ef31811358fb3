//! What the rules use of each language, from the lists in `data/`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::Language;

/// The lists, one file a language. Entries part at white space; `#` opens a comment.
const FILES: [(&str, &str); 14] = [
    ("ar", include_str!("data/ar.txt")),
    ("de", include_str!("data/de.txt")),
    ("el", include_str!("data/el.txt")),
    ("en", include_str!("data/en.txt")),
    ("es", include_str!("data/es.txt")),
    ("fr", include_str!("data/fr.txt")),
    ("hi", include_str!("data/hi.txt")),
    ("it", include_str!("data/it.txt")),
    ("ja", include_str!("data/ja.txt")),
    ("ko", include_str!("data/ko.txt")),
    ("pt", include_str!("data/pt.txt")),
    ("ru", include_str!("data/ru.txt")),
    ("th", include_str!("data/th.txt")),
    ("zh", include_str!("data/zh.txt")),
];

static RULES: LazyLock<BTreeMap<&str, Rules>> = LazyLock::new(|| {
    let mut all: BTreeMap<&str, Rules> = FILES
        .into_iter()
        .map(|(language, file)| (language, Rules::parse(file)))
        .collect();
    let english = all["en"].clone();
    for (_, rules) in all
        .iter_mut()
        .filter(|(language, _)| !language.starts_with("en"))
    {
        rules.borrow_latin(&english);
    }
    all
});

/// What the rules use of one language. Words stand without their final dot.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// Abbreviations that never end a sentence: `Dr.`
    pub(super) never: BTreeSet<&'static str>,
    /// Abbreviations only where a number follows: `No. 5`.
    pub(super) before_number: BTreeSet<&'static str>,
    /// Abbreviations that end a sentence where one of `starters` follows: `etc. |The`.
    pub(super) open: BTreeSet<&'static str>,
    /// Words that, with a capital, begin a sentence; in small letters.
    pub(super) starters: BTreeSet<&'static str>,
    /// Single letters that are words and no initials: English `I`.
    pub(super) letter_words: BTreeSet<&'static str>,
    /// Words whose capital does not mark a new sentence: English `I'm`.
    pub(super) capital_words: BTreeSet<&'static str>,
    /// Verbs and particles that attach a quote to what reports it: `"Go!" Tom said.`
    pub(super) narration: BTreeSet<&'static str>,
    /// Whether a dot after a number makes it an ordinal: German `3. Oktober`.
    pub(super) ordinals: bool,
    /// Whether dates are written with a dot after each number: Korean `2024. 3. 5.`
    pub(super) dotted_dates: bool,
    /// Whether `;` is a question mark: Greek.
    pub(super) semicolon_asks: bool,
}

impl Rules {
    /// The rules of a language; of one without a list, those of English.
    pub(super) fn of(language: &Language) -> &'static Self {
        RULES
            .get(language.primary())
            .unwrap_or_else(|| &RULES["en"])
    }

    fn parse(file: &'static str) -> Self {
        let mut rules = Self::default();
        let mut section = "";
        for line in file.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
            {
                section = name;
                match name {
                    "ordinals" => rules.ordinals = true,
                    "dotted dates" => rules.dotted_dates = true,
                    "semicolon asks" => rules.semicolon_asks = true,
                    _ => {}
                }
                continue;
            }
            let words = line
                .split_whitespace()
                .map(|word| word.strip_suffix('.').unwrap_or(word));
            match section {
                "never" => rules.never.extend(words),
                "before number" => rules.before_number.extend(words),
                "open" => rules.open.extend(words),
                "starters" => rules.starters.extend(words),
                "letter words" => rules.letter_words.extend(words),
                "capital words" => rules.capital_words.extend(words),
                "narration" => rules.narration.extend(words),
                _ => debug_assert!(line.is_empty(), "a word in no section: {line}"),
            }
        }
        rules
    }

    /// Languages of other scripts meet English names: `Mr. Kim`.
    fn borrow_latin(&mut self, english: &Self) {
        if self.starters.iter().all(|word| !word.is_ascii()) {
            self.never.extend(&english.never);
            self.before_number.extend(&english.before_number);
            self.open.extend(&english.open);
            self.starters.extend(&english.starters);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_read_whole() {
        for (language, file) in FILES {
            assert!(
                file.contains("after CLDR's sentence-break suppressions"),
                "{language}"
            );
            let sections: Vec<&str> = file.lines().filter(|line| line.starts_with('[')).collect();
            for section in sections {
                assert!(
                    [
                        "[never]",
                        "[before number]",
                        "[open]",
                        "[starters]",
                        "[letter words]",
                        "[capital words]",
                        "[narration]",
                        "[ordinals]",
                        "[dotted dates]",
                        "[semicolon asks]",
                    ]
                    .contains(&section),
                    "{language}: {section}"
                );
            }
        }
    }

    #[test]
    fn a_region_shares_its_language_and_a_stranger_borrows_english() {
        let of = |tag: &str| Rules::of(&tag.parse().unwrap());
        assert!(of("de-AT").ordinals);
        assert!(of("sw").never.contains("Dr"));
        assert!(of("ko").never.contains("Mr"));
        assert!(!of("fr").never.contains("Mrs"));
    }
}
