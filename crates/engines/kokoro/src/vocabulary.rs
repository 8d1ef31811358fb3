//! The symbols that the model knows, and their ids.

/// The id of the token before and after every input.
pub(crate) const PADDING: i64 = 0;

/// The vocabulary of Kokoro-82M v1.0, sorted by character.
const VOCABULARY: [(char, i64); 114] = [
    (' ', 16),
    ('!', 5),
    ('"', 11),
    ('(', 12),
    (')', 13),
    (',', 3),
    ('.', 4),
    (':', 2),
    (';', 1),
    ('?', 6),
    ('A', 24),
    ('I', 25),
    ('O', 31),
    ('Q', 33),
    ('S', 35),
    ('T', 36),
    ('W', 39),
    ('Y', 41),
    ('a', 43),
    ('b', 44),
    ('c', 45),
    ('d', 46),
    ('e', 47),
    ('f', 48),
    ('h', 50),
    ('i', 51),
    ('j', 52),
    ('k', 53),
    ('l', 54),
    ('m', 55),
    ('n', 56),
    ('o', 57),
    ('p', 58),
    ('q', 59),
    ('r', 60),
    ('s', 61),
    ('t', 62),
    ('u', 63),
    ('v', 64),
    ('w', 65),
    ('x', 66),
    ('y', 67),
    ('z', 68),
    ('æ', 72),
    ('ç', 78),
    ('ð', 81),
    ('ø', 116),
    ('ŋ', 112),
    ('œ', 120),
    ('ɐ', 70),
    ('ɑ', 69),
    ('ɒ', 71),
    ('ɔ', 76),
    ('ɕ', 77),
    ('ɖ', 80),
    ('ə', 83),
    ('ɚ', 85),
    ('ɛ', 86),
    ('ɜ', 87),
    ('ɟ', 90),
    ('ɡ', 92),
    ('ɣ', 139),
    ('ɤ', 140),
    ('ɥ', 99),
    ('ɨ', 101),
    ('ɪ', 102),
    ('ɯ', 110),
    ('ɰ', 111),
    ('ɲ', 114),
    ('ɳ', 113),
    ('ɴ', 115),
    ('ɸ', 118),
    ('ɹ', 123),
    ('ɻ', 126),
    ('ɽ', 129),
    ('ɾ', 125),
    ('ʁ', 128),
    ('ʂ', 130),
    ('ʃ', 131),
    ('ʈ', 132),
    ('ʊ', 135),
    ('ʋ', 136),
    ('ʌ', 138),
    ('ʎ', 143),
    ('ʒ', 147),
    ('ʔ', 148),
    ('ʝ', 103),
    ('ʣ', 18),
    ('ʤ', 82),
    ('ʥ', 19),
    ('ʦ', 20),
    ('ʧ', 133),
    ('ʨ', 21),
    ('ʰ', 162),
    ('ʲ', 164),
    ('ˈ', 156),
    ('ˌ', 157),
    ('ː', 158),
    ('\u{303}', 17),
    ('β', 75),
    ('θ', 119),
    ('χ', 142),
    ('ᵊ', 42),
    ('ᵝ', 22),
    ('ᵻ', 177),
    ('—', 9),
    ('“', 14),
    ('”', 15),
    ('…', 10),
    ('→', 171),
    ('↓', 169),
    ('↗', 172),
    ('↘', 173),
    ('ꭧ', 23),
];

/// Marks and spaces: symbols that make no sound.
const SILENT: &str = ";:,.!?—…\"()“” ˈˌː\u{303}ʰʲ↓→↗↘";

/// A symbol of the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    pub(crate) char: char,
    pub(crate) id: i64,
}

impl Symbol {
    /// Whether it is a vowel or a consonant.
    pub(crate) fn is_sound(self) -> bool {
        !SILENT.contains(self.char)
    }
}

/// The symbols of a phoneme string. Characters outside the vocabulary are left out, and runs of
/// spaces are one.
pub(crate) fn symbols(phonemes: &str) -> Vec<Symbol> {
    let mut symbols: Vec<Symbol> = Vec::with_capacity(phonemes.len());
    for char in phonemes.chars() {
        let char = if char.is_whitespace() { ' ' } else { char };
        let after_space = symbols.last().is_none_or(|last| last.char == ' ');
        if char == ' ' && after_space {
            continue;
        }
        if let Ok(index) = VOCABULARY.binary_search_by_key(&char, |&(known, _)| known) {
            let id = VOCABULARY[index].1;
            symbols.push(Symbol { char, id });
        }
    }
    if symbols.last().is_some_and(|last| last.char == ' ') {
        symbols.pop();
    }
    symbols
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vocabulary_is_sorted_and_without_duplicates() {
        assert!(VOCABULARY.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let mut ids: Vec<_> = VOCABULARY.iter().map(|&(_, id)| id).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn unknown_characters_and_repeated_spaces_are_left_out() {
        let ids: Vec<_> = symbols("  həlˈO, 中 \n wˈɜɹld. ")
            .iter()
            .map(|s| s.id)
            .collect();
        assert_eq!(
            ids,
            [50, 83, 54, 156, 31, 3, 16, 65, 156, 87, 123, 54, 46, 4]
        );
    }

    #[test]
    fn marks_are_no_sounds() {
        assert!(symbols("…, \"ˈ\"").iter().all(|symbol| !symbol.is_sound()));
        assert!(symbols("“ə”").iter().any(|symbol| symbol.is_sound()));
    }
}
