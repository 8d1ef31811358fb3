//! People's speech from Debian's `pocketsphinx-testdata`, whole-segment decode: word errors.
//!
//! The data ships with the recognizer, so these are its own examples and not an independent set.

use std::path::Path;

use anyhow::Context;
use mynah_audio::{DecodeLimits, decode};

use crate::round_trip::recognized;
use crate::words::WordErrors;
use crate::{Bench, Figure};

pub(crate) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let sets = [
        ("cards", "cards/cards.transcription", 10.0),
        ("read book", "librivox/transcription", 32.0),
    ];
    let mut figures = Vec::new();
    for (name, list, threshold) in sets {
        let list = bench.recordings.join(list);
        let lines = std::fs::read_to_string(&list).with_context(|| {
            format!(
                "{} can't be read; apt-get install pocketsphinx-testdata",
                list.display()
            )
        })?;
        let folder = list.parent().context("a list is in a folder")?;
        let mut errors = WordErrors::default();
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let (said, file) =
                parse(line).with_context(|| format!("not a transcription: {line}"))?;
            errors.add(
                said,
                &recognized_file(bench, &folder.join(file).with_extension("wav")).await?,
            );
        }
        figures.push(
            Figure::new(format!("word errors, {name}"), errors.percent(), "%").with_max(threshold),
        );
    }
    Ok(figures)
}

/// `<s> words </s> (file)`: the words and the file.
fn parse(line: &str) -> Option<(&str, &str)> {
    let (words, file) = line.trim().strip_prefix("<s>")?.split_once("</s>")?;
    Some((
        words.trim(),
        file.trim().strip_prefix('(')?.strip_suffix(')')?,
    ))
}

async fn recognized_file(bench: &Bench, file: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let clip = decode(bytes, &DecodeLimits::default())?.clip;
    recognized(bench, clip).await
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_is_words_and_a_file() {
        assert_eq!(
            super::parse("<s> ten of clubs  </s> (001)"),
            Some(("ten of clubs", "001"))
        );
        assert_eq!(super::parse("ten of clubs"), None);
    }
}
