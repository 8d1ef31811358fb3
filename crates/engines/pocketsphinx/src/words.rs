//! The dictionary's words as people write them.

/// The word without its pronunciation's number; none for silence, noise and sentence marks.
pub(crate) fn plain_word(entry: &str) -> Option<&str> {
    if entry.is_empty() || entry.starts_with(['<', '[']) || entry.starts_with("++") {
        return None;
    }
    let number = entry
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('));
    match number {
        Some((word, digits))
            if !word.is_empty()
                && !digits.is_empty()
                && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            Some(word)
        }
        _ => Some(entry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillers_and_numbers_of_pronunciations_go() {
        for filler in [
            "<s>",
            "</s>",
            "<sil>",
            "[NOISE]",
            "[SPEECH]",
            "++NOISE++",
            "",
        ] {
            assert_eq!(plain_word(filler), None, "{filler}");
        }
        for (entry, word) in [
            ("read(2)", "read"),
            ("don't", "don't"),
            ("a(12)", "a"),
            ("(2)", "(2)"),
            ("x()", "x()"),
        ] {
            assert_eq!(plain_word(entry), Some(word));
        }
    }
}
