//! Apertium's stream format <https://wiki.apertium.org/wiki/Apertium_stream_format>: some
//! characters have a meaning between the programs, and are escaped when they are text.

/// Characters with a meaning.
const SPECIAL: &str = "^$/[]{}\\@<>";

/// Marks before a word that a program did not know. Escaped, they are text.
const MARKS: &str = "*#@";

/// What ends every text, as Apertium's own deformatter ends it: the tagger wants to see a
/// sentence end.
const END: &str = ".[]";

/// One line of text as it goes in. Control characters, NUL among them, are spaces.
pub(crate) fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len() + END.len());
    for c in line.chars() {
        if c.is_control() {
            escaped.push(' ');
            continue;
        }
        if SPECIAL.contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped + END
}

/// One line as it comes out, as text.
pub(crate) fn unescape(line: &str) -> String {
    let line = line.strip_suffix(END).unwrap_or(line);
    let mut text = String::with_capacity(line.len());
    let mut escaped = false;
    let mut word_begins = true;
    for c in line.chars() {
        let marks = word_begins && MARKS.contains(c);
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
            continue;
        } else if marks || "[]^$".contains(c) {
            continue;
        }
        // A word left out leaves its two spaces.
        if !(c == ' ' && text.ends_with(' ')) {
            text.push(c);
        }
        word_begins = !c.is_alphanumeric();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_go_in_escaped_and_come_out_plain() {
        let text = r"a [b] {c} ^d$ e/f \ @g <h>";
        let escaped = escape(text);
        assert!(escaped.ends_with(r"\<h\>.[]"), "{escaped}");
        assert_eq!(unescape(&escaped), text);
        assert_eq!(escape("a\0b\nc"), "a b c.[]");
    }

    #[test]
    fn marks_and_holes_disappear_and_stars_in_text_stay() {
        assert_eq!(unescape("*foo  #bar @baz.[]"), "foo bar baz");
        assert_eq!(unescape(r"2*3 a\@b"), "2*3 a@b");
        assert_eq!(unescape("Hola[ ]mundo"), "Hola mundo");
    }
}
