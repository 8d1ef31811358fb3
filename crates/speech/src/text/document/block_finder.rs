//! Finds the blocks of a text, line by line.

use std::ops::Range;

use super::super::Boundary;
use super::block::{Block, Blocks, Kind};
use super::line_shape::{
    cells, definition, fence, fences, footnote, heading, is_rule, is_table_rule,
};
use super::source_line::{Marker, MarkerKind, SourceLine, lines};

/// The longest title that stands on the first line of a paragraph, in characters.
const MAX_TITLE_CHARS: usize = 40;

/// Finds the blocks of a text. Without markup there are only paragraphs, titles and items.
pub(super) fn blocks(text: &str, markup: bool) -> Blocks {
    let lines = lines(text, markup);
    let mut finder = Finder {
        text,
        markup,
        fences: if markup {
            fences(text, &lines)
        } else {
            Vec::new()
        },
        lines,
        open: None,
        quotes: 0,
        found: Blocks::default(),
    };
    let mut at = 0;
    while at < finder.lines.len() {
        at += finder.take(at);
    }
    finder.close(Boundary::Paragraph);
    if let Some(last) = finder.found.list.last_mut() {
        last.ends = Boundary::Paragraph;
    }
    finder.found
}

struct Finder<'t> {
    text: &'t str,
    markup: bool,
    lines: Vec<SourceLine>,
    /// Lines that may close a fence: their index, mark and length.
    fences: Vec<(usize, u8, usize)>,
    open: Option<Block>,
    /// How many quotes the open block stands in.
    quotes: usize,
    found: Blocks,
}

