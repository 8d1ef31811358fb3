//! Added tokens outside the vocabulary, which are found in a text first.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `added_tokens_decoder` of `tokenizer_config.json`: by id, which JSON can only write as text.
pub(super) type Entries = BTreeMap<String, Entry>;

#[derive(Deserialize)]
pub(super) struct Entry {
    content: String,
    #[serde(default)]
    lstrip: bool,
    #[serde(default)]
    rstrip: bool,
    #[serde(default)]
    single_word: bool,
    #[serde(default)]
    normalized: bool,
}

/// The tokens, longest first.
#[derive(Debug)]
pub(super) struct AddedTokens(Vec<(String, u32)>);

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TextSegment<'t> {
    /// An added token.
    Token(u32),
    /// What stands between two; never empty.
    Text(&'t str),
}

impl AddedTokens {
    pub(super) fn new(entries: Entries) -> Result<Self, String> {
        let mut tokens = Vec::new();
        for (id, entry) in entries {
            let id = id
                .parse()
                .map_err(|_| format!("added_tokens_decoder has the id {id:?}, not a number"))?;
            if entry.content.is_empty() {
                return Err(format!("added_tokens_decoder.{id} has no content"));
            }
            if entry.lstrip || entry.rstrip || entry.single_word || entry.normalized {
                return Err(format!(
                    "added_tokens_decoder.{id} sets lstrip, rstrip, single_word or normalized; the engine finds tokens as they are written"
                ));
            }
            tokens.push((entry.content, id));
        }
        Ok(Self::of(tokens))
    }

    /// These tokens with their ids.
    pub(super) fn of(mut tokens: Vec<(String, u32)>) -> Self {
        tokens.retain(|(content, _)| !content.is_empty());
        tokens.sort_by_key(|(content, _)| std::cmp::Reverse(content.len()));
        Self(tokens)
    }

    /// Splits a text at its added tokens: the leftmost first, and the longest of those that begin
    /// at one index.
    pub(super) fn split<'t>(&self, text: &'t str) -> Vec<TextSegment<'t>> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((index, content, id)) = self.first(rest) {
            if index > 0 {
                parts.push(TextSegment::Text(&rest[..index]));
            }
            parts.push(TextSegment::Token(id));
            rest = &rest[index + content.len()..];
        }
        if !rest.is_empty() {
            parts.push(TextSegment::Text(rest));
        }
        parts
    }

    fn first(&self, text: &str) -> Option<(usize, &str, u32)> {
        // Ties go to the first found, which is the longest.
        self.0
            .iter()
            .filter_map(|(content, id)| Some((text.find(content.as_str())?, content.as_str(), *id)))
            .min_by_key(|(index, ..)| *index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_split_at_the_leftmost_longest_token() {
        let tokens = AddedTokens(vec![("<ab>x".into(), 2), ("<ab>".into(), 1)]);
        assert_eq!(tokens.split(""), []);
        assert_eq!(
            tokens.split("é<ab>x<ab><ab"),
            [
                TextSegment::Text("é"),
                TextSegment::Token(2),
                TextSegment::Token(1),
                TextSegment::Text("<ab")
            ]
        );
    }
}
