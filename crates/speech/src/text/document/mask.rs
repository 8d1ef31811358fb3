//! What no part of a text can be spoken of: comments, scripts, styles.

use std::borrow::Cow;
use std::ops::Range;

/// Openings and what closes them.
const PAIRS: [(&str, &str); 5] = [
    ("<!--", "-->"),
    ("<script", "</script>"),
    ("<style", "</style>"),
    ("<![cdata[", "]]>"),
    ("<?", "?>"),
];

/// A text of the same length in which comments, scripts, styles and processing instructions are
/// spaces. One that is not closed is text.
pub(super) fn mask(text: &str) -> Cow<'_, str> {
    let ranges = hidden(text);
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    for range in ranges {
        masked.push_str(&text[masked.len()..range.start]);
        masked.extend(std::iter::repeat_n(' ', range.len()));
    }
    masked.push_str(&text[masked.len()..]);
    Cow::Owned(masked)
}

/// The ranges that cannot be spoken, in rising order.
fn hidden(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // What is not closed anywhere is not looked for again.
    let mut unclosed = [false; PAIRS.len()];
    let mut at = 0;
    while let Some(next) = text[at..].find('<') {
        at += next;
        let opened = PAIRS.iter().enumerate().find(|&(place, &(open, _))| {
            let head = text.as_bytes().get(at..at + open.len());
            !unclosed[place] && head.is_some_and(|head| head.eq_ignore_ascii_case(open.as_bytes()))
        });
        let Some((place, &(open, close))) = opened else {
            at += 1;
            continue;
        };
        match find(&text[at + open.len()..], close) {
            Some(end) => {
                let end = at + open.len() + end + close.len();
                found.push(at..end);
                at = end;
            }
            None => {
                unclosed[place] = true;
                at += 1;
            }
        }
    }
    found
}

/// Where an ASCII text stands in another one, in any case.
fn find(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes()
        .windows(wanted.len())
        .position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_spoken_becomes_spaces() {
        for (before, hidden, after) in [
            ("a", "<!-- b\n\nc -->", "d"),
            ("", "<SCRIPT>x()</Script>", "y"),
            ("", "<style a>é</style>", ""),
            ("", "<?xml version='1.0'?>", "x"),
            ("a <!-- b", "", ""),
            ("a < b <? c", "", ""),
        ] {
            let expected = format!("{before}{}{after}", " ".repeat(hidden.len()));
            assert_eq!(mask(&format!("{before}{hidden}{after}")), expected);
        }
    }
}
