//! Text of any length into spans that can be spoken.

use std::ops::Range;

use crate::Language;

use super::clause::clause_ends;
use super::paragraph::paragraphs;
use super::rules::Rules;
use super::sentence::sentence_ends;
use super::word;
use super::{Boundary, TextChunkLimits, TextSpan};

/// Cuts a text into spans. Joined they are the text, and none is longer than the limit.
///
/// A span never crosses a paragraph. Within it, whole sentences are put together while they fit.
/// A sentence that does not fit is cut after its last clause that does, else between words, else
/// between grapheme clusters, else between characters; and so that its rest is not a mere scrap.
///
/// The first span ends with the last sentence or clause within `first_chars`; where none ends
/// there, with the first after it.
///
/// Time is linear in the text and independent of what it holds.
pub fn text_spans(text: &str, language: &Language, limits: &TextChunkLimits) -> Vec<TextSpan> {
    let rules = Rules::of(language);
    let max = limits.max_chars.max(1);
    let mut found = Vec::new();
    for paragraph in paragraphs(text) {
        let packer = Packer {
            text,
            end: paragraph.end,
            ends: sentence_ends(text, &paragraph, rules),
        };
        let mut start = paragraph.start;
        while start < paragraph.end {
            let early = if found.is_empty() {
                packer.first_cut(start, limits.first_chars.clamp(1, max), max)
            } else {
                None
            };
            let (place, ends) = early.unwrap_or_else(|| packer.next_cut(start, max));
            found.push(TextSpan {
                range: start..place,
                ends,
            });
            start = place;
        }
    }
    found
}

/// A paragraph being cut.
struct Packer<'t> {
    text: &'t str,
    /// Where the paragraph ends.
    end: usize,
    /// Where its sentences end, the last at `end`.
    ends: Vec<usize>,
}

impl Packer<'_> {
    /// Where the first span of a text ends, if it can be a short one.
    fn first_cut(&self, start: usize, first: usize, max: usize) -> Option<(usize, Boundary)> {
        let reach = self.reach(start, first);
        let least = self.reach(start, first / 4);
        let furthest = self.reach(start, max);
        self.whole_sentences(start, reach)
            .or_else(|| Some((self.clauses(start, least, reach).last()?, Boundary::Clause)))
            .or_else(|| {
                let sentence = self.next_end(reach);
                let clause = self.clauses(start, reach, furthest.min(sentence)).next();
                match clause {
                    Some(place) if place < sentence => Some((place, Boundary::Clause)),
                    _ if sentence <= furthest => Some((sentence, self.kind(sentence))),
                    _ => None,
                }
            })
    }

    /// Where the span that begins at `start` ends.
    fn next_cut(&self, start: usize, max: usize) -> (usize, Boundary) {
        let reach = self.reach(start, max);
        if let Some(cut) = self.whole_sentences(start, reach) {
            return cut;
        }
        let least = self.reach(start, max / 4);
        let scrap = self.reach(reach, max / 4) >= self.next_end(reach);
        let reach = if scrap && max > 3 {
            self.reach(start, max - max / 4)
        } else {
            reach
        };
        match self.clauses(start, least, reach).last() {
            Some(place) => (place, Boundary::Clause),
            None => (word::cut(self.text, start, least, reach), Boundary::Cut),
        }
    }

    /// The end of the last sentence that ends within `reach`.
    fn whole_sentences(&self, start: usize, reach: usize) -> Option<(usize, Boundary)> {
        let place = self.ends[..self.ends.partition_point(|&end| end <= reach)]
            .last()
            .copied()?;
        (place > start).then(|| (place, self.kind(place)))
    }

    /// The first end of a sentence after a place.
    fn next_end(&self, place: usize) -> usize {
        let next = self.ends.partition_point(|&end| end <= place);
        self.ends.get(next).copied().unwrap_or(self.end)
    }

    /// The kind of a sentence's end.
    fn kind(&self, place: usize) -> Boundary {
        if place == self.end {
            Boundary::Paragraph
        } else {
            Boundary::Sentence
        }
    }

    /// The ends of clauses in a part of the sentence that begins at `start`.
    fn clauses(&self, start: usize, from: usize, to: usize) -> impl Iterator<Item = usize> {
        clause_ends(self.text, start, from, to.min(self.end))
    }

    /// The furthest place such that the text from `start` to it has at most `chars` characters.
    fn reach(&self, start: usize, chars: usize) -> usize {
        reach(self.text, start..self.end, chars)
    }
}

/// The furthest place in `span` up to which it has at most `chars` characters, counted as
/// [`TextChunkLimits`] allows, the white space after them included.
fn reach(text: &str, span: Range<usize>, chars: usize) -> usize {
    let (mut count, mut gap) = (0, false);
    for (offset, c) in text[span.clone()].char_indices() {
        if c.is_whitespace() {
            gap = count > 0;
            continue;
        }
        count += 1 + usize::from(std::mem::take(&mut gap));
        if count > chars {
            return span.start + offset;
        }
    }
    span.end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, first_chars: usize, max_chars: usize) -> Vec<(&str, Boundary)> {
        text_spans(
            text,
            &Language::english(),
            &TextChunkLimits {
                first_chars,
                max_chars,
            },
        )
        .into_iter()
        .map(|span| (&text[span.range], span.ends))
        .collect()
    }

    #[test]
    fn nothing_has_no_spans_and_white_space_is_one() {
        assert!(cut("", 10, 10).is_empty());
        assert_eq!(cut(" \n\n ", 1, 1), [(" \n\n ", Boundary::Paragraph)]);
    }

    #[test]
    fn sentences_are_put_together_while_they_fit() {
        let text = "One two. Three four. Five six.\n\nSeven.";
        assert_eq!(
            cut(text, 20, 20),
            [
                ("One two. Three four. ", Boundary::Sentence),
                ("Five six.\n\n", Boundary::Paragraph),
                ("Seven.", Boundary::Paragraph),
            ]
        );
        assert_eq!(cut(text, 19, 19)[0], ("One two. ", Boundary::Sentence));
    }

    #[test]
    fn the_first_span_is_short() {
        let text = "Dear all, I am glad that you have come. Let us begin.";
        assert_eq!(cut(text, 12, 100)[0], ("Dear all, ", Boundary::Clause));
        assert_eq!(cut(text, 3, 100)[0], ("Dear all, ", Boundary::Clause));
        assert_eq!(cut(text, 45, 100)[0].1, Boundary::Sentence);
        assert_eq!(cut(text, 100, 100), [(text, Boundary::Paragraph)]);
    }

    #[test]
    fn a_long_sentence_is_cut_at_the_best_place() {
        let text = "When it rains, the people of the town stay at home and read.";
        assert_eq!(cut(text, 50, 50)[0], ("When it rains, ", Boundary::Clause));
        let text = "the people of the town stay at home";
        assert_eq!(cut(text, 20, 20)[0].1, Boundary::Cut);
        assert_eq!(cut("abcdefghij", 4, 4)[0], ("abcd", Boundary::Cut));
        assert_eq!(
            cut("e\u{301}\u{302}\u{303}\u{304}", 3, 3)[0].0,
            "e\u{301}\u{302}"
        );
    }

    #[test]
    fn no_scrap_is_left_of_a_long_sentence() {
        let text = "one two three four five six seven eight nine ten";
        let parts = cut(text, 40, 40);
        assert!(parts[1].0.len() >= 10, "{parts:?}");
    }
}
