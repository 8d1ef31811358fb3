//! The lines of a block as one line.

use std::ops::Range;
use std::time::Duration;

use crate::Language;

use super::super::marks::{han_or_kana, wide_stop};
use super::super::normalize::silent;
use super::hyphen::{LineJoin, join};
use super::pause::{self, InvalidPause};
use super::plain::Plain;

/// Stands for a pause. No text holds it: private-use characters are left out.
pub(super) const PAUSE_MARK: char = '\u{E000}';

/// The longest name of a footnote, in bytes.
const MAX_FOOTNOTE_BYTES: usize = 32;

/// The longest control sequence of a terminal, in bytes: a hyperlink holds an address.
const MAX_SEQUENCE_BYTES: usize = 4096;

/// One line without line ends, control characters and invisible characters.
#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) plain: Plain,
    /// The pauses, each with the place of its [`PAUSE_MARK`] in the line.
    pub(super) pauses: Vec<(usize, Duration)>,
}

impl Flat {
    /// Joins lines. With markup, pauses are found and the marks of footnotes left out.
    pub(super) fn of(
        text: &str,
        lines: &[Range<usize>],
        language: &Language,
        markup: bool,
    ) -> Result<Self, InvalidPause> {
        let mut flat = Self::default();
        for (place, line) in lines.iter().enumerate() {
            let content = &text[line.clone()];
            let Some(next) = lines.get(place + 1) else {
                flat.line(content, line.start, markup)?;
                break;
            };
            let following = &text[next.clone()];
            // A backslash at a line end stands for the line end that every line has.
            let kept = match content.strip_suffix('\\') {
                Some(kept) if markup && !kept.ends_with('\\') => kept,
                _ => content,
            };
            match join(kept, following, language) {
                LineJoin::Word => {
                    let hyphen = kept.chars().next_back().map_or(0, char::len_utf8);
                    flat.line(&kept[..kept.len() - hyphen], line.start, markup)?;
                }
                LineJoin::Hyphen => flat.line(kept, line.start, markup)?,
                LineJoin::Space => {
                    flat.line(kept, line.start, markup)?;
                    if !unspaced(kept, following) {
                        let end = line.start + kept.len();
                        flat.plain.replace(" ", end..next.start.max(end));
                    }
                }
            }
        }
        Ok(flat)
    }

    /// Appends the characters of a line that can be spoken or that separate such.
    fn line(&mut self, line: &str, start: usize, markup: bool) -> Result<(), InvalidPause> {
        let mut copied = 0;
        let mut at = 0;
        while let Some(c) = line[at..].chars().next() {
            let mut bytes = c.len_utf8();
            let mut instead = None;
            let mut length_of_pause = None;
            if markup && c == '[' {
                let rest = &line[at..];
                if let Some((mark, length)) = pause::mark(rest) {
                    length_of_pause = Some(length?);
                    (bytes, instead) = (mark, Some(PAUSE_MARK));
                } else if let Some(mark) = footnote(rest) {
                    (bytes, instead) = (mark, Some('\0'));
                }
            } else if let Some(sequence) = terminal_sequence(&line[at..]) {
                (bytes, instead) = (sequence, Some('\0'));
            } else if c != ' ' && (c.is_whitespace() || c.is_control()) {
                instead = Some(' ');
            } else if silent(c) {
                instead = Some('\0');
            }
            if let Some(instead) = instead {
                self.plain.copy(&line[copied..at], start + copied);
                copied = at + bytes;
                if let Some(length) = length_of_pause {
                    self.pauses.push((self.plain.as_str().len(), length));
                }
                if instead != '\0' {
                    let mut buffer = [0; 4];
                    let source = start + at..start + copied;
                    self.plain.replace(instead.encode_utf8(&mut buffer), source);
                }
            }
            at += bytes;
        }
        self.plain.copy(&line[copied..], start + copied);
        Ok(())
    }
}

/// Whether two lines join without a space: those of scripts without spaces.
fn unspaced(line: &str, next: &str) -> bool {
    let dense = |c: char| han_or_kana(c) || wide_stop(c) || matches!(c, '、' | '，' | '；' | '：');
    line.ends_with(dense) && next.starts_with(dense)
}

/// The bytes of a footnote's mark `[^1]` that a text begins with.
fn footnote(text: &str) -> Option<usize> {
    let name = text.strip_prefix("[^")?;
    let end = name[..name.floor_char_boundary(MAX_FOOTNOTE_BYTES)].find(']')?;
    let named = end > 0 && !name[..end].contains(char::is_whitespace);
    named.then_some(end + 3)
}

/// The bytes of a terminal's control sequence (ECMA-48) that a text begins with: a control sequence
/// such as `ESC [ 1 ; 31 m`, or an operating system command such as a hyperlink, up to its
/// terminator. Any other escape character is white space, as control characters are.
fn terminal_sequence(text: &str) -> Option<usize> {
    let sequence = text.strip_prefix('\u{1b}')?.as_bytes();
    let sequence = &sequence[..sequence.len().min(MAX_SEQUENCE_BYTES)];
    match sequence.first()? {
        b'[' => {
            let parameters = sequence[1..]
                .iter()
                .take_while(|byte| matches!(byte, 0x20..=0x3f));
            let last = 1 + parameters.count();
            matches!(sequence.get(last)?, 0x40..=0x7e).then_some(last + 2)
        }
        b']' => {
            let last = sequence
                .iter()
                .position(|byte| matches!(byte, 0x07 | 0x1b))?;
            match sequence[last] {
                0x07 => Some(last + 2),
                _ => (sequence.get(last + 1)? == &b'\\').then_some(last + 3),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(lines: &str) -> String {
        let ranges: Vec<Range<usize>> = lines
            .split('\n')
            .map(|line| {
                let start = line.as_ptr() as usize - lines.as_ptr() as usize;
                start..start + line.len()
            })
            .collect();
        let flat = Flat::of(lines, &ranges, &Language::english(), true).unwrap();
        flat.plain.as_str().to_owned()
    }

    #[test]
    fn lines_become_one() {
        for (lines, expected) in [
            ("one\ntwo", "one two"),
            ("a well-\nknown exam-\nple", "a well-known example"),
            ("今日は\n良い天気", "今日は良い天気"),
            ("a\u{b}b\u{c}c\u{85}d\u{1b}e", "a b c d e"),
            ("\u{feff}a\u{200b}b\u{e000}", "ab"),
            (
                "\u{1b}[1;31mre\u{1b}[0md \u{1b}[38;5;208mX\u{1b}[K",
                "red X",
            ),
            (
                "\u{1b}]8;;https://a.example\u{7}link\u{1b}]8;;\u{1b}\\!",
                "link!",
            ),
            ("a\u{1b}[1;é \u{1b}] open", "a [1;é  ] open"),
            ("\u{1b}", " "),
            ("Yes[^1] and[^long-name].", "Yes and."),
            ("a [pause:1s]b", "a \u{e000}b"),
            ("one\\\ntwo", "one two"),
            ("[^a b]", "[^a b]"),
        ] {
            assert_eq!(flat(lines), expected, "{lines:?}");
        }
    }
}
