//! The bounds of a style.

use std::collections::{BTreeMap, BTreeSet};

use mynah_speech::{Language, Style, StyleKind};

use crate::VoicesError;
use crate::new_voice::{check_characters, check_tags, is_longer};

/// The key of speech without a style.
const NEUTRAL: &str = "neutral";
/// The most variants of a style.
const MAX_VARIANTS: usize = 5;
/// The most languages of a style.
const MAX_LANGUAGES: usize = 32;
/// The longest label, in characters.
const MAX_LABEL_CHARS: usize = 64;
/// The longest instruction, in characters.
const MAX_INSTRUCT_CHARS: usize = 1_000;
/// The longest sample text, in characters.
const MAX_TEXT_CHARS: usize = 500;

/// Ok, or the first part that is out of its bounds.
pub(crate) fn check(style: &Style) -> Result<(), VoicesError> {
    if (style.kind == StyleKind::Neutral) != (style.key.as_str() == NEUTRAL) {
        let rule = format!("is `neutral` of the style `{NEUTRAL}`, and of no other");
        return Err(VoicesError::field("kind", rule));
    }
    check_texts("labels", &style.labels, MAX_LABEL_CHARS)?;
    check_tags(&style.tags)?;
    check_intensities(style)?;
    for variant in &style.variants {
        check_text("instruct", &variant.instruct, MAX_INSTRUCT_CHARS)?;
        check_texts("texts", &variant.texts, MAX_TEXT_CHARS)?;
    }
    Ok(())
}

/// An emotion has one to five intensities, and any other style one variant without one.
fn check_intensities(style: &Style) -> Result<(), VoicesError> {
    let variants = &style.variants;
    let named: BTreeSet<_> = variants
        .iter()
        .filter_map(|own| own.intensity.as_ref())
        .collect();
    let (valid, rule) = match style.kind {
        StyleKind::Emotion => (
            (1..=MAX_VARIANTS).contains(&variants.len()) && named.len() == variants.len(),
            format!("of an emotion are 1 to {MAX_VARIANTS}, each with an `intensity` of its own"),
        ),
        StyleKind::Neutral | StyleKind::Mode => (
            variants.len() == 1 && named.is_empty(),
            "of a mode, and without a style, are one without an `intensity`".into(),
        ),
    };
    match valid {
        true => Ok(()),
        false => Err(VoicesError::field("variants", rule)),
    }
}

fn check_texts(
    field: &'static str,
    texts: &BTreeMap<Language, String>,
    max_chars: usize,
) -> Result<(), VoicesError> {
    if texts.is_empty() || texts.len() > MAX_LANGUAGES {
        let rule = format!("are in 1 to {MAX_LANGUAGES} languages");
        return Err(VoicesError::field(field, rule));
    }
    texts
        .values()
        .try_for_each(|text| check_text(field, text, max_chars))
}

fn check_text(field: &'static str, text: &str, max_chars: usize) -> Result<(), VoicesError> {
    if text.trim().is_empty() || is_longer(text, max_chars) {
        let rule = format!("must have 1 to {max_chars} characters");
        return Err(VoicesError::field(field, rule));
    }
    check_characters(field, text)
}
