//! Paragraphs: what blank lines part.

use std::ops::Range;

/// The paragraphs of a text. Each takes the white space that follows it, the first also that
/// which opens the text; so they join to the text, and a text of white space alone is one.
///
/// Two line ends in one run of white space part paragraphs, and so does U+2029. `\r\n` is one end.
pub(super) fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut begun) = (0, false);
    let (mut line_ends, mut after_return) = (0, false);
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            line_ends += match c {
                '\n' if after_return => 0,
                '\n' | '\r' | '\u{85}' | '\u{2028}' => 1,
                '\u{2029}' => 2,
                _ => 0,
            };
            after_return = c == '\r';
            continue;
        }
        if line_ends > 1 && begun {
            found.push(start..at);
            start = at;
        }
        (begun, line_ends, after_return) = (true, 0, false);
    }
    if start < text.len() {
        found.push(start..text.len());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        paragraphs(text)
            .into_iter()
            .map(|range| &text[range])
            .collect()
    }

    #[test]
    fn a_blank_line_parts_and_a_single_newline_does_not() {
        assert_eq!(cut("one\ntwo\n\nthree"), ["one\ntwo\n\n", "three"]);
        assert_eq!(
            cut("one\r\ntwo\r\n \t\r\nthree"),
            ["one\r\ntwo\r\n \t\r\n", "three"]
        );
        assert_eq!(cut("one\rtwo\r\rthree"), ["one\rtwo\r\r", "three"]);
        assert_eq!(
            cut("one\u{2028}two\u{2029}three"),
            ["one\u{2028}two\u{2029}", "three"]
        );
    }

    #[test]
    fn white_space_makes_no_paragraph_of_its_own() {
        assert_eq!(cut("\n\n one\n\n\n\n"), ["\n\n one\n\n\n\n"]);
        assert_eq!(cut(" \n\n "), [" \n\n "]);
        assert!(cut("").is_empty());
    }
}
