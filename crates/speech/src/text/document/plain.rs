//! Text whose characters have their positions in the input.

use std::ops::Range;

/// A text made of parts of another one.
#[derive(Clone, Debug, Default)]
pub(super) struct Plain {
    text: String,
    runs: Vec<Run>,
}

/// Bytes of a plain text and where they come from.
#[derive(Clone, Debug)]
struct Run {
    /// Where it begins in the plain text. It ends where the next one begins.
    start: usize,
    source: Range<usize>,
    /// Whether it is the source's bytes, so that each has its own place.
    copied: bool,
}

impl Plain {
    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Appends the bytes of the input that stand at `start`.
    pub(super) fn copy(&mut self, text: &str, start: usize) {
        if text.is_empty() {
            return;
        }
        let source = start..start + text.len();
        match self.runs.last_mut() {
            Some(run) if run.copied && run.source.end == start => run.source.end = source.end,
            _ => self.runs.push(Run {
                start: self.text.len(),
                source,
                copied: true,
            }),
        }
        self.text.push_str(text);
    }

    /// Appends a text that stands for a part of the input.
    pub(super) fn replace(&mut self, text: &str, source: Range<usize>) {
        if text.is_empty() {
            return;
        }
        self.runs.push(Run {
            start: self.text.len(),
            source,
            copied: false,
        });
        self.text.push_str(text);
    }

    /// Appends a part of another plain text.
    pub(super) fn append(&mut self, other: &Self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            let place = other.run_at(at);
            let run = &other.runs[place];
            let run_end = other
                .runs
                .get(place + 1)
                .map_or(other.text.len(), |next| next.start);
            let end = run_end.min(range.end);
            let text = &other.text[at..end];
            if run.copied {
                self.copy(text, run.source.start + (at - run.start));
            } else {
                self.replace(text, run.source.clone());
            }
            at = end;
        }
    }

    /// The place in the input at which a byte of the text begins.
    pub(super) fn source_start(&self, at: usize) -> usize {
        if self.runs.is_empty() {
            return 0;
        }
        let run = &self.runs[self.run_at(at)];
        match run.copied {
            true => run.source.start + (at - run.start).min(run.source.len()),
            false => run.source.start,
        }
    }

    /// The place in the input at which the character before `at` ends.
    pub(super) fn source_end(&self, at: usize) -> usize {
        let Some(before) = at.checked_sub(1).filter(|_| !self.runs.is_empty()) else {
            return 0;
        };
        let run = &self.runs[self.run_at(before)];
        match run.copied {
            true => run.source.start + (at - run.start),
            false => run.source.end,
        }
    }

    /// The index of the run that holds a byte.
    fn run_at(&self, at: usize) -> usize {
        self.runs
            .partition_point(|run| run.start <= at)
            .saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_position_in_the_input() {
        // a&amp;b *c*
        let mut plain = Plain::default();
        plain.copy("a", 0);
        plain.replace("&", 1..6);
        plain.copy("b ", 6);
        plain.copy("c", 9);
        assert_eq!(plain.as_str(), "a&b c");
        let starts: Vec<_> = (0..5).map(|at| plain.source_start(at)).collect();
        assert_eq!(starts, [0, 1, 6, 7, 9]);
        let ends: Vec<_> = (1..6).map(|at| plain.source_end(at)).collect();
        assert_eq!(ends, [1, 6, 7, 8, 10]);

        let mut part = Plain::default();
        part.append(&plain, 1..5);
        assert_eq!(part.as_str(), "&b c");
        assert_eq!((part.source_start(0), part.source_end(4)), (1, 10));
    }
}
