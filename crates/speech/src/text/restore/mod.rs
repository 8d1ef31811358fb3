//! Recognized English made readable: capitals and a final mark, by rules and no model.
//!
//! A recognizer such as `PocketSphinx` gives small letters and no marks, and a translator reads
//! `i` and `I`, `march` and `March` as different words. The rules are few and prefer silence:
//! a word that is also a common word (`may`, `mark`, `turkey`) stays small without a reason.

mod proper;
mod question;

use proper::{capital_words, first_capital};
use question::is_question;

/// Gives the words of one English utterance their capitals and a final `.` or `?`.
///
/// A recognizer's own marks are removed first: fillers such as `<sil>`, `[NOISE]` and `++UM++`,
/// and the number of a pronunciation, `the(2)`. Comes back empty where no word is left. A mark
/// that already ends the text stays.
pub fn restore_english(words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().filter_map(word).collect();
    let Some(last) = words.last() else {
        return String::new();
    };
    let marked = last.ends_with(['.', '?', '!']) && last.chars().filter(|&c| c == '.').count() < 2;
    let mark = match () {
        () if marked => "",
        () if is_question(&words) => "?",
        () if last.ends_with('.') => "",
        () => ".",
    };
    let mut written = capital_words(&words);
    if let Some(first) = written.first_mut() {
        *first = first_capital(first);
    }
    written.join(" ") + mark
}

/// A word without the number of its pronunciation; none for a filler.
fn word(token: &str) -> Option<&str> {
    let filler = |open: &str, close: &str| token.starts_with(open) && token.ends_with(close);
    if filler("<", ">") || filler("[", "]") || filler("++", "++") || filler("{", "}") {
        return None;
    }
    let word = match token.rsplit_once('(') {
        Some((word, number)) if number.strip_suffix(')').is_some_and(is_number) => word,
        _ => token,
    };
    (!word.is_empty()).then_some(word)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_get_their_capitals_and_marks() {
        for (recognized, written) in [
            (
                "the weather is very nice today",
                "The weather is very nice today.",
            ),
            (
                "where is the nearest train station",
                "Where is the nearest train station?",
            ),
            (
                "i think i'm late and i'll run",
                "I think I'm late and I'll run.",
            ),
            (
                "we met john in paris on monday",
                "We met John in Paris on Monday.",
            ),
            (
                "she was born in march in new york",
                "She was born in March in New York.",
            ),
            (
                "they march on the tenth of may",
                "They march on the tenth of May.",
            ),
            ("do you speak english", "Do you speak English?"),
            (
                "mr smith's doctor is dr brown",
                "Mr Smith's doctor is Dr Brown.",
            ),
            (
                "the united states and great britain",
                "The United States and Great Britain.",
            ),
            (
                "he watches t. v. at ten p.m.",
                "He watches T. V. at ten p.m.",
            ),
            (
                "thanksgiving is in november",
                "Thanksgiving is in November.",
            ),
            ("the french president", "The French president."),
            ("it is france's capital", "It is France's capital."),
            ("already written.", "Already written."),
        ] {
            assert_eq!(restore_english(recognized), written);
        }
    }

    #[test]
    fn the_recognizer_s_own_marks_are_removed() {
        assert_eq!(
            restore_english("<s> the(2) [NOISE] cat <sil> ++UM++ sat(3) </s>"),
            "The cat sat."
        );
        assert_eq!(restore_english("<s> <sil> [SPEECH] </s>"), "");
        assert_eq!(restore_english(""), "");
    }

    #[test]
    fn doing_it_twice_changes_nothing() {
        for recognized in [
            "where is john",
            "i am here",
            "at ten a.m.",
            "go to france",
            "may i",
        ] {
            let once = restore_english(recognized);
            assert_eq!(restore_english(&once), once);
        }
    }
}
