//! The time of each part of a text.

use mynah_speech::Word;

/// Gives times to a text by its letters. An engine's words need not be the text's: one has marks
/// and capitals and the other has not, or several words are one.
pub(super) struct Timing<'a> {
    words: &'a [Word],
    /// How many letters the words have up to the end of each.
    ends: Vec<usize>,
    /// How many letters the text has.
    letters: usize,
    start_ms: u64,
    end_ms: u64,
}

/// The number of letters of a text: its time is distributed over them.
pub(super) fn letter_count(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

impl<'a> Timing<'a> {
    /// For a text that is spoken from `start_ms` to `end_ms`. The times of words count from
    /// `start_ms`; without words the text is spoken at an even pace.
    pub(super) fn new(text: &str, words: &'a [Word], start_ms: u64, end_ms: u64) -> Self {
        let ends = words.iter().scan(0, |sum, word| {
            *sum += letter_count(&word.text);
            Some(*sum)
        });
        Self {
            ends: ends.collect(),
            words,
            letters: letter_count(text),
            start_ms,
            end_ms: end_ms.max(start_ms),
        }
    }

    /// When the letters before this one are over, and it begins.
    pub(super) fn start(&self, letter: usize) -> u64 {
        self.at(letter, |ends, letter| {
            ends.partition_point(|end| *end <= letter)
        })
    }

    /// When the last of so many letters ends.
    pub(super) fn end(&self, letters: usize) -> u64 {
        self.at(letters, |ends, letters| {
            ends.partition_point(|end| *end < letters)
        })
    }

    fn at(&self, letter: usize, word: impl Fn(&[usize], usize) -> usize) -> u64 {
        let total = self.ends.last().copied().unwrap_or(0);
        if total == 0 {
            return self.start_ms + scaled(self.end_ms - self.start_ms, letter, self.letters);
        }
        // By proportion, where the words have more letters than the text, or fewer.
        let letter = if total == self.letters {
            letter
        } else {
            scaled(total as u64, letter, self.letters) as usize
        };
        let index = word(&self.ends, letter).min(self.words.len() - 1);
        let before = index.checked_sub(1).map_or(0, |last| self.ends[last]);
        let Word {
            start_ms, end_ms, ..
        } = self.words[index];
        let within = scaled(
            end_ms.saturating_sub(start_ms),
            letter.saturating_sub(before),
            self.ends[index] - before,
        );
        (self.start_ms + start_ms + within).min(self.end_ms)
    }
}

/// `whole` × `part` / `of`, and no more than `whole`.
fn scaled(whole: u64, part: usize, of: usize) -> u64 {
    let (part, of) = (part.min(of) as u128, of.max(1) as u128);
    (u128::from(whole) * part / of) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, start_ms: u64, end_ms: u64) -> Word {
        Word {
            text: text.into(),
            start_ms,
            end_ms,
            confidence: None,
        }
    }

    #[test]
    fn letters_have_the_times_of_their_words() {
        let words = [word("good", 100, 500), word("morning", 900, 1_600)];
        let timing = Timing::new("Good morning!", &words, 1_000, 3_000);
        assert_eq!((timing.start(0), timing.end(4)), (1_100, 1_500));
        assert_eq!((timing.start(4), timing.end(11)), (1_900, 2_600));
        assert_eq!(timing.end(2), 1_300, "within a word");
        // Other letters than the text's: by proportion.
        let timing = Timing::new("Guten Morgen und Tag", &words, 1_000, 3_000);
        assert_eq!((timing.start(0), timing.end(17)), (1_100, 2_600));
        // No words: at an even pace.
        let even = Timing::new("abcd", &[], 1_000, 3_000);
        assert_eq!(
            (even.start(0), even.end(2), even.end(4)),
            (1_000, 2_000, 3_000)
        );
        assert_eq!(Timing::new("…", &[], 5, 9).start(0), 5);
    }
}
