//! Marks within a line: emphasis, code, links, tags, entities.

use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{BrokenLink, CowStr, Event, Options, Parser, Tag, TagEnd};

use super::super::marks::{han_or_kana, hangul};
use super::flat::{Flat, PAUSE_MARK};
use super::pause::InvalidPause;
use super::plain::Plain;
use super::segment::Segments;
use super::tag::{Effect, closes, effect};

/// Stands before a line so that it is a paragraph, whatever it begins with.
const LEAD: &str = "x ";

/// Reads the marks of a line and appends what is spoken of it.
pub(super) fn read(
    flat: &Flat,
    definitions: &HashSet<String>,
    speech: bool,
    out: &mut Segments,
) -> Result<(), InvalidPause> {
    let line = format!("{LEAD}{}", flat.plain.as_str());
    let resolve = |link: BrokenLink<'_>| {
        let known = definitions.contains(&link.reference.to_lowercase());
        known.then(|| (CowStr::from("#"), CowStr::from("")))
    };
    let parser =
        Parser::new_with_broken_link_callback(&line, Options::ENABLE_STRIKETHROUGH, Some(resolve));
    let mut reader = Reader {
        line: &line,
        flat,
        speech,
        marks: Vec::new(),
        alias: false,
        text: 0..0,
        out,
    };
    for (event, range) in parser.into_offset_iter() {
        reader.take(event, range)?;
    }
    reader.flush()
}

