//! English texts and their Spanish translations by people: the dialogues of Debian's `fillets-ng-data`.
//!
//! A level's `dialogs_es.lua` has, line by line, `dialogId("id", "font", "English")` and then
//! `dialogStr("Spanish")`. The texts are GPL: they are read where the package has put them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

const FILE: &str = "dialogs_es.lua";
/// Words of an English text: shorter ones are exclamations.
const WORDS: std::ops::RangeInclusive<usize> = 4..=30;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DialogPair {
    pub(super) english: String,
    pub(super) spanish: String,
}

/// At most so many pairs, spread evenly over all levels. Of equal English texts the first counts.
///
/// # Errors
/// The folder is not there or has no pairs.
pub(super) fn pairs(folder: &Path, count: usize) -> anyhow::Result<Vec<DialogPair>> {
    let levels = std::fs::read_dir(folder).with_context(|| {
        format!(
            "{} can't be read; apt-get install fillets-ng-data",
            folder.display()
        )
    })?;
    let files = levels.map(|level| Ok(level?.path().join(FILE)));
    let mut files: Vec<PathBuf> = files.collect::<std::io::Result<_>>()?;
    files.retain(|file| file.is_file());
    files.sort();
    let (mut all, mut known) = (Vec::new(), HashSet::new());
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        for pair in parse(&text) {
            let is_new = known.insert(pair.english.clone());
            if is_new && WORDS.contains(&pair.english.split_whitespace().count()) {
                all.push(pair);
            }
        }
    }
    ensure!(!all.is_empty(), "{} has no dialogues", folder.display());
    let count = count.min(all.len());
    Ok((0..count)
        .map(|index| all[index * all.len() / count].clone())
        .collect())
}

/// The pairs of one file. Lines of another form are passed over.
fn parse(text: &str) -> Vec<DialogPair> {
    let (mut pairs, mut english) = (Vec::new(), None);
    for line in text.lines().map(str::trim) {
        if let Some(arguments) = arguments_of(line, "dialogId") {
            english = arguments.into_iter().nth(2);
        } else if let Some(arguments) = arguments_of(line, "dialogStr") {
            let texts = english.take().zip(arguments.into_iter().next());
            pairs.extend(texts.map(|(english, spanish)| DialogPair { english, spanish }));
        }
    }
    pairs
}

/// The strings of a call of this function.
fn arguments_of(line: &str, function: &str) -> Option<Vec<String>> {
    let inner = line
        .strip_prefix(function)?
        .trim_start()
        .strip_prefix('(')?;
    let (mut strings, mut open) = (Vec::new(), None::<String>);
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match (&mut open, character) {
            (None, ')') => return Some(strings),
            (None, '"') => open = Some(String::new()),
            (None, _) => {}
            (Some(_), '"') => strings.extend(open.take()),
            (Some(text), '\\') => text.extend(characters.next()),
            (Some(text), other) => text.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVEL: &str = r#"
dialogId("a-1", "font_small", "The door (over there) is \"open\" now.")
dialogStr("La puerta (esa) está \"abierta\".")

dialogId("a-2", "font_big", "No translation of this one here.")
dialogId("a-3", "font_big", "Stop!")
dialogStr("¡Alto!")
dialogId("a-4", "font_big", "This line is cut
dialogStr("Nada.")
dialogId("a-5", "font_big", "The last one is whole again.")
dialogStr("El último está completo.")
"#;

    #[test]
    fn pairs_are_texts_that_follow_one_another() {
        let english: Vec<_> = parse(LEVEL).into_iter().map(|pair| pair.english).collect();
        assert_eq!(
            english,
            [
                "The door (over there) is \"open\" now.",
                "Stop!",
                "The last one is whole again."
            ]
        );
        assert_eq!(parse(LEVEL)[0].spanish, "La puerta (esa) está \"abierta\".");
    }

    #[test]
    fn short_and_repeated_texts_are_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        for level in ["one", "two", "empty"] {
            std::fs::create_dir(folder.path().join(level)).expect("a level");
        }
        assert!(pairs(folder.path(), 10).is_err());
        for level in ["one", "two"] {
            std::fs::write(folder.path().join(level).join(FILE), LEVEL).expect("a file");
        }
        assert_eq!(pairs(folder.path(), 10).expect("pairs").len(), 2);
        assert_eq!(pairs(folder.path(), 1).expect("pairs").len(), 1);
        assert!(pairs(&folder.path().join("none"), 1).is_err());
    }
}
