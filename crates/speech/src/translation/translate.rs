//! What holds of a translation, whichever engine makes it.

use super::Translator;
use super::layout::{Part, parts};
use super::literal::{Literal, literals};
use super::placeholder::{Placeholders, STYLES};
use crate::{Cancel, Language, SpeechError};

/// Translates a text of any length and layout. Blocking.
///
/// Lines that are items of a list, headings or verses stay lines; lines that were wrapped are
/// joined. Literals (addresses, numbers, code) come out as they went in. What holds no word goes
/// through without the engine, an empty text among it.
///
/// # Errors
/// Those of [`Translator::translate`]; `Failed` where the engine makes nothing of a text.
pub fn translate(
    engine: &dyn Translator,
    text: &str,
    from: &Language,
    to: &Language,
    cancel: &Cancel,
) -> Result<String, SpeechError> {
    let direction = Direction {
        engine,
        from,
        to,
        cancel,
    };
    let mut translation = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Verbatim(text) => translation += text,
            Part::Words(text) => translation += &direction.with_literals(&text)?,
        }
    }
    Ok(translation)
}

struct Direction<'a> {
    engine: &'a dyn Translator,
    from: &'a Language,
    to: &'a Language,
    cancel: &'a Cancel,
}

impl Direction<'_> {
    /// Translates words, so that every literal among them survives: as they are, where the engine
    /// copies the literals; else with placeholders, where it copies those; else around them.
    fn with_literals(&self, text: &str) -> Result<String, SpeechError> {
        let literals = literals(text);
        if !has_words(text, &literals) {
            return Ok(text.to_owned());
        }
        let translation = self.request(text)?;
        if translation.trim().is_empty() {
            return Err(SpeechError::Failed {
                engine: self.engine.info().id,
                reason: "it gave an empty translation".into(),
            });
        }
        if Literal::all_in(text, &literals, &translation) {
            return Ok(translation);
        }
        for style in STYLES {
            let placeholders = Placeholders::new(text, &literals, style);
            let translation = self.request(placeholders.text())?;
            if let Some(translation) = placeholders.put_back(&translation) {
                return Ok(translation);
            }
        }
        self.around(text, &literals)
    }

    /// Translates what stands between the literals, and leaves them where they are.
    fn around(&self, text: &str, literals: &[Literal]) -> Result<String, SpeechError> {
        let mut translation = String::with_capacity(text.len());
        let mut place = 0;
        for literal in literals {
            translation += &self.between(&text[place..literal.range.start])?;
            translation += &text[literal.range.clone()];
            place = literal.range.end;
        }
        translation += &self.between(&text[place..])?;
        Ok(translation)
    }

    /// Translates a part of a sentence, with the white space around it as it was.
    fn between(&self, text: &str) -> Result<String, SpeechError> {
        if !text.chars().any(char::is_alphabetic) {
            return Ok(text.to_owned());
        }
        let words = text.trim();
        let before = &text[..text.len() - text.trim_start().len()];
        let after = &text[text.trim_end().len()..];
        Ok(format!("{before}{}{after}", self.request(words)?.trim()))
    }

    fn request(&self, text: &str) -> Result<String, SpeechError> {
        self.engine.translate(text, self.from, self.to, self.cancel)
    }
}

/// Whether anything beside the literals can be translated.
fn has_words(text: &str, literals: &[Literal]) -> bool {
    let starts = std::iter::once(0).chain(literals.iter().map(|literal| literal.range.end));
    let ends = literals
        .iter()
        .map(|literal| literal.range.start)
        .chain([text.len()]);
    let mut between = starts.zip(ends);
    between.any(|(start, end)| text[start..end].chars().any(char::is_alphabetic))
}
