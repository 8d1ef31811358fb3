//! Stretches of text that are spoken without a break that the text orders.

use std::ops::Range;
use std::time::Duration;

use super::super::Boundary;
use super::pause::{InvalidPause, MAX_PAUSES_TOTAL};
use super::plain::Plain;

/// Text that is spoken as one, and what follows it.
#[derive(Debug)]
pub(super) struct Segment {
    /// Where it begins in the input.
    pub(super) start: usize,
    /// What is spoken of it before the text: the number of an item.
    pub(super) lead: Option<String>,
    pub(super) plain: Plain,
    /// What it ends with.
    pub(super) ends: Boundary,
    /// The pause that the text orders after it.
    pub(super) pause: Option<Duration>,
    /// Whether it is a sentence though it may lack the mark of one: a title, an item, a row.
    pub(super) sentence: bool,
    /// Whether it is prose, of which a language can be detected.
    pub(super) prose: bool,
}

impl Segment {
    fn new(start: usize) -> Self {
        Self {
            start,
            lead: None,
            plain: Plain::default(),
            ends: Boundary::Paragraph,
            pause: None,
            sentence: false,
            prose: true,
        }
    }

    fn is_empty(&self) -> bool {
        self.plain.as_str().trim().is_empty()
    }
}

/// How the segments of a block are.
#[derive(Clone, Debug, Default)]
pub(super) struct Manner {
    pub(super) lead: Option<String>,
    pub(super) sentence: bool,
    pub(super) code: bool,
}

/// Segments as they are found.
#[derive(Debug, Default)]
pub(super) struct Segments {
    pub(super) list: Vec<Segment>,
    open: Option<Segment>,
    manner: Manner,
    /// Where the last cell ended, if no text came since.
    cell: Option<usize>,
    paused: Duration,
}

impl Segments {
    /// Begins a block at a place of the input.
    pub(super) fn begin(&mut self, start: usize, manner: Manner) {
        let mut segment = Segment::new(start);
        segment.lead.clone_from(&manner.lead);
        segment.sentence = manner.sentence;
        segment.prose = !manner.code;
        self.manner = manner;
        self.open = Some(segment);
    }

    /// Appends a part of a line.
    pub(super) fn append(&mut self, plain: &Plain, range: Range<usize>) {
        let text = &plain.as_str()[range.clone()];
        if let Some(open) = self.begin_cell(text) {
            open.plain.append(plain, range);
        }
    }

    /// Appends words that stand for a part of the input.
    pub(super) fn replace(&mut self, words: &str, source: Range<usize>) {
        if let Some(open) = self.begin_cell(words) {
            open.plain.replace(words, source);
        }
    }

    /// Ends a cell of a row: a comma parts it from the next one.
    pub(super) fn end_cell(&mut self, at: usize) {
        self.cell = self
            .open
            .as_ref()
            .filter(|open| !open.is_empty())
            .map(|_| at);
    }

    /// The open segment, ready for a text.
    fn begin_cell(&mut self, text: &str) -> Option<&mut Segment> {
        let open = self.open.as_mut()?;
        if !text.trim().is_empty()
            && let Some(at) = self.cell.take()
        {
            open.plain.replace(", ", at..at);
        }
        Some(open)
    }

    /// Ends the open segment; the next one begins at a place of the input. Nothing ends twice: of
    /// two ends the greater counts.
    pub(super) fn end(&mut self, ends: Boundary, at: usize) {
        self.cell = None;
        let Some(mut open) = self.open.take() else {
            return;
        };
        if open.is_empty() && open.lead.is_none() {
            if let Some(last) = self.list.last_mut() {
                last.ends = last.ends.max(ends);
            }
            open.start = at;
            self.open = Some(open);
            return;
        }
        open.ends = ends;
        self.list.push(open);
        let mut next = Segment::new(at);
        next.sentence = self.manner.sentence;
        next.prose = !self.manner.code;
        self.open = Some(next);
    }

    /// Ends the block.
    pub(super) fn finish(&mut self, ends: Boundary) {
        self.end(ends, 0);
        self.open = None;
    }

    /// Ends the open segment with a pause.
    ///
    /// # Errors
    /// When all pauses together are too long.
    pub(super) fn pause(&mut self, length: Duration, at: usize) -> Result<(), InvalidPause> {
        self.paused += length;
        if self.paused > MAX_PAUSES_TOTAL {
            return Err(InvalidPause::TotalTooLong);
        }
        self.end(Boundary::Clause, at);
        let segment = match self.list.last_mut() {
            Some(last) => last,
            // A pause before anything is spoken.
            None => {
                self.list.push(Segment::new(0));
                let place = self.list.len() - 1;
                &mut self.list[place]
            }
        };
        segment.pause = Some(segment.pause.unwrap_or_default() + length);
        Ok(())
    }
}
