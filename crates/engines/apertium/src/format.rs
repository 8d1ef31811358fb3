//! Text in Apertium's stream format.
//!
//! See <https://wiki.apertium.org/wiki/Apertium_stream_format>: some characters mark words and
//! formatting; `[…]` is formatting that passes through. The format has a backslash as an escape,
//! but not every program heeds it: `lrx-proc` takes `\^` for the start of a word and runs on over
//! the text's end, and the post-generator eats `\~`. So these characters travel in disguise.

/// Characters with a meaning between the programs.
const SPECIAL: [char; 12] = ['^', '$', '/', '[', ']', '{', '}', '\\', '@', '<', '>', '~'];

/// What stands for the first of them: the first of twelve characters for private use, which no
/// dictionary has.
const ESCAPE_BASE: u32 = 0xE000;

/// What ends a text that does not end a sentence itself, so that its last word is read as one at
/// a sentence's end; the formatting after it shows that it was added.
const ADDED_STOP: &str = ".[+]";

/// What keeps a last full stop apart from the end of the text, where it would be lost.
const END: &str = "[]";

/// One paragraph as the pipeline reads it. Control characters, NUL among them, become spaces, and
/// runs of white space one space: Apertium passes them through and moves them about.
pub(crate) fn encode(text: &str) -> String {
    let mut stream = String::with_capacity(text.len() + 16);
    let spaced = text.replace(|c: char| c.is_control() || c.is_whitespace(), " ");
    for word in spaced.split(' ').filter(|word| !word.is_empty()) {
        if !stream.is_empty() {
            stream.push(' ');
        }
        stream.extend(word.chars().filter_map(escape_char));
    }
    let ended = stream.ends_with(['.', '?', '!', '…', ':', ';']);
    stream + if ended { END } else { ADDED_STOP }
}

/// The text of an answer: without escapes, formatting, and what was added.
pub(crate) fn decode(answer: &str) -> String {
    let answer = answer.trim();
    let answer = answer
        .strip_suffix(ADDED_STOP)
        .or(answer.strip_suffix(END))
        .unwrap_or(answer);
    let mut text = String::with_capacity(answer.len());
    for c in answer.chars().map(plain) {
        // A word left out leaves its two spaces.
        if !(c == ' ' && (text.is_empty() || text.ends_with(' '))) {
            text.push(c);
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// What travels for a character; nothing for one that is a disguise itself.
fn escape_char(c: char) -> Option<char> {
    match SPECIAL.iter().position(|special| *special == c) {
        Some(place) => char::from_u32(ESCAPE_BASE + place as u32),
        None => (plain(c) == c).then_some(c),
    }
}

fn plain(c: char) -> char {
    let place = u32::from(c)
        .checked_sub(ESCAPE_BASE)
        .and_then(|place| usize::try_from(place).ok());
    place
        .and_then(|place| SPECIAL.get(place))
        .copied()
        .unwrap_or(c)
}

/// The paragraphs of a text: each one's words, and the blank lines that follow it.
pub(crate) fn paragraphs(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (end, next) = blank_line(rest).unwrap_or((rest.len(), rest.len()));
        found.push((&rest[..end], &rest[end..next]));
        rest = &rest[next..];
    }
    found
}

/// Where the first run of blank lines begins and ends.
fn blank_line(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(newline) = text[from..].find('\n').map(|at| at + from) {
        let space = text[newline..].len() - text[newline..].trim_start().len();
        let gap = &text[newline..newline + space];
        if gap.matches('\n').count() > 1 {
            return Some((newline, newline + space));
        }
        from = newline + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn special_characters_are_escaped() {
        let stream = encode("a@b [x] ^y$ {z} <p> c\\d e/f ~.");
        assert_eq!(
            stream.trim_end_matches("[]").find(SPECIAL),
            None,
            "{stream}"
        );
        assert_eq!(decode(&stream), "a@b [x] ^y$ {z} <p> c\\d e/f ~.");
        assert_eq!(encode("\u{E000}a\u{E00B}\u{E00C}."), "a\u{E00C}.[]");
    }

    #[test]
    fn an_added_stop_is_taken_away_and_a_text_keeps_its_own() {
        assert_eq!(encode("no stop"), "no stop.[+]");
        assert_eq!(decode("sin punto.[+]"), "sin punto");
        assert_eq!(encode("A stop."), "A stop.[]");
        assert_eq!(decode("Un punto.[]"), "Un punto.");
    }

    #[test]
    fn white_space_and_controls_are_single_spaces() {
        assert_eq!(encode("\0 one\r\ntwo\t\u{7} three ?"), "one two three ?[]");
        assert_eq!(decode(" Puede  me ayudo \n"), "Puede me ayudo");
    }

    #[test]
    fn paragraphs_keep_the_blank_lines_between_them() {
        assert_eq!(
            paragraphs("a\nb\n\n c \n \n\nd\n"),
            [("a\nb", "\n\n "), ("c ", "\n \n\n"), ("d\n", "")]
        );
        assert_eq!(paragraphs(""), []);
        assert_eq!(paragraphs("\n\na"), [("", "\n\n"), ("a", "")]);
    }

    proptest! {
        #[test]
        fn an_unchanged_answer_decodes_to_the_text(text in "\\PC{0,60}") {
            let plain: String = text.chars().filter(|c| !('\u{E000}'..='\u{E00B}').contains(c)).collect();
            let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assume!(!plain.is_empty());
            // One that ends a sentence keeps its stop; another loses the one that was added.
            prop_assert_eq!(decode(&encode(&text)), plain);
        }

        #[test]
        fn paragraphs_joined_are_the_text(text in "[a \n\t]{0,40}") {
            let joined: String = paragraphs(&text).iter().flat_map(|(a, b)| [*a, *b]).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
