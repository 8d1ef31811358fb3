//! A text as people send it, read: what is spoken of it, kept apart from where it stands.

mod block;
mod block_finder;
mod flat;
mod hyphen;
mod inline;
mod line_shape;
mod mask;
mod pause;
mod plain;
mod segment;
mod source_line;
mod tag;
mod words;

use std::ops::Range;

use crate::Language;

use super::TextChunkLimits;
use super::chunk::TextChunk;
use super::marks::bracket_opening;
use block::{Block, Kind};
use block_finder::blocks;
use flat::Flat;
use mask::mask;
use plain::Plain;
use segment::{Manner, Segment, Segments};

pub use pause::{InvalidPause, MAX_PAUSE, MAX_PAUSES_TOTAL};

/// Whether marks in a text mean something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Markup {
    /// Markdown, HTML, SSML and `[pause:…]` are read.
    #[default]
    Read,
    /// Every mark is text: what was recognized or translated is no markup.
    Text,
}

/// A text that was read: paragraphs, titles, items of lists, rows of tables, lines of code.
///
/// Marks are not part of what is spoken. A single newline is a space, a word that is hyphenated at
/// a line end one word. Lengths are not bounded here; [`Document::chunks`] cuts.
#[derive(Debug)]
pub struct Document {
    segments: Vec<Segment>,
    bytes: usize,
    blank: bool,
}

impl Document {
    /// Reads a text. `language` decides what a hyphen at a line end means; it may be a guess.
    /// Takes time linear in the text.
    ///
    /// # Errors
    /// For a pause that is longer than [`MAX_PAUSE`], or pauses longer than [`MAX_PAUSES_TOTAL`].
    pub fn read(text: &str, markup: Markup, language: &Language) -> Result<Self, InvalidPause> {
        let reads = markup == Markup::Read;
        let blank = text
            .chars()
            .all(|c| c.is_whitespace() || c.is_control() || c == '\u{FEFF}');
        let masked = if reads { mask(text) } else { text.into() };
        let speech = reads && masked.contains("<speak");
        let found = blocks(&masked, reads);
        let mut segments = Segments::default();
        for Block {
            kind,
            start,
            lines,
            ends,
        } in found.list
        {
            let code = kind == Kind::Code;
            let row = kind == Kind::Row;
            segments.begin(
                start,
                Manner {
                    sentence: matches!(kind, Kind::Heading | Kind::Item(_) | Kind::Row),
                    code,
                    lead: match kind {
                        Kind::Item(Some(number)) => Some(format!("{number}: ")),
                        _ => None,
                    },
                },
            );
            let cells = if row { lines.len() } else { 1 };
            for cell in 0..cells {
                let lines = if row { &lines[cell..=cell] } else { &lines[..] };
                if cell > 0 {
                    segments.end_cell(lines[0].start);
                }
                let flat = Flat::of(&masked, lines, language, reads && !code)?;
                if reads && !code {
                    inline::read(&flat, &found.definitions, speech, &mut segments)?;
                } else {
                    segments.append(&flat.plain, 0..flat.plain.as_str().len());
                }
            }
            segments.finish(ends);
        }
        let mut segments = segments.list;
        if let Some(first) = segments.first_mut() {
            first.start = 0;
        }
        Ok(Self {
            segments,
            bytes: text.len(),
            blank,
        })
    }

    /// Whether the text is empty or holds only white space.
    pub const fn is_blank(&self) -> bool {
        self.blank
    }

    /// Whether anything of it can be spoken: it has a letter or a digit.
    pub fn has_words(&self) -> bool {
        let words = |segment: &Segment| segment.plain.as_str().contains(char::is_alphanumeric);
        self.segments.iter().any(words)
    }

    /// Its prose without marks, at most so many bytes: for telling its language.
    pub fn prose(&self, max_bytes: usize) -> String {
        let mut prose = String::new();
        for segment in self.segments.iter().filter(|segment| segment.prose) {
            let text = segment.plain.as_str();
            let left = max_bytes.saturating_sub(prose.len());
            prose.push_str(&text[..text.floor_char_boundary(left)]);
            if prose.len() >= max_bytes {
                break;
            }
            prose.push('\n');
        }
        prose
    }

