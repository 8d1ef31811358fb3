//! A text sentence by sentence, for models that take one at a time.

use crate::Language;
use crate::text::sentences;

/// Translates each sentence of a text. The white space around sentences stays; a sentence without a
/// letter or digit stays as it is.
///
/// # Errors
/// The first error of `sentence`.
pub fn by_sentence<E>(
    text: &str,
    from: &Language,
    mut sentence: impl FnMut(&str) -> Result<String, E>,
) -> Result<String, E> {
    let mut translated = String::with_capacity(text.len());
    for piece in sentences(text, from) {
        let piece = &text[piece.range];
        let inner = piece.trim();
        if !inner.chars().any(char::is_alphanumeric) {
            translated.push_str(piece);
            continue;
        }
        let before = piece.len() - piece.trim_start().len();
        translated.push_str(&piece[..before]);
        translated.push_str(&sentence(inner)?);
        translated.push_str(&piece[before + inner.len()..]);
    }
    Ok(translated)
}
