//! Tokens to words.

use mynah_speech::Word;

/// A piece of text as the model writes it: a word, a part of one, or some bytes of a letter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) bytes: Vec<u8>,
    /// The logarithm of its probability.
    pub(crate) log_probability: f32,
    pub(crate) start_ms: u64,
    pub(crate) end_ms: u64,
}

/// The words of a stretch of text. A space before it makes a token begin a word; in a language that
/// is written without spaces, every token does that begins and ends between letters.
///
/// A word is as likely as its tokens are in the geometric mean, so that long words are not thought
/// less sure than short ones.
pub(crate) fn words(tokens: &[Token], unspaced: bool) -> Vec<Word> {
    let (mut words, mut open): (Vec<Word>, Vec<&Token>) = (Vec::new(), Vec::new());
    for token in tokens {
        let whole = std::str::from_utf8(&joined(&open)).is_ok();
        let begins = unspaced || token.bytes.first() == Some(&b' ');
        if whole && begins {
            words.extend(word(&open));
            open.clear();
        }
        open.push(token);
    }
    words.extend(word(&open));
    words
}

/// The text of tokens as it was written; bytes that are no letters are left out.
pub(crate) fn text(tokens: &[Token]) -> String {
    let all: Vec<&Token> = tokens.iter().collect();
    readable(&joined(&all))
}

fn joined(tokens: &[&Token]) -> Vec<u8> {
    tokens
        .iter()
        .flat_map(|token| token.bytes.iter().copied())
        .collect()
}

fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .filter(|c| *c != char::REPLACEMENT_CHARACTER)
        .collect()
}

/// A word of these tokens; none where nothing of them can be read.
fn word(tokens: &[&Token]) -> Option<Word> {
    let text = readable(&joined(tokens)).trim().to_owned();
    if text.is_empty() {
        return None;
    }
    let sum: f32 = tokens.iter().map(|token| token.log_probability).sum();
    let start_ms = tokens.iter().map(|token| token.start_ms).min()?;
    let end_ms = tokens.iter().map(|token| token.end_ms).max()?;
    Some(Word {
        text,
        start_ms,
        end_ms: end_ms.max(start_ms),
        confidence: Some((sum / tokens.len() as f32).exp().clamp(0.0, 1.0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(bytes: &[u8], probability: f32, start_ms: u64, end_ms: u64) -> Token {
        let (bytes, log_probability) = (bytes.to_vec(), probability.ln());
        Token {
            bytes,
            log_probability,
            start_ms,
            end_ms,
        }
    }

    fn told(words: &[Word]) -> Vec<(&str, u64, u64)> {
        words
            .iter()
            .map(|word| (&*word.text, word.start_ms, word.end_ms))
            .collect()
    }

    #[test]
    fn a_space_begins_a_word_and_probabilities_are_averaged() {
        let tokens = [
            token(b" The", 0.9, 0, 10),
            token(b" wat", 0.8, 10, 20),
            token(b"er", 0.2, 20, 30),
            token(b",", 0.5, 30, 30),
            token(b" ", 0.5, 30, 40),
        ];
        let words = words(&tokens, false);
        assert_eq!(told(&words), [("The", 0, 10), ("water,", 10, 30)]);
        let confidence = words[1].confidence.expect("one");
        assert!((confidence - 0.08_f32.cbrt()).abs() < 1e-6, "{confidence}");
        assert_eq!(text(&tokens), " The water, ");
    }

    #[test]
    fn letters_cut_in_two_are_put_together() {
        let kanji = "水".as_bytes();
        let tokens = [
            token(&kanji[..1], 0.5, 0, 10),
            token(&kanji[1..], 0.5, 10, 20),
            token("は".as_bytes(), 0.5, 20, 30),
        ];
        assert_eq!(told(&words(&tokens, true)), [("水", 0, 20), ("は", 20, 30)]);
        assert_eq!(told(&words(&tokens, false)), [("水は", 0, 30)]);
        assert_eq!(words(&tokens[..1], true), [], "half a letter");
    }
}
