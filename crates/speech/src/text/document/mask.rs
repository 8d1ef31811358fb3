//! What cannot be spoken: comments, scripts, styles, tags with a prefix.

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
            let end = prefixed(&text[at..]).map(|bytes| at + bytes);
            found.extend(end.map(|end| at..end));
            at = end.unwrap_or(at + 1);
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

/// The longest tag with a prefix, in bytes.
const MAX_TAG_BYTES: usize = 512;

/// The bytes of a tag with a prefix, such as `<mstts:express-as style="sad">`, that a text begins
/// with. HTML has none, so that `<mailto:ana@example.org>` is an address.
fn prefixed(text: &str) -> Option<usize> {
    let text = &text[..text.floor_char_boundary(MAX_TAG_BYTES)];
    let end = text.find('>')? + 1;
    let inner = text[1..end - 1].trim_start_matches('/');
    let name = inner.split([' ', '\t', '\n', '\r', '/']).next()?;
    let (prefix, local) = name.split_once(':')?;
    let plain = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    (plain(prefix) && plain(local)).then_some(end)
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
            ("a", "<mstts:express-as style=\"sad\">", "b"),
            ("a", "</amazon:effect>", "b"),
            ("<mailto:ana@example.org> <http://x.org> <a:1>", "", ""),
        ] {
            let expected = format!("{before}{}{after}", " ".repeat(hidden.len()));
            assert_eq!(mask(&format!("{before}{hidden}{after}")), expected);
        }
    }
}
