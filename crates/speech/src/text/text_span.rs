//! What a text is cut into.

use std::ops::Range;

use serde::Serialize;

/// A stretch of a text, short enough to be spoken at once. Spans joined are the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextSpan {
    /// Its place in the text, in bytes, always between whole characters. The white space that
    /// follows a span belongs to it; the white space that opens a text belongs to its first.
    pub range: Range<usize>,
    /// What kind of boundary it ends at, which decides the pause that follows.
    pub ends: Boundary,
}

/// What kind of boundary a span ends at, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Boundary {
    /// Between two words, or within one: the limit left no better place.
    Cut,
    /// After a comma, a dash or the like.
    Clause,
    /// After a sentence.
    Sentence,
    /// After a paragraph, or at the end of the text.
    Paragraph,
}

/// How long text chunks may be.
///
/// Lengths count characters, that is Unicode scalar values, and not grapheme clusters: a cluster
/// may be of any size, so a limit on clusters would bound nothing. A run of white space counts as
/// one within a span and as none at its ends, as it will be spoken. Zero counts as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextChunkLimits {
    /// The length sought for the first span, so that audio starts early. At or above
    /// `max_chars` the first span is like all others.
    pub first_chars: usize,
    /// The length that no span exceeds.
    pub max_chars: usize,
}

impl Default for TextChunkLimits {
    /// 80 and 400 characters: in English about five and twenty-five seconds of speech.
    fn default() -> Self {
        Self {
            first_chars: 80,
            max_chars: 400,
        }
    }
}