impl Finder<'_> {
    /// Takes the line at an index, and with it those that only it explains. Returns their number.
    fn take(&mut self, at: usize) -> usize {
        let line = self.lines[at].clone();
        let content = &self.text[line.content.clone()];
        if content.is_empty() {
            self.close(Boundary::Paragraph);
            return 1;
        }
        if line.quotes != self.quotes {
            self.close(Boundary::Paragraph);
            self.quotes = line.quotes;
        }
        if self.markup
            && let Some(taken) = self.marked(at, &line)
        {
            return taken;
        }
        match line.marker {
            Some(marker) if self.is_item(marker, content) => self.item(&line, marker),
            _ => self.more(&line),
        }
        1
    }

    /// Takes what only Markdown has.
    fn marked(&mut self, at: usize, line: &SourceLine) -> Option<usize> {
        let content = &self.text[line.content.clone()];
        if let Some(end) = self.fence_end(at, content) {
            self.close(Boundary::Paragraph);
            for inner in at + 1..end {
                let inner = &self.lines[inner];
                if !inner.content.is_empty() {
                    let (start, content) = (inner.start, inner.content.clone());
                    self.push(Kind::Code, start, vec![content], Boundary::Clause);
                }
            }
            self.widen(Boundary::Paragraph);
            return Some(end + 1 - at);
        }
        if is_rule(content) {
            if content.starts_with('=')
                && let Some(block) = self.open.as_mut().filter(|block| block.kind == Kind::Text)
            {
                block.kind = Kind::Heading;
            }
            self.close(Boundary::Paragraph);
            self.widen(Boundary::Paragraph);
            return Some(1);
        }
        if let Some(title) = heading(content) {
            self.close(Boundary::Paragraph);
            let from = line.content.start + title.start;
            let title = from..line.content.start + title.end;
            self.push(Kind::Heading, line.start, vec![title], Boundary::Paragraph);
            return Some(1);
        }
        if let Some(name) = definition(content) {
            self.close(Boundary::Paragraph);
            self.found.definitions.insert(name);
            return Some(1);
        }
        if let Some(mark) = footnote(content) {
            self.close(Boundary::Paragraph);
            let content = line.content.start + mark..line.content.end;
            self.open(Kind::Text, line.start, content);
            return Some(1);
        }
        self.table(at)
    }

    /// Takes a table, row by row.
    fn table(&mut self, at: usize) -> Option<usize> {
        let content = |at: usize| {
            let line = self.lines.get(at)?;
            Some(&self.text[line.content.clone()])
        };
        let head = content(at)?;
        let framed = |row: &str| row.len() > 2 && row.starts_with('|') && row.ends_with('|');
        let ruled = head.contains('|') && content(at + 1).is_some_and(is_table_rule);
        if !ruled && !framed(head) {
            return None;
        }
        let mut rows = Vec::new();
        let mut end = at;
        while let Some(row) = content(end) {
            let belongs = if ruled {
                row.contains('|')
            } else {
                framed(row)
            };
            if !belongs {
                break;
            }
            if !is_table_rule(row) {
                let line = &self.lines[end];
                rows.push((line.start, cells(row, line.content.start)));
            }
            end += 1;
        }
        self.close(Boundary::Paragraph);
        for (start, cells) in rows {
            self.push(Kind::Row, start, cells, Boundary::Sentence);
        }
        self.widen(Boundary::Paragraph);
        Some(end - at)
    }

    /// The closing line of a fence that this line opens.
    fn fence_end(&self, at: usize, content: &str) -> Option<usize> {
        let (mark, length) = fence(content)?;
        let after = self.fences.partition_point(|&(line, ..)| line <= at);
        let closing = |&&(_, other, least): &&(usize, u8, usize)| other == mark && least >= length;
        self.fences[after..]
            .iter()
            .find(closing)
            .map(|&(line, ..)| line)
    }

    /// Whether a mark opens an item here, or is text that a line happens to begin with.
    fn is_item(&self, marker: Marker, content: &str) -> bool {
        let Some(block) = &self.open else {
            return true;
        };
        if marker.kind != MarkerKind::Bullet || matches!(block.kind, Kind::Item(_)) {
            return true;
        }
        let before = block
            .lines
            .last()
            .map_or("", |line| &self.text[line.clone()]);
        let ended = before.ends_with(|c: char| !c.is_alphanumeric() && c != ',');
        let dash = content.starts_with(['–', '—', '―']);
        let number = content[marker.bytes..].starts_with(|c: char| c.is_ascii_digit());
        ended || !(dash || number)
    }

    /// Opens an item.
    fn item(&mut self, line: &SourceLine, marker: Marker) {
        self.close(Boundary::Sentence);
        let mut from = line.content.start + marker.bytes;
        let number = match marker.kind {
            MarkerKind::Bullet => None,
            MarkerKind::Ordinal { .. } => {
                let mark = &self.text[line.content.start..from];
                let name: String = mark.chars().filter(|c| c.is_alphanumeric()).collect();
                Some(name)
            }
        };
        if self.markup {
            let rest = &self.text[from..line.content.end];
            let boxed = ["[ ] ", "[x] ", "[X] "]
                .iter()
                .any(|mark| rest.starts_with(mark));
            from += if boxed { 4 } else { 0 };
        }
        self.open(Kind::Item(number), line.start, from..line.content.end);
    }

    /// Adds a line to the open block, or opens a paragraph with it.
    fn more(&mut self, line: &SourceLine) {
        match &mut self.open {
            Some(block) => block.lines.push(line.content.clone()),
            None => self.open(Kind::Text, line.start, line.content.clone()),
        }
    }

    fn open(&mut self, kind: Kind, start: usize, line: Range<usize>) {
        self.open = Some(Block {
            kind,
            start,
            lines: vec![line],
            ends: Boundary::Paragraph,
        });
    }

    /// Closes the open block; its title becomes a block of its own.
    fn close(&mut self, ends: Boundary) {
        let Some(mut block) = self.open.take() else {
            // A blank line after what closed itself.
            return self.widen(ends);
        };
        block.ends = ends;
        if block.kind == Kind::Text && self.has_title(&block) {
            let rest = block.lines.split_off(1);
            let start = rest[0].start;
            block.kind = Kind::Heading;
            block.ends = Boundary::Paragraph;
            self.found.list.push(block);
            block = Block {
                kind: Kind::Text,
                start,
                lines: rest,
                ends,
            };
        }
        self.found.list.push(block);
    }

    fn push(&mut self, kind: Kind, start: usize, lines: Vec<Range<usize>>, ends: Boundary) {
        self.found.list.push(Block {
            kind,
            start,
            lines,
            ends,
        });
    }

    /// Lets the last block end with at least so much.
    fn widen(&mut self, ends: Boundary) {
        if let Some(last) = self.found.list.last_mut() {
            last.ends = last.ends.max(ends);
        }
    }

    /// Whether the first line of a paragraph is a title: short, without a mark at its end, broken
    /// though the next word would have fitted, before a much longer line that begins with a
    /// capital.
    fn has_title(&self, block: &Block) -> bool {
        let [first, second, ..] = &block.lines[..] else {
            return false;
        };
        let (title, next) = (&self.text[first.clone()], &self.text[second.clone()]);
        let chars = |text: &str| text.chars().count();
        let width = block
            .lines
            .iter()
            .map(std::iter::ExactSizeIterator::len)
            .max()
            .unwrap_or(0);
        let word = next.split_whitespace().next().map_or(0, str::len);
        let last = title.split_whitespace().next_back().unwrap_or_default();
        let small = last.chars().all(char::is_lowercase) && chars(last) <= 3;
        chars(title) <= MAX_TITLE_CHARS
            && title.starts_with(|c: char| c.is_uppercase() || c.is_numeric())
            && title.ends_with(char::is_alphanumeric)
            && !small
            && next.starts_with(char::is_uppercase)
            && 2 * chars(title) <= chars(next)
            && title.len() + 1 + word <= width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let kind = |kind: &Kind| match kind {
            Kind::Text => "text".to_owned(),
            Kind::Heading => "heading".into(),
            Kind::Item(None) => "item".into(),
            Kind::Item(Some(number)) => format!("item {number}"),
            Kind::Row => "row".into(),
            Kind::Code => "code".into(),
        };
        blocks(text, true)
            .list
            .iter()
            .map(|block| {
                let lines: Vec<_> = block.lines.iter().map(|line| &text[line.clone()]).collect();
                format!("{}: {}", kind(&block.kind), lines.join("/"))
            })
            .collect()
    }

    #[test]
    fn markdown_blocks_are_found() {
        for (text, expected) in [
            (
                "# Title\nText\nmore",
                &["heading: Title", "text: Text/more"][..],
            ),
            ("## Title ##\n\nText", &["heading: Title", "text: Text"]),
            ("Title\n=====\nText", &["heading: Title", "text: Text"]),
            ("One\n\n---\n\nTwo", &["text: One", "text: Two"]),
            (
                "Buy:\n- Milk\n- Eggs\n  and ham",
                &["text: Buy:", "item: Milk", "item: Eggs/and ham"],
            ),
            ("1. Milk\n2. Eggs", &["item 1: Milk", "item 2: Eggs"]),
            ("- [x] Done\n- [ ] Open", &["item: Done", "item: Open"]),
            (
                "| a | b |\n|---|---|\n| 1 | 2 |\nEnd",
                &["row: a/b", "row: 1/2", "text: End"],
            ),
            ("a | b\n--|--\n1 | 2", &["row: a/b", "row: 1/2"]),
            (
                "```rust\nlet *x* = 1;\n```\nEnd",
                &["code: let *x* = 1;", "text: End"],
            ),
            ("> One\n> two\n\nThree", &["text: One/two", "text: Three"]),
            (
                "Hi [^1].\n\n[^1]: A note.\n[a]: http://x.org",
                &["text: Hi [^1].", "text: A note."],
            ),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn prose_is_not_markdown() {
        for (text, expected) in [
            (
                "    An indented paragraph.",
                &["text: An indented paragraph."][..],
            ),
            ("1914. The war\nbegan.", &["text: 1914. The war/began."]),
            ("#1 is C#\n#hashtag", &["text: #1 is C#/#hashtag"]),
            (
                "It was cold,\n- 5 degrees.",
                &["text: It was cold,/- 5 degrees."],
            ),
            ("He came\n— late.", &["text: He came/— late."]),
            ("P(A|B) is small", &["text: P(A|B) is small"]),
            ("[Note]: see below", &["text: [Note]: see below"]),
            ("```\nnever closed", &["text: ```/never closed"]),
            ("—¿Vienes?\n—No", &["item: ¿Vienes?", "item: No"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn a_title_on_the_first_line_differs_from_a_wrapped_sentence() {
        assert_eq!(
            found("Chapter One\nIt was a dark and stormy night in the old town."),
            [
                "heading: Chapter One",
                "text: It was a dark and stormy night in the old town."
            ]
        );
        for text in [
            "The weather in\nLondon is nice.",
            "The long road to the north of\nEngland is closed today.",
            "We meet at the\nOpera House, which is in the middle of the town.",
        ] {
            assert_eq!(found(text).len(), 1, "{text}");
        }
    }
}
