//! A text of any language but English as phonemes: words by espeak-ng, marks as they are.

/// The longest line that espeak-ng is given, in bytes: it reads 999 at a time.
const MAX_LINE_BYTES: usize = 600;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Words, by their position among the lines.
    Words(usize),
    /// A mark of the vocabulary, or a space.
    Mark(char),
}

/// A text cut into lines for espeak-ng and the marks between them: it prints no marks, and the
/// model needs them for its intonation.
pub(crate) struct Transcription {
    parts: Vec<Part>,
    pub(crate) lines: Vec<String>,
}

impl Transcription {
    /// Cuts a text at its marks.
    pub(crate) fn new(text: &str) -> Self {
        let mut cut = Self {
            parts: Vec::new(),
            lines: Vec::new(),
        };
        let mut words = String::new();
        let mut letters = text.chars().peekable();
        while let Some(c) = letters.next() {
            let inside_word = words.ends_with(char::is_alphanumeric)
                && letters.peek().is_some_and(|next| next.is_alphanumeric());
            match mark(c) {
                // A point or comma of an abbreviation or a number.
                Some('.' | ',' | ':') if inside_word => words.push(c),
                Some(mark) => {
                    cut.end_words(&mut words);
                    cut.parts.push(Part::Mark(mark));
                }
                None => {
                    let full = words.len() + c.len_utf8() > MAX_LINE_BYTES;
                    if full || (c.is_whitespace() && words.len() > MAX_LINE_BYTES / 2) {
                        cut.end_words(&mut words);
                    }
                    words.push(c);
                }
            }
        }
        cut.end_words(&mut words);
        cut
    }

    /// Makes a line of collected words, with the spaces around them.
    fn end_words(&mut self, words: &mut String) {
        let line = words.trim();
        if words.starts_with(char::is_whitespace) && !line.is_empty() {
            self.parts.push(Part::Mark(' '));
        }
        if line.contains(char::is_alphanumeric) {
            self.parts.push(Part::Words(self.lines.len()));
            self.lines.push(line.to_owned());
        }
        if words.ends_with(char::is_whitespace) {
            self.parts.push(Part::Mark(' '));
        }
        words.clear();
    }

    /// The phonemes of the whole text from those of its lines.
    pub(crate) fn join(&self, lines: &[String]) -> String {
        let mut phonemes = String::new();
        for part in &self.parts {
            match part {
                Part::Words(at) => {
                    phonemes.push_str(lines.get(*at).map_or("", |line| line.trim()));
                }
                Part::Mark(mark) => phonemes.push(*mark),
            }
        }
        phonemes
    }
}

/// The mark of the vocabulary that a character is written as; none for all else.
fn mark(c: char) -> Option<char> {
    Some(match c {
        ';' | ':' | ',' | '.' | '!' | '?' | '—' | '…' | '"' | '(' | ')' | '“' | '”' => c,
        '–' | '―' => '—',
        '«' | '„' => '“',
        '»' => '”',
        '।' | '॥' => '.',
        // They have no symbol; a space keeps the words apart.
        '¿' | '¡' | '[' | ']' | '{' | '}' | '*' | '_' | '<' | '>' | '|' | '\\' | '/' => ' ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper(text: &str) -> (Vec<String>, String) {
        let cut = Transcription::new(text);
        let lines: Vec<_> = cut.lines.iter().map(|line| line.to_uppercase()).collect();
        let joined = cut.join(&lines);
        (cut.lines, joined)
    }

    #[test]
    fn marks_stay_where_they_are() {
        let (lines, joined) = upper("¿Qué hora es? Son las dos, «creo» – ¡ya!");
        assert_eq!(lines, ["Qué hora es", "Son las dos", "creo", "ya"]);
        assert_eq!(joined, " QUÉ HORA ES? SON LAS DOS, “CREO” —  YA!");
    }

    #[test]
    fn points_inside_words_are_no_marks() {
        let (lines, _) = upper("L’U.S.A. è 3,5 km, no?");
        assert_eq!(lines, ["L’U.S.A", "è 3,5 km", "no"]);
    }

    #[test]
    fn lines_without_words_are_not_sent() {
        let (lines, joined) = upper(" … — '  ' ");
        assert_eq!(lines, Vec::<String>::new());
        assert_eq!(joined.trim(), "… —");
    }

    #[test]
    fn long_lines_are_cut_at_spaces() {
        let text = "palabra ".repeat(400);
        let (lines, joined) = upper(&text);
        assert!(lines.iter().all(|line| line.len() <= MAX_LINE_BYTES));
        assert!(
            lines
                .iter()
                .all(|line| line.split(' ').all(|word| word == "palabra"))
        );
        assert_eq!(joined.split_whitespace().count(), 400);
        let (lines, _) = upper(&"ñ".repeat(1000));
        assert!(lines.iter().all(|line| line.len() <= MAX_LINE_BYTES));
        assert_eq!(lines.concat().chars().count(), 1000);
    }
}
