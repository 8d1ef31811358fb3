//! The cut of a phoneme string into inputs of the graph.

use std::cmp::Reverse;
use std::ops::Range;

use crate::vocabulary::Symbol;

/// The most tokens of one input. The graph takes 510; its buffers grow with the input, and at 128
/// a process that speaks English peaks near 430 MB.
pub(crate) const MAX_TOKENS: usize = 128;

/// A text with more tokens has a short first chunk where a mark allows it, so that audio starts
/// early.
const MAX_FIRST_TOKENS: usize = 60;

/// A text with more tokens and without such a mark has one as well. Below it, the break within a
/// sentence costs more than it gains: cut at 40 tokens, French sentences had twice the word errors.
const MAX_WHOLE_TOKENS: usize = 80;

/// The shortest first chunk, in tokens: a shorter one sounds clipped.
const MIN_FIRST_TOKENS: usize = 14;

/// The length of a first chunk that no mark ends, in tokens.
const UNMARKED_FIRST_TOKENS: usize = 20;

/// The most sounds of a word that the next one is not parted from.
const MAX_SHORT_WORD_SOUNDS: usize = 3;

/// What a chunk ends with, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChunkEnd {
    /// In the middle of a word.
    Inside,
    /// A space between words.
    Word,
    /// A comma or the like.
    Clause,
    /// A full stop or the like, and the end of the text.
    Sentence,
}

/// A part of a phoneme string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) symbols: Range<usize>,
    pub(crate) end: ChunkEnd,
}

/// Cuts symbols into chunks of at most [`MAX_TOKENS`], each with a sound in it, at sentence ends
/// before clauses before words, and of similar lengths.
pub(crate) fn chunks(symbols: &[Symbol]) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut start = 0;
    while start < symbols.len() {
        let rest = &symbols[start..];
        let (length, end) = match early_cut(rest).filter(|_| start == 0) {
            Some(cut) => cut,
            None => cut(rest),
        };
        let range = start..start + length;
        // Marks on their own have no sound to be made.
        if symbols[range.clone()]
            .iter()
            .any(|symbol| symbol.is_sound())
        {
            chunks.push(Chunk {
                symbols: trimmed(symbols, range),
                end,
            });
        }
        start += length;
    }
    chunks
}

/// The first cut of a long text: the earliest mark that leaves enough before it, else a space.
fn early_cut(symbols: &[Symbol]) -> Option<(usize, ChunkEnd)> {
    if symbols.len() <= MAX_FIRST_TOKENS {
        return None;
    }
    let cuts = (MIN_FIRST_TOKENS..=MAX_FIRST_TOKENS)
        .map(|length| (length, end_at(symbols, length)))
        .filter(|(_, end)| *end > ChunkEnd::Inside);
    let marked = cuts.clone().find(|(_, end)| *end >= ChunkEnd::Clause);
    if marked.is_some() || symbols.len() <= MAX_WHOLE_TOKENS {
        return marked;
    }
    cuts.min_by_key(|(length, _)| {
        let joined = joins(symbols, *length);
        (joined, length.abs_diff(UNMARKED_FIRST_TOKENS))
    })
}

/// Whether the words around a space belong together: those behind a short word, which in most languages
/// is an article, a preposition or a pronoun, do more than those before one.
fn joins(symbols: &[Symbol], length: usize) -> bool {
    let before = symbols[..length].iter().rev();
    let letters = before.take_while(|symbol| symbol.char != ' ');
    letters.filter(|symbol| symbol.is_sound()).count() <= MAX_SHORT_WORD_SOUNDS
}

/// The best cut of what is left: its length and what it ends with.
fn cut(symbols: &[Symbol]) -> (usize, ChunkEnd) {
    let left = symbols.len();
    if left <= MAX_TOKENS {
        return (left, ChunkEnd::Sentence);
    }
    let wanted = left.div_ceil(left.div_ceil(MAX_TOKENS));
    let best = (wanted / 2..=MAX_TOKENS)
        .map(|length| (length, end_at(symbols, length)))
        .max_by_key(|&(length, end)| (end, Reverse(wanted.abs_diff(length))));
    best.unwrap_or((MAX_TOKENS, ChunkEnd::Inside))
}

