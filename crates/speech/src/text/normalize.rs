//! The normalized form of a text, which is what is spoken.

use unicode_normalization::UnicodeNormalization;

/// The normalized form of a text, as an engine is to speak it.
///
/// Runs of white space, newlines among them, become one space, and none is left at the ends.
/// Control characters are white space; invisible marks, private-use characters and noncharacters
/// are removed.
/// The rest is put into Normalization Form C (UAX 15). A form that holds no letter and no digit
/// is nothing to speak, and the result is empty: that holds for punctuation and for emoji alone.
///
/// Doing it twice changes nothing.
pub fn normalize(text: &str) -> String {
    let mut form = String::with_capacity(text.len());
    let mut gap = false;
    for c in joined(text).nfc() {
        if c.is_whitespace() {
            gap = !form.is_empty();
        } else {
            if std::mem::take(&mut gap) {
                form.push(' ');
            }
            form.push(c);
        }
    }
    if form.chars().any(char::is_alphanumeric) {
        form
    } else {
        String::new()
    }
}

/// The audible characters of a text, with a joiner kept only between two of them.
fn joined(text: &str) -> impl Iterator<Item = char> {
    let mut last = ' ';
    let mut chars = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|&c| !silent(c))
        .peekable();
    std::iter::from_fn(move || {
        loop {
            let c = chars.next()?;
            let ends = |c: &char| c.is_whitespace() || joiner(*c);
            if joiner(c) && (ends(&last) || chars.peek().is_none_or(ends)) {
                continue;
            }
            last = c;
            return Some(c);
        }
    })
}

/// Zero-width non-joiner and joiner: they spell words in Persian and in the scripts of India.
const fn joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Whether a character is neither spoken nor changes how others are spoken.
pub(super) fn silent(c: char) -> bool {
    matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{180E}' // soft hyphen, joiners, marks
            | '\u{200B}' | '\u{200E}' | '\u{200F}' // zero-width space, direction marks
            | '\u{202A}'..='\u{202E}' // directions
            | '\u{2060}'..='\u{206F}' // word joiner, invisible operators, isolates
            | '\u{FDD0}'..='\u{FDEF}' // noncharacters
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFF}' // byte order mark, annotation, replacement
            | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}' // private use
            | '\u{E0000}'..='\u{E007F}') // tags
        || (c as u32) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_one_space() {
        assert_eq!(
            normalize("  one\ntwo\r\n\tthree\u{a0}\u{3000}four \n"),
            "one two three four"
        );
    }

    #[test]
    fn inaudible_characters_are_removed() {
        assert_eq!(normalize("a\0b\u{1b}c \u{7}d"), "a b c d");
        assert_eq!(
            normalize("\u{feff}so\u{ad}lo \u{200b} x\u{e000}\u{fffd}"),
            "solo x"
        );
        assert_eq!(normalize("a\u{202e}b\u{10ffff}\u{1fffe}"), "ab");
    }

    #[test]
    fn joiners_stay_only_within_words() {
        assert_eq!(normalize("می\u{200c}خواهم"), "می\u{200c}خواهم");
        assert_eq!(
            normalize("\u{200d}a\u{200c} \u{200c}b\u{200d}\u{200d}"),
            "a b"
        );
    }

    #[test]
    fn letters_are_composed() {
        assert_eq!(normalize("cafe\u{301}"), "café");
        assert_eq!(normalize("\u{1112}\u{1161}\u{11ab}"), "한");
    }

    #[test]
    fn marks_alone_are_not_spoken() {
        for nothing in [
            "",
            " \n",
            "...",
            "?!",
            "—",
            "😀🎉",
            "***",
            "。」",
            "\u{301}\u{302}",
        ] {
            assert_eq!(normalize(nothing), "", "{nothing:?}");
        }
        for something in ["a.", "5", "好。", "½", "A 😀"] {
            assert_eq!(normalize(something), something);
        }
    }
}
