//! Lines, and what the marks at their beginning mean.

use std::collections::HashMap;
use std::ops::Range;

use super::super::lines::{bullet, number};

/// How many lines the items of one list may stand apart.
const MAX_ITEM_LINES: usize = 30;

/// A line of the input.
#[derive(Clone, Debug)]
pub(super) struct SourceLine {
    /// Where it begins, its indentation and quote marks included.
    pub(super) start: usize,
    /// What it holds, without quote marks and without white space at its ends.
    pub(super) content: Range<usize>,
    /// How many block quotes it stands in.
    pub(super) quotes: usize,
    /// The mark that opens an item of a list, if it has one.
    pub(super) marker: Option<Marker>,
    /// Bytes of white space before its content.
    indent: usize,
}

/// A mark that opens an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// Its bytes, the white space after it included.
    pub(super) bytes: usize,
    pub(super) kind: MarkerKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkerKind {
    /// A bullet or a dash.
    Bullet,
    /// A number, or the place of a letter in the alphabet, and how it is written.
    Ordinal { value: u32, style: Style },
}

/// How the number of an item is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Style {
    /// `1.`, `1)`, `1、`
    Number(char),
    /// `(1)`
    Bracketed,
    /// `a)`
    Letter,
    /// `(a)`
    BracketedLetter,
}

/// The lines of a text. `\r\n` is one line end; U+2029 leaves an empty line behind it.
pub(super) fn lines(text: &str, quotes: bool) -> Vec<SourceLine> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let at = rest.find(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
        let end = at.unwrap_or(rest.len());
        let terminator = match &rest[end..] {
            tail if tail.starts_with("\r\n") => 2,
            tail => tail.chars().next().map_or(0, char::len_utf8),
        };
        found.push(line(&rest[..end], start, quotes));
        start += end + terminator;
        if rest[end..].starts_with('\u{2029}') {
            found.push(line("", start, false));
        }
        rest = &rest[end + terminator..];
    }
    keep_items(&mut found);
    found
}

fn line(text: &str, start: usize, quotes: bool) -> SourceLine {
    let mut rest = text.trim_start_matches(blank);
    let mut indent = text.len() - rest.len();
    let mut depth = 0;
    // `>5` is a comparison.
    while quotes
        && let Some(inner) = rest.strip_prefix('>')
        && !inner.starts_with(|c: char| c.is_ascii_digit() || c == '=')
    {
        depth += 1;
        rest = inner.trim_start_matches(blank);
        indent = inner.len() - rest.len();
    }
    let from = start + text.len() - rest.len();
    let content = rest.trim_end_matches(blank);
    SourceLine {
        start,
        content: from..from + content.len(),
        quotes: depth,
        marker: marker(content),
        indent,
    }
}

/// White space and other characters that only part words.
fn blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{FEFF}'
}

/// The mark that may open an item.
fn marker(line: &str) -> Option<Marker> {
    let spaces = |rest: &str| rest.len() - rest.trim_start().len();
    if bullet(line) {
        let mark = line.chars().next()?.len_utf8();
        return Some(Marker {
            bytes: mark + spaces(&line[mark..]),
            kind: MarkerKind::Bullet,
        });
    }
    let ordinal = |value, style, end: usize| Marker {
        bytes: end + spaces(&line[end..]),
        kind: MarkerKind::Ordinal { value, style },
    };
    if let Some((value, end)) = number(line) {
        let mark = line[..end].chars().next_back()?;
        return Some(ordinal(value, Style::Number(mark), end));
    }
    let (bracket, inner) = match line.strip_prefix('(') {
        Some(inner) => (true, inner),
        None => (false, line),
    };
    let (name, rest) = inner.split_once(')')?;
    if !rest.starts_with(char::is_whitespace) || name.len() > 3 {
        return None;
    }
    let end = line.len() - rest.len();
    let mut bytes = name.bytes();
    match (bytes.next()?, bytes.next()) {
        (letter, None) if letter.is_ascii_lowercase() => {
            let style = if bracket {
                Style::BracketedLetter
            } else {
                Style::Letter
            };
            Some(ordinal(u32::from(letter - b'a') + 1, style, end))
        }
        _ if bracket => Some(ordinal(name.parse().ok()?, Style::Bracketed, end)),
        _ => None,
    }
}

/// Takes the marks of numbers away that are in no list: a number is one of an item only next to
/// another item of the same list, so that `1914. The war` and `1. Mai` are text.
fn keep_items(lines: &mut [SourceLine]) {
    let mut last: HashMap<(usize, usize, Style), (usize, u32)> = HashMap::new();
    let mut listed = vec![false; lines.len()];
    for place in 0..lines.len() {
        let line = &lines[place];
        let Some(Marker {
            kind: MarkerKind::Ordinal { value, style },
            ..
        }) = line.marker
        else {
            continue;
        };
        let before = last.insert((line.indent, line.quotes, style), (place, value));
        if let Some((at, previous)) = before
            && previous + 1 == value
            && place - at <= MAX_ITEM_LINES
        {
            listed[at] = true;
            listed[place] = true;
        }
    }
    for (line, listed) in lines.iter_mut().zip(listed) {
        let ordinal = |marker: &Marker| matches!(marker.kind, MarkerKind::Ordinal { .. });
        if !listed && line.marker.as_ref().is_some_and(ordinal) {
            line.marker = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str) -> Vec<Option<&str>> {
        lines(text, true)
            .into_iter()
            .map(|line| {
                let bytes = line.marker?.bytes;
                Some(text[line.content.start..line.content.start + bytes].trim_end())
            })
            .collect()
    }

    #[test]
    fn numbers_are_items_only_in_a_list() {
        assert_eq!(marked("1. Milk\n2. Eggs"), [Some("1."), Some("2.")]);
        assert_eq!(
            marked("7) Milk\nfresh\n8) Eggs"),
            [Some("7)"), None, Some("8)")]
        );
        assert_eq!(marked("(1) Milk\n(2) Eggs"), [Some("(1)"), Some("(2)")]);
        assert_eq!(marked("a) Milk\nb) Eggs"), [Some("a)"), Some("b)")]);
        assert_eq!(
            marked("1. A\n  1. a\n  2. b\n2. B"),
            [Some("1."), Some("1."), Some("2."), Some("2.")]
        );
        for text in [
            "1. Mai ist frei",
            "It was in\n84. Nobody knew",
            "1914. War\n1915. War",
            "(sic) so",
            "a) so",
        ] {
            assert!(marked(text).iter().all(Option::is_none), "{text}");
        }
    }

    #[test]
    fn quotes_are_counted_and_comparisons_are_text() {
        let quotes = |text: &str| {
            let line = lines(text, true).remove(0);
            (line.quotes, text[line.content].to_owned())
        };
        assert_eq!(quotes("> > so  "), (2, "so".into()));
        assert_eq!(quotes(">so"), (1, "so".into()));
        assert_eq!(quotes(">5 % are"), (0, ">5 % are".into()));
    }

    #[test]
    fn lines_join_to_the_text() {
        let text = "one\r\ntwo\rthree\u{85}\n\u{2029}four\n";
        let starts: Vec<_> = lines(text, true).iter().map(|line| line.start).collect();
        assert_eq!(starts, [0, 5, 9, 16, 17, 20, 20]);
    }
}
