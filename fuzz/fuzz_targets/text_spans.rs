//! Any text under any limits: spans that join to it, none too long, and a clean normalize form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mynah_speech::Language;
use mynah_speech::text::{TextChunkLimits, detect_language, text_spans, restore_english, sentences, normalize};

const TAGS: [&str; 12] =
    ["en", "de", "fr", "es", "ru", "ja", "ko", "zh", "ar", "hi", "th", "el"];

// The first three bytes choose language and limits; the rest is the text.
fuzz_target!(|bytes: &[u8]| {
    let [tag, first, max, text @ ..] = bytes else { return };
    let language: Language = TAGS[usize::from(*tag) % TAGS.len()].parse().expect("a tag");
    let limits = TextChunkLimits { first_chars: (*first).into(), max_chars: (*max).into() };
    let text = String::from_utf8_lossy(text);

    let mut place = 0;
    for span in text_spans(&text, &language, &limits) {
        assert_eq!(span.range.start, place);
        assert!(span.range.end > place);
        place = span.range.end;
        let span = &text[span.range];
        assert!(length(span) <= limits.max_chars.max(1));
        let form = normalize(span);
        assert!(!form.contains(char::is_control));
        assert_eq!(normalize(&form), form);
    }
    assert_eq!(place, text.len());
    assert_eq!(sentences(&text, &language).last().map_or(0, |last| last.range.end), text.len());
    detect_language(&text);
    restore_english(&text);
});

/// The length of a span as the limits count it.
fn length(span: &str) -> usize {
    let words: Vec<&str> = span.split_whitespace().collect();
    words.iter().map(|word| word.chars().count()).sum::<usize>() + words.len().saturating_sub(1)
}