    /// All that is spoken of it, before numbers and symbols are put into words.
    pub fn plain(&self) -> String {
        let texts = self.segments.iter().map(|segment| segment.plain.as_str());
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Leaves out the words whose letters a voice cannot speak, and the brackets around them.
    /// Returns where they stand in the input, in rising order.
    pub fn skip(&mut self, can_say: impl Fn(char) -> bool) -> Vec<Range<usize>> {
        let mut skipped: Vec<Range<usize>> = Vec::new();
        for segment in &mut self.segments {
            let text = segment.plain.as_str();
            let runs = unsayable(text, &can_say);
            if runs.is_empty() {
                continue;
            }
            let mut kept = Plain::default();
            let mut from = 0;
            for run in runs {
                let place =
                    segment.plain.source_start(run.start)..segment.plain.source_end(run.end);
                match skipped.last_mut() {
                    Some(last) if last.end == place.start => last.end = place.end,
                    _ => skipped.push(place),
                }
                let run = with_brackets(text, run);
                kept.append(&segment.plain, from..run.start.max(from));
                from = run.end;
            }
            kept.append(&segment.plain, from..text.len());
            segment.plain = kept;
        }
        skipped
    }

    /// Cuts the text into chunks that an engine takes at once. Their ranges joined are the input,
    /// and none is spoken by more than `limits.max_chars` characters and the number of an item.
    pub fn chunks(&self, language: &Language, limits: &TextChunkLimits) -> Vec<TextChunk> {
        super::chunk::chunks(self, language, limits)
    }

    /// The segments, each with its range of the input.
    pub(super) fn segments(&self) -> impl Iterator<Item = SegmentView<'_>> {
        self.segments.iter().enumerate().map(|(place, segment)| {
            let next = self.segments.get(place + 1);
            SegmentView {
                segment,
                range: segment.start..next.map_or(self.bytes, |next| next.start),
            }
        })
    }

    /// The bytes of the input.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}

/// A segment as others see it.
pub(super) struct SegmentView<'d> {
    segment: &'d Segment,
    pub(super) range: Range<usize>,
}

impl<'d> SegmentView<'d> {
    pub(super) fn text(&self) -> &'d str {
        self.segment.plain.as_str()
    }

    pub(super) fn lead(&self) -> Option<&'d str> {
        self.segment.lead.as_deref()
    }

    pub(super) const fn ends(&self) -> super::Boundary {
        self.segment.ends
    }

    pub(super) const fn pause(&self) -> Option<std::time::Duration> {
        self.segment.pause
    }

    pub(super) const fn is_sentence(&self) -> bool {
        self.segment.sentence
    }

    /// The place in the input at which what stands before `at` ends.
    pub(super) fn source_end(&self, at: usize) -> usize {
        let place = self.segment.plain.source_end(at);
        place.clamp(self.range.start, self.range.end)
    }
}

/// The stretches of letters and digits that cannot be spoken, with what stands between two of them.
fn unsayable(text: &str, can_say: &impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut joined = false;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if c.is_alphanumeric() {
            let lost = !can_say(c);
            match runs.last_mut() {
                Some(run) if lost && joined => run.end = end,
                _ if lost => runs.push(at..end),
                _ => {}
            }
            joined = lost;
        } else if bracket_opening(c).is_some() || super::marks::bracket_opens(c) {
            joined = false;
        }
    }
    runs
}

/// A stretch with the brackets or quotes that hold nothing else.
fn with_brackets(text: &str, run: Range<usize>) -> Range<usize> {
    let head = text[..run.start].trim_end();
    let tail = text[run.end..].trim_start();
    let pair = head.chars().next_back().zip(tail.chars().next());
    let encloses = pair.is_some_and(|(open, close)| {
        bracket_opening(close) == Some(open)
            || matches!(
                (open, close),
                ('"', '"') | ('“', '”') | ('«', '»') | ('「', '」')
            )
    });
    match pair {
        Some((open, close)) if encloses => {
            head.len() - open.len_utf8()..text.len() - tail.len() + close.len_utf8()
        }
        _ => run,
    }
}
