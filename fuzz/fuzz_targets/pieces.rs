//! Any text under any limits: pieces that join to it, none too long, and a clean spoken form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mynah_speech::Language;
use mynah_speech::text::{PieceLimits, detect_language, pieces, restore_english, sentences, spoken};

const TAGS: [&str; 12] =
    ["en", "de", "fr", "es", "ru", "ja", "ko", "zh", "ar", "hi", "th", "el"];

// The first three bytes choose language and limits; the rest is the text.
fuzz_target!(|bytes: &[u8]| {
    let [tag, first, max, text @ ..] = bytes else { return };
    let language: Language = TAGS[usize::from(*tag) % TAGS.len()].parse().expect("a tag");
    let limits = PieceLimits { first_chars: (*first).into(), max_chars: (*max).into() };
    let text = String::from_utf8_lossy(text);

    let mut place = 0;
    for piece in pieces(&text, &language, &limits) {
        assert_eq!(piece.range.start, place);
        assert!(piece.range.end > place);
        place = piece.range.end;
        let piece = &text[piece.range];
        assert!(length(piece) <= limits.max_chars.max(1));
        let form = spoken(piece);
        assert!(!form.contains(char::is_control));
        assert_eq!(spoken(&form), form);
    }
    assert_eq!(place, text.len());
    assert_eq!(sentences(&text, &language).last().map_or(0, |last| last.range.end), text.len());
    detect_language(&text);
    restore_english(&text);
});

/// The length of a piece as the limits count it.
fn length(piece: &str) -> usize {
    let words: Vec<&str> = piece.split_whitespace().collect();
    words.iter().map(|word| word.chars().count()).sum::<usize>() + words.len().saturating_sub(1)
}