/// What a chunk of this length would end with. It may end before a space only.
fn end_at(symbols: &[Symbol], length: usize) -> ChunkEnd {
    let (before, after) = symbols.split_at(length.min(symbols.len()));
    if after.first().is_some_and(|next| next.char != ' ') {
        return ChunkEnd::Inside;
    }
    let mark = before
        .iter()
        .rev()
        .find(|last| !"\"”)“(".contains(last.char));
    match mark.map(|last| last.char) {
        Some('.' | '!' | '?' | '…') => ChunkEnd::Sentence,
        Some(',' | ';' | ':' | '—') => ChunkEnd::Clause,
        _ => ChunkEnd::Word,
    }
}

/// A range without spaces at its ends.
fn trimmed(symbols: &[Symbol], mut range: Range<usize>) -> Range<usize> {
    while range.start < range.end && symbols[range.start].char == ' ' {
        range.start += 1;
    }
    while range.start < range.end && symbols[range.end - 1].char == ' ' {
        range.end -= 1;
    }
    range
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vocabulary::symbols;

    fn split(phonemes: &str) -> Vec<(String, ChunkEnd)> {
        let symbols = symbols(phonemes);
        chunks(&symbols)
            .into_iter()
            .map(|chunk| {
                let text = symbols[chunk.symbols].iter().map(|symbol| symbol.char);
                (text.collect(), chunk.end)
            })
            .collect()
    }

    #[test]
    fn short_texts_are_one_chunk() {
        let text = "hˈɛllo, wˈɜɹld. hˈɛllo, wˈɜɹld. hˈɛllo.";
        assert_eq!(split(text), [(text.to_owned(), ChunkEnd::Sentence)]);
        assert_eq!(split(""), []);
        assert_eq!(split("… — \"\""), []);
    }

    #[test]
    fn first_chunk_of_long_texts_ends_at_an_early_mark() {
        let long = format!("lˈɔŋ wˈɜɹdz hˈiɹ, ænd {}", "sˈoʊ ˈɔn ".repeat(10));
        let chunks = split(&long);
        assert_eq!(chunks.len(), 2);
        assert_eq!(chunks[0], ("lˈɔŋ wˈɜɹdz hˈiɹ,".into(), ChunkEnd::Clause));
    }

    #[test]
    fn first_chunk_without_a_mark_ends_behind_a_long_word() {
        let text = "ðə ˈoʊld mˈæn wˈɔkt slˈoʊli əlˈɔŋ ðə ɹˈɪvəɹ ænd θˈɔt əbˈaʊt ðə sˈʌməɹ";
        assert_eq!(split(text).len(), 1);
        let chunks = split(&format!("{text} ðæt hæd pˈæst sˈoʊ kwˈɪkli."));
        assert_eq!(chunks.len(), 2);
        assert_eq!(chunks[0], ("ðə ˈoʊld mˈæn wˈɔkt".into(), ChunkEnd::Word));
    }

    #[test]
    fn long_texts_are_cut_at_the_strongest_marks() {
        let sentence = "fˈaɪv wˈɜɹdz mˈeɪk ə sˈɛntəns, mˈɔɹ mˈeɪk ə pˈɛɪdʒ. ";
        let chunks = split(&sentence.repeat(8));
        assert!(
            chunks
                .iter()
                .all(|(_, end)| *end == ChunkEnd::Sentence || *end == ChunkEnd::Clause)
        );
        assert!(
            chunks[1..].iter().all(|(text, _)| text.ends_with('.')),
            "{chunks:?}"
        );
        let unmarked = split(&"wˈɜɹdz ".repeat(60));
        assert!(
            unmarked[..unmarked.len() - 1]
                .iter()
                .all(|(_, end)| *end == ChunkEnd::Word)
        );
        // The first one is short.
        let lengths: Vec<_> = unmarked[1..]
            .iter()
            .map(|(text, _)| text.chars().count())
            .collect();
        assert!(
            lengths.iter().max().unwrap() - lengths.iter().min().unwrap() < 20,
            "{lengths:?}"
        );
        let whole = split(&"ə".repeat(300));
        assert_eq!(whole[0].1, ChunkEnd::Inside);
    }

    proptest! {
        #[test]
        fn chunks_are_bounded_and_lose_no_sound(phonemes in "[aəˈn .,“”—]{0,700}") {
            let symbols = symbols(&phonemes);
            let chunks = chunks(&symbols);
            let sounds = |symbols: &[Symbol]| symbols.iter().filter(|s| s.is_sound()).count();
            let kept: usize = chunks.iter().map(|chunk| sounds(&symbols[chunk.symbols.clone()])).sum();
            prop_assert_eq!(kept, sounds(&symbols));
            for chunk in chunks {
                prop_assert!((1..=MAX_TOKENS).contains(&chunk.symbols.len()));
            }
        }
    }
}
