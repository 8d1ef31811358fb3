//! Chunks of a text: what is spoken at once, and where it stands in the input.

use std::ops::Range;
use std::time::Duration;

use crate::Language;

use super::document::{Document, SegmentView};
use super::marks::{closes, han_or_kana, narrow_stop, wide_stop};
use super::{Boundary, TextChunkLimits, normalize, text_spans, verbalize};

/// A stretch of a text, short enough to be spoken at once, and how it is spoken. The ranges of all
/// chunks joined are the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextChunk {
    /// Its place in the input, in bytes, always between whole characters. Empty where one number
    /// is spoken by more than one chunk.
    pub range: Range<usize>,
    /// What is spoken of it: words without marks, on one line, in Normalization Form C. Empty
    /// where there are no words.
    pub spoken: String,
    /// What kind of boundary it ends at.
    pub ends: Boundary,
    /// The pause that the text orders after it; it takes the place of the one after `ends`.
    pub pause: Option<Duration>,
}

/// The chunks of a document.
pub(super) fn chunks(
    document: &Document,
    language: &Language,
    limits: &TextChunkLimits,
) -> Vec<TextChunk> {
    let mut cutter = Cutter {
        language,
        limits: *limits,
        begun: false,
        start: 0,
        found: Vec::new(),
    };
    for segment in document.segments() {
        cutter.take(&segment);
    }
    if cutter.found.is_empty() && document.bytes() > 0 {
        // Marks alone.
        cutter.push(document.bytes(), String::new(), Boundary::Paragraph);
    }
    cutter.found
}

/// The longest stretch of a text, in characters, that is not cut though it is spoken by more than
/// the limit: a number, an address.
const MAX_WHOLE_CHARS: usize = 16;

struct Cutter<'a> {
    language: &'a Language,
    limits: TextChunkLimits,
    /// Whether anything is spoken before.
    begun: bool,
    /// Where the next chunk begins.
    start: usize,
    found: Vec<TextChunk>,
}

impl Cutter<'_> {
    fn take(&mut self, segment: &SegmentView<'_>) {
        let first = self.found.len();
        let text = segment.text();
        let limits = TextChunkLimits {
            first_chars: match self.begun {
                false => self.limits.first_chars,
                true => self.limits.max_chars,
            },
            ..self.limits
        };
        for span in text_spans(text, self.language, &limits) {
            let ends = if span.range.end == text.len() {
                segment.ends()
            } else {
                span.ends
            };
            self.fit(segment, span.range, ends, self.limits.max_chars);
        }
        self.close(segment, first);
    }

    /// Takes a stretch of a segment; in parts where it is spoken by too many characters.
    fn fit(&mut self, segment: &SegmentView<'_>, range: Range<usize>, ends: Boundary, max: usize) {
        let text = &segment.text()[range.clone()];
        let words = normalize(&verbalize(text, self.language));
        let (written, spoken) = (text.chars().count(), words.chars().count());
        let most = self.limits.max_chars.max(1);
        if spoken <= most {
            return self.push(segment.source_end(range.end), words, ends);
        }
        let smaller = (written * most / spoken).min(max * 3 / 4);
        if written <= MAX_WHOLE_CHARS || smaller == 0 {
            return self.cut_words(&words, segment.source_end(range.end), ends);
        }
        let limits = TextChunkLimits {
            first_chars: smaller,
            max_chars: smaller,
        };
        for part in text_spans(text, self.language, &limits) {
            let last = part.range.end == text.len();
            let inner = range.start + part.range.start..range.start + part.range.end;
            let ends = match part.ends {
                _ if last => ends,
                Boundary::Paragraph => Boundary::Sentence,
                other => other,
            };
            self.fit(segment, inner, ends, smaller);
        }
    }

    /// Takes what a number or the like is spoken by, which is too long: its first part has its
    /// place in the input, the others have none of their own.
    fn cut_words(&mut self, words: &str, end: usize, ends: Boundary) {
        let limits = TextChunkLimits {
            first_chars: self.limits.max_chars,
            max_chars: self.limits.max_chars,
        };
        for part in text_spans(words, self.language, &limits) {
            let last = part.range.end == words.len();
            let ends = if last { ends } else { Boundary::Cut };
            self.push(end, words[part.range].trim().to_owned(), ends);
        }
    }

    /// Ends a segment: gives its chunks what stands before and after its text.
    fn close(&mut self, segment: &SegmentView<'_>, first: usize) {
        if self.found.len() == first {
            self.push(segment.range.end, String::new(), segment.ends());
        }
        let (language, chunks) = (self.language, &mut self.found[first..]);
        if let (Some(lead), Some(chunk)) = (segment.lead(), chunks.first_mut()) {
            chunk.spoken.insert_str(0, lead);
            chunk.spoken.truncate(chunk.spoken.trim_end().len());
        }
        if let Some(chunk) = chunks.last_mut() {
            chunk.range.end = segment.range.end;
            chunk.ends = segment.ends();
            chunk.pause = segment.pause();
            if segment.is_sentence() {
                end_sentence(&mut chunk.spoken, language);
            }
        }
        self.start = segment.range.end;
        self.begun |= self.found[first..]
            .iter()
            .any(|chunk| !chunk.spoken.is_empty());
        // What has neither a place nor words is nothing.
        let chunks = self.found.split_off(first);
        let kept = chunks.into_iter().filter(|chunk| {
            !chunk.range.is_empty() || !chunk.spoken.is_empty() || chunk.pause.is_some()
        });
        self.found.extend(kept);
    }

    fn push(&mut self, end: usize, spoken: String, ends: Boundary) {
        let end = end.max(self.start);
        self.found.push(TextChunk {
            range: self.start..end,
            spoken,
            ends,
            pause: None,
        });
        self.start = end;
    }
}

/// Gives a title, an item or a row the mark that every sentence ends with.
fn end_sentence(spoken: &mut String, language: &Language) {
    let bare = spoken.trim_end_matches(closes);
    let Some(last) = bare.chars().next_back() else {
        return;
    };
    if narrow_stop(last) || wide_stop(last) || matches!(last, ',' | ':' | '，' | '、' | '：') {
        return;
    }
    let dense = matches!(language.primary(), "zh" | "ja") && han_or_kana(last);
    spoken.push(if dense { '。' } else { '.' });
}
