//! Loops: the same phrase again and again, which is how this model fails.

use std::ops::{Range, RangeInclusive};

use miniz_oxide::deflate::core::{
    CompressionStrategy, CompressorOxide, TDEFLFlush, compress, create_comp_flags_from_zip_params,
};

use crate::clip::RATE;

/// Above this, a text says the same again and again. The threshold of the original's `transcribe`
/// (`compression_ratio_threshold`), which compresses by zlib's default level, too.
const MAX_COMPRESSION_RATIO: f64 = 2.4;
const LEVEL: i32 = 6;
/// With the stream's head and sum, as zlib has them.
const WINDOW: i32 = 15;

/// Characters of speech in a second: those of scripts with a sign for a syllable or a word are few.
const CHARACTERS_PER_SECOND: RangeInclusive<f64> = 3.0..=25.0;

/// The longest phrase that is looked for, in words.
const MAX_PHRASE_WORDS: usize = 12;
/// How often a phrase must follow itself to be a loop. People do say a word three times.
const MIN_REPETITIONS: usize = 4;

/// How much shorter a text becomes when it is compressed.
///
/// zlib takes fixed codes where those of the text's own would not pay for themselves, which is so
/// for every short text; this compressor has to be asked for both.
pub(crate) fn ratio(text: &str) -> f64 {
    let strategies = [CompressionStrategy::Default, CompressionStrategy::Fixed];
    let shortest = strategies
        .map(|strategy| compressed(text, strategy))
        .into_iter()
        .min();
    text.len() as f64 / shortest.unwrap_or(1).max(1) as f64
}

/// The length of a text as a zlib stream, in bytes.
fn compressed(text: &str, strategy: CompressionStrategy) -> usize {
    let flags = create_comp_flags_from_zip_params(LEVEL, WINDOW, strategy as i32);
    // No stream is longer than this: text that does not compress is stored in blocks of 64 kB.
    let mut out = vec![0; text.len() + text.len() / 1_000 + 128];
    let mut compressor = CompressorOxide::new(flags);
    compress(
        &mut compressor,
        text.as_bytes(),
        &mut out,
        TDEFLFlush::Finish,
    )
    .2
}

/// Whether a text is a loop, or has one.
pub(crate) fn repeats(text: &str) -> bool {
    ratio(text) > MAX_COMPRESSION_RATIO
}

/// Whether two texts have the same letters and digits in the same order, in any case.
pub(crate) fn same_words(one: &str, other: &str) -> bool {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    plain(one) == plain(other)
}

/// Whether a text of this many characters can be said in so many samples, neither faster nor far
/// slower than people speak.
pub(crate) fn is_speech_rate(text: &str, samples: usize) -> bool {
    let rate = text.trim().chars().count() as f64 / (samples as f64 / RATE as f64);
    CHARACTERS_PER_SECOND.contains(&rate)
}

/// The places that were said before, in order: of each loop all but its first round.
pub(crate) fn loops<T: PartialEq>(words: &[T]) -> Vec<Range<usize>> {
    let (mut found, mut place) = (Vec::new(), 0);
    while place < words.len() {
        let rest = &words[place..];
        let Some((phrase, rounds)) = first_loop(rest) else {
            place += 1;
            continue;
        };
        // The last round may have been cut short.
        let end = rest
            .iter()
            .enumerate()
            .position(|(i, word)| *word != rest[i % phrase]);
        let end = end.unwrap_or(rest.len()).max(phrase * rounds);
        found.push(place + phrase..place + end);
        place += end;
    }
    found
}

/// The length of a phrase that begins here, and how many rounds of it follow.
fn first_loop<T: PartialEq>(words: &[T]) -> Option<(usize, usize)> {
    (1..=MAX_PHRASE_WORDS).find_map(|phrase| {
        let rounds = words
            .chunks_exact(phrase)
            .take_while(|round| *round == &words[..phrase])
            .count();
        (rounds >= MIN_REPETITIONS).then_some((phrase, rounds))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_compresses_and_speech_does_not() {
        let speech = "The train to the city leaves at seven in the morning, and the next one an \
                      hour later, unless it is a Sunday or the line is closed.";
        assert!(!repeats(speech), "{}", ratio(speech));
        assert!(!repeats("No, no, no, no!"));
        assert!(!repeats(""));
        assert!(repeats(&"and the next one ".repeat(12)));
    }

    /// Python: `len(t) / len(zlib.compress(t))` of the same texts.
    #[test]
    fn the_measure_is_that_of_the_original() {
        for (text, expected) in [
            (" thank you".repeat(10), 100.0 / 21.0),
            (
                "The water in the lake is very cold.".to_owned(),
                35.0 / 41.0,
            ),
        ] {
            assert!(
                (ratio(&text) - expected).abs() < 0.25,
                "{} {expected}",
                ratio(&text)
            );
        }
    }

    #[test]
    fn words_are_compared_without_marks_and_case() {
        assert!(same_words("Hold, please.", "hold please"));
        assert!(!same_words("Hold, please.", "Hold, please. Hold."));
    }

    #[test]
    fn rates_of_speech_are_bounded() {
        let sentence = "Please hold the line. ";
        assert!(is_speech_rate(&sentence.repeat(5), 9 * RATE));
        assert!(!is_speech_rate(&sentence.repeat(20), 9 * RATE));
        assert!(!is_speech_rate(" Thank you.", 9 * RATE));
        assert!(!is_speech_rate("", 0));
    }

    #[test]
    fn of_a_loop_the_first_round_stays() {
        let words: Vec<&str> = "so a b a b a b a b c c c d".split(' ').collect();
        assert_eq!(loops(&words), vec![Range { start: 3, end: 9 }]);
        assert_eq!(loops(&["x"; 4]), vec![Range { start: 1, end: 4 }]);
        assert!(loops(&["x"; 3]).is_empty());
        let cut: Vec<&str> = "a b a b a b a b a c".split(' ').collect();
        assert_eq!(loops(&cut), vec![Range { start: 2, end: 9 }]);
        assert!(loops::<&str>(&[]).is_empty());
    }
}
