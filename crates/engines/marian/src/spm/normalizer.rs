//! A text as a model's pieces are made of: its characters mapped, its white space marked.
//!
//! Source: `Normalizer::Normalize` of SentencePiece.

use super::charsmap::Charsmap;

/// What stands for a space.
pub(crate) const SPACE: char = '▁';

#[derive(Debug)]
pub(super) struct Normalizer {
    pub(super) charsmap: Charsmap,
    /// Pieces that normalization leaves as they are.
    pub(super) untouched: Vec<String>,
    pub(super) dummy_prefix: bool,
    pub(super) remove_extra_whitespaces: bool,
    pub(super) escape_whitespaces: bool,
    pub(super) whitespace_suffix: bool,
}

impl Normalizer {
    pub(super) fn normalize(&self, text: &str) -> String {
        let space = if self.escape_whitespaces { SPACE } else { ' ' };
        let mut rest = text;
        if self.remove_extra_whitespaces {
            loop {
                let (length, mapped) = self.prefix(rest);
                if length == 0 || mapped != " " {
                    break;
                }
                rest = &rest[length..];
            }
        }
        let mut normal = String::with_capacity(text.len() * 2);
        if rest.is_empty() {
            return normal;
        }
        if self.dummy_prefix && !self.whitespace_suffix {
            normal.push(space);
        }
        let mut after_space = self.remove_extra_whitespaces;
        while !rest.is_empty() {
            let (length, mapped) = self.prefix(rest);
            let mapped = if after_space {
                mapped.trim_start_matches(' ')
            } else {
                mapped
            };
            if !mapped.is_empty() {
                normal.extend(mapped.chars().map(|c| if c == ' ' { space } else { c }));
                after_space = self.remove_extra_whitespaces && mapped.ends_with(' ');
            }
            rest = &rest[length..];
        }
        if self.remove_extra_whitespaces {
            normal.truncate(normal.trim_end_matches(space).len());
        }
        if self.dummy_prefix && self.whitespace_suffix {
            normal.push(space);
        }
        normal
    }

    /// The length in bytes of what is mapped next, and what it becomes. Zero of an empty text.
    fn prefix<'a>(&'a self, text: &'a str) -> (usize, &'a str) {
        let longest = self
            .untouched
            .iter()
            .filter(|own| text.starts_with(*own))
            .map(String::len)
            .max();
        if let Some(length) = longest {
            return (length, &text[..length]);
        }
        self.charsmap.match_prefix(text).unwrap_or_else(|| {
            let length = text.chars().next().map_or(0, char::len_utf8);
            (length, &text[..length])
        })
    }
}