struct Reader<'a> {
    line: &'a str,
    flat: &'a Flat,
    speech: bool,
    /// The open marks of emphasis: the bytes of those that are text, 0 for those that are not.
    marks: Vec<usize>,
    /// Whether the text is spoken by other words, up to the end of its element.
    alias: bool,
    /// The bytes of the line that are taken and not yet appended.
    text: Range<usize>,
    out: &'a mut Segments,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, range: Range<usize>) -> Result<(), InvalidPause> {
        match event {
            Event::Start(Tag::Emphasis) => self.open(range, 1)?,
            Event::Start(Tag::Strong) => self.open(range, 2)?,
            Event::Start(Tag::Strikethrough) => {
                let double = self.line[range.clone()].starts_with("~~");
                self.open(range, if double { 2 } else { 1 })?;
            }
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough) => {
                if let Some(length @ 1..) = self.marks.pop() {
                    self.copy(range.end - length..range.end)?;
                }
            }
            // Its bytes keep their places where they are those of the line.
            Event::Text(text) if self.line[range.clone()] == *text => self.copy(range)?,
            Event::Code(code) => match self.line[range.clone()].find(&*code) {
                Some(at) => self.copy(range.start + at..range.start + at + code.len())?,
                None => self.words(&code, range)?,
            },
            Event::Text(text) => self.words(&text, range)?,
            Event::InlineHtml(tag) | Event::Html(tag) => self.tag(&tag, range)?,
            Event::SoftBreak | Event::HardBreak => self.words(" ", range)?,
            _ => {}
        }
        Ok(())
    }

    /// Takes the mark that opens an emphasis. Where the pair of marks is text, both are spoken.
    fn open(&mut self, range: Range<usize>, length: usize) -> Result<(), InvalidPause> {
        let text = self.is_text(&range, length);
        if text {
            self.copy(range.start..range.start + length)?;
        }
        self.marks.push(if text { length } else { 0 });
        Ok(())
    }

    /// Whether a pair of marks that `CommonMark` takes for emphasis may as well be a product, a
    /// power or an approximation: `a*b*c`, `2**3 and 4**5`, `~5 or 6~`.
    fn is_text(&self, range: &Range<usize>, length: usize) -> bool {
        let inner = &self.line[range.start + length..range.end - length];
        let word =
            |c: Option<char>| c.filter(|&c| c.is_alphanumeric() && !han_or_kana(c) && !hangul(c));
        let within = |outer: Option<char>, inner: Option<char>| Some((word(outer)?, word(inner)?));
        let before = self.line[..range.start].chars().next_back();
        let after = self.line[range.end..].chars().next();
        let opening = within(before, inner.chars().next());
        let closing = within(after, inner.chars().next_back());
        let number = |pair: Option<(char, char)>| {
            pair.is_some_and(|(a, b)| a.is_numeric() || b.is_numeric())
        };
        match (self.line.as_bytes()[range.start], length) {
            (b'*', 1) => opening.is_some() || closing.is_some(),
            (b'*', _) => {
                let both = opening.is_some() && closing.is_some();
                number(opening) || number(closing) || both && inner.contains(char::is_whitespace)
            }
            (b'~', 1) => true,
            _ => false,
        }
    }

    fn tag(&mut self, tag: &str, range: Range<usize>) -> Result<(), InvalidPause> {
        if self.alias {
            self.alias = !closes(tag, "sub");
            return Ok(());
        }
        let end = self.source(&range).end;
        let effect = effect(tag, self.speech)?;
        if effect == Effect::Text {
            return self.copy(range);
        }
        self.flush()?;
        match effect {
            Effect::Text | Effect::Nothing => {}
            Effect::Break(boundary) => self.out.end(boundary, end),
            Effect::Pause(length) => self.out.pause(length, end)?,
            Effect::Cell => self.out.end_cell(end),
            Effect::Alias(words) => {
                self.words(&words, range)?;
                self.alias = true;
            }
            Effect::Words(words) => self.words(&words, range)?,
        }
        Ok(())
    }

    /// Takes bytes of the line. Those that follow each other are one text, however the parser
    /// parts them.
    fn copy(&mut self, range: Range<usize>) -> Result<(), InvalidPause> {
        if self.alias {
            return Ok(());
        }
        if self.text.end != range.start {
            self.flush()?;
            self.text.start = range.start;
        }
        self.text.end = range.end;
        Ok(())
    }

    /// Appends the bytes taken; pauses among them end what comes before them.
    fn flush(&mut self) -> Result<(), InvalidPause> {
        let range = self.text.start.max(LEAD.len())..self.text.end;
        self.text.start = self.text.end;
        let mut from = range.start;
        while from < range.end {
            let rest = &self.line[from..range.end];
            let at = from + rest.find(PAUSE_MARK).unwrap_or(rest.len());
            self.append(from..at);
            from = at;
            if at < range.end {
                from += PAUSE_MARK.len_utf8();
                let end = self.source(&(at..from)).end;
                let place = at - LEAD.len();
                let pauses = &self.flat.pauses;
                if let Ok(found) = pauses.binary_search_by_key(&place, |&(place, _)| place) {
                    self.out.pause(pauses[found].1, end)?;
                }
            }
        }
        Ok(())
    }

    /// Appends text of the line without the marks that found no partner.
    fn append(&mut self, range: Range<usize>) {
        let lead = LEAD.len();
        let mut from = range.start;
        for mark in stray(self.line, range.clone()) {
            let part = from - lead..mark.start - lead;
            self.out.append(&self.flat.plain, part);
            from = mark.end;
        }
        let part = from - lead..range.end - lead;
        self.out.append(&self.flat.plain, part);
    }

    /// Appends words that stand for a part of the line.
    fn words(&mut self, words: &str, range: Range<usize>) -> Result<(), InvalidPause> {
        if self.alias {
            return Ok(());
        }
        self.flush()?;
        let source = self.source(&range);
        self.out.replace(words, source);
        Ok(())
    }

    /// The part of the input that a part of the line comes from.
    fn source(&self, range: &Range<usize>) -> Range<usize> {
        let plain: &Plain = &self.flat.plain;
        let start = plain.source_start(range.start.saturating_sub(LEAD.len()));
        start..plain.source_end(range.end - LEAD.len()).max(start)
    }
}

/// Marks in a part of a line that found no partner and are no text: back quotes, and two or more
/// stars or low lines at the edge of a word.
fn stray(line: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let bytes = &line.as_bytes()[..part.end];
    let mut at = part.start;
    while at < bytes.len() {
        let mark = bytes[at];
        if !matches!(mark, b'`' | b'*' | b'_') {
            at += 1;
            continue;
        }
        let length = bytes[at..].iter().take_while(|&&b| b == mark).count();
        let before = line[..at].chars().next_back();
        let after = line[at + length..].chars().next();
        let touches = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
        let dense = |c: Option<char>| c.is_some_and(|c| c > '\u{2E7F}' && c != PAUSE_MARK);
        let edge = touches(before) != touches(after) || dense(before) || dense(after);
        if mark == b'`' || length >= 2 && edge {
            found.push(at..at + length);
        }
        at += length;
    }
    found
}
