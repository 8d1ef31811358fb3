//! The vocabulary of a `CTranslate2` model, and the bytes of its tokens.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::ModelError;
use crate::error::failed;

/// The largest file of a vocabulary, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// The first token that is no text.
const END_OF_TEXT: &str = "<|endoftext|>";

/// The tokens in their order: a list in JSON, or lines of text.
pub(super) fn read(path: &Path) -> Result<Vec<String>, ModelError> {
    let error = |reason: String| ModelError::Convert {
        what: path.display().to_string(),
        reason,
    };
    let io_error = |source| failed(path, source);
    if fs::metadata(path).map_err(io_error)?.len() > MAX_BYTES {
        return Err(error("the vocabulary is too large".into()));
    }
    let mut text = String::new();
    let file = File::open(path).map_err(io_error)?;
    file.take(MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(io_error)?;
    if text.starts_with('[') {
        return serde_json::from_str(&text).map_err(|source| error(source.to_string()));
    }
    Ok(text.lines().map(str::to_owned).collect())
}

/// The bytes of each token that is text: the format names the special ones itself.
pub(super) fn words(tokens: &[String]) -> Result<Vec<Vec<u8>>, String> {
    let end = tokens.iter().position(|token| token == END_OF_TEXT);
    let end = end.ok_or_else(|| format!("the vocabulary has no {END_OF_TEXT}"))?;
    let bytes = byte_symbols();
    let words = tokens[..end].iter().map(|token| {
        let symbols = token.chars().map(|symbol| bytes.get(&symbol).copied());
        symbols
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(|| format!("the token {token:?} is no text of GPT-2's vocabulary"))
    });
    words.collect()
}

/// The byte for which each symbol of GPT-2's vocabulary stands: printable characters of Latin-1
/// stand for themselves, the other bytes in their order for the code points from 256 on.
fn byte_symbols() -> HashMap<char, u8> {
    let mut symbols = HashMap::new();
    let mut next = 256_u32;
    for byte in 0..=u8::MAX {
        let printable = matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
        let symbol = if printable {
            Some(char::from(byte))
        } else {
            next += 1;
            char::from_u32(next - 1)
        };
        symbols.extend(symbol.map(|symbol| (symbol, byte)));
    }
    symbols
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_become_bytes_until_the_end_of_text() {
        let tokens = ["!", "Ġthe", "Ċ", "å", "", END_OF_TEXT, "<|en|>"].map(str::to_owned);
        let words = words(&tokens).expect("words");
        let expected: [&[u8]; 5] = [b"!", b" the", b"\n", b"\xe5", b""];
        assert_eq!(words, expected);
        assert!(super::words(&["日".to_owned(), END_OF_TEXT.to_owned()]).is_err());
        assert!(super::words(&["a".to_owned()]).is_err());
    }
}
