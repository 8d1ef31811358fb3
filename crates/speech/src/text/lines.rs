//! Lines that begin something: items of a list, and turns of a dialogue.

use std::ops::Range;

/// Where in the paragraph's text a line begins a list's item or a turn of dialogue. Everywhere
/// else the end of a line is a space.
///
/// A number opens an item only where it is 1 or continues the count, so that a year at the
/// beginning of a wrapped line does not.
pub(super) fn items(text: &str, paragraph: &Range<usize>) -> Vec<usize> {
    let mut places = Vec::new();
    let mut count = None;
    let body = &text[paragraph.clone()];
    let first = paragraph.end - body.trim_start().len();
    let mut start = paragraph.start;
    for line in body.split_inclusive(['\n', '\r', '\u{85}', '\u{2028}']) {
        let item = line.trim_start();
        let place = start + line.len() - item.len();
        start += line.len();
        let opens = match number(item).map(|(number, _)| number) {
            Some(n) if n == 1 || count.is_some_and(|last| n == last + 1) => {
                count = Some(n);
                true
            }
            // A list may begin anywhere, but only at its paragraph's beginning.
            Some(n) if place == first => {
                count = Some(n);
                false
            }
            Some(_) => false,
            None => bullet(item),
        };
        if opens && place > first {
            places.push(place);
        }
    }
    places
}

/// The number of a line such as `2. Pears`, `2) Pears` or `2、梨`, and the bytes up to the end of
/// its mark.
pub(super) fn number(line: &str) -> Option<(u32, usize)> {
    let digits = line.find(|c: char| !c.is_ascii_digit())?;
    let (number, rest) = line.split_at(digits);
    let mut rest = rest.chars();
    let mark = rest.next()?;
    let marked = match mark {
        '.' | ')' => rest.next()?.is_whitespace(),
        '、' | '．' | '）' => true,
        _ => false,
    };
    if !marked || digits > 3 {
        return None;
    }
    Some((number.parse().ok()?, digits + mark.len_utf8()))
}

/// Whether a line begins with a bullet or the dash of a dialogue.
pub(super) fn bullet(line: &str) -> bool {
    let mut chars = line.chars();
    match chars.next() {
        Some('•' | '‣' | '◦' | '▪' | '●' | '○' | '・' | '—' | '―') => true,
        Some('-' | '–' | '*' | '+') => chars.next().is_some_and(char::is_whitespace),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        items(text, &(0..text.len()))
            .into_iter()
            .map(|place| &text[place..])
            .collect()
    }

    #[test]
    fn numbers_count_from_one_or_go_on() {
        assert_eq!(
            cut("Buy:\n1. Milk\n2. Eggs"),
            ["1. Milk\n2. Eggs", "2. Eggs"]
        );
        assert_eq!(cut("7. Milk\n8. Eggs"), ["8. Eggs"]);
        assert!(cut("It was in\n84. Nobody knew").is_empty());
        assert!(cut("It was in\n1984. Nobody knew").is_empty());
    }

    #[test]
    fn bullets_and_dialogue_dashes_count() {
        assert_eq!(
            cut("Kaufen:\n  - Milch\n• Eier"),
            ["- Milch\n• Eier", "• Eier"]
        );
        assert_eq!(cut("—¿Vienes?\n—No"), ["—No"]);
        assert!(cut("minus\n-5 Grad").is_empty());
    }
}
