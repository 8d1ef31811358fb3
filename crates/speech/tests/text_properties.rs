//! What holds of every text, whatever is in it.

use mynah_speech::Language;
use mynah_speech::text::{
    Boundary, TextChunkLimits, TextSpan, detect_language, normalize, restore_english, sentences,
    text_spans,
};
use proptest::prelude::*;

const TAGS: [&str; 8] = ["en", "de", "fr", "ja", "ko", "zh", "el", "th"];

/// Text that is likely to hurt: stops, quotes, spaces, letters of many scripts, and anything.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => r#"[ .!?…;:,"'“”«»()\-—\n\r\t]{1,4}"#,
        4 => "[A-Za-zäßéñİıςΣ]{1,9}",
        2 => "[0-9]{1,4}[.,:]?",
        1 => "[。！？、，「」“”（）　]{1,3}",
        2 => "[一-十あ-おア-オ가-강]{1,6}",
        1 => "[ก-ฮะ-ู]{1,9}",
        1 => "[ا-ي؟،۔अ-ह।]{1,6}",
        1 => "[\u{300}-\u{310}\u{200b}-\u{200f}\u{2028}\u{2029}\u{85}\u{feff}]{1,3}",
        1 => Just("Dr. ".to_owned()),
        1 => Just("z. B. ".to_owned()),
        1 => Just("1. ".to_owned()),
        1 => Just("👩\u{200d}👩\u{200d}👧🇩🇪".to_owned()),
        2 => "\\PC{1,8}",
        1 => any::<String>(),
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

fn language() -> impl Strategy<Value = Language> {
    prop::sample::select(&TAGS[..]).prop_map(|tag| tag.parse().expect(tag))
}

fn limits() -> impl Strategy<Value = TextChunkLimits> {
    (0_usize..80, 0_usize..120).prop_map(|(first_chars, max_chars)| TextChunkLimits {
        first_chars,
        max_chars,
    })
}

/// The length of a span as the limits count it: white space outside is nothing, inside one.
fn length(span: &str) -> usize {
    let words: Vec<&str> = span.split_whitespace().collect();
    words.iter().map(|word| word.chars().count()).sum::<usize>() + words.len().saturating_sub(1)
}

/// Fails unless the spans joined are the text.
fn assert_joined(text: &str, spans: &[TextSpan]) {
    let mut place = 0;
    for span in spans {
        assert_eq!(span.range.start, place, "a gap or an overlap");
        assert!(span.range.end > place, "an empty span");
        place = span.range.end;
        assert!(text.is_char_boundary(place), "a cut within a character");
    }
    assert_eq!(place, text.len(), "the end is lost");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn spans_joined_are_the_text(text in text(), language in language(), limits in limits()) {
        assert_joined(&text, &text_spans(&text, &language, &limits));
        assert_joined(&text, &sentences(&text, &language));
    }

    #[test]
    fn no_span_is_longer_than_the_limit(
        text in text(), language in language(), limits in limits(),
    ) {
        for span in text_spans(&text, &language, &limits) {
            let length = length(&text[span.range.clone()]);
            prop_assert!(length <= limits.max_chars.max(1), "{length} in {span:?}");
        }
    }

    #[test]
    fn white_space_opens_no_span_but_the_first(
        text in text(), language in language(), limits in limits(),
    ) {
        for span in text_spans(&text, &language, &limits).into_iter().skip(1) {
            prop_assert!(!text[span.range].starts_with(char::is_whitespace));
        }
    }

    #[test]
    fn under_a_wide_limit_spans_are_paragraphs(text in text(), language in language()) {
        let limits = TextChunkLimits { first_chars: 1 << 20, max_chars: 1 << 20 };
        let whole = text_spans(&text, &language, &limits);
        prop_assert!(whole.iter().all(|span| span.ends == Boundary::Paragraph));
        let ends = sentences(&text, &language).into_iter();
        let paragraphs = ends.filter(|span| span.ends == Boundary::Paragraph).count();
        prop_assert_eq!(whole.len(), paragraphs);
    }

    #[test]
    fn sentences_that_fit_are_never_cut(text in text(), language in language()) {
        let limits = TextChunkLimits { first_chars: 120, max_chars: 120 };
        let sentences = sentences(&text, &language);
        let mut found = text_spans(&text, &language, &limits);
        found.retain(|span| matches!(span.ends, Boundary::Cut | Boundary::Clause));
        for span in found {
            let within = sentences.iter().find(|sentence| {
                sentence.range.start < span.range.end && span.range.end < sentence.range.end
            });
            let sentence = within.expect("a cut that is no sentence's end lies within one");
            // White space that opens a text belongs to its first span, and to no sentence before.
            prop_assert!(length(&text[sentence.range.clone()]) > 120);
        }
    }

    #[test]
    fn a_span_that_ends_a_paragraph_is_cut_from_it_alone(
        text in text(), language in language(), limits in limits(),
    ) {
        let ends = |spans: Vec<TextSpan>| -> Vec<usize> {
            let last = spans.into_iter().filter(|span| span.ends == Boundary::Paragraph);
            last.map(|span| span.range.end).collect()
        };
        let cut = ends(text_spans(&text, &language, &limits));
        prop_assert_eq!(cut, ends(sentences(&text, &language)));
    }

    #[test]
    fn the_spoken_form_is_clean_and_stays_so(text in text()) {
        let form = normalize(&text);
        prop_assert_eq!(&normalize(&form), &form);
        prop_assert!(!form.contains(char::is_control));
        prop_assert_eq!(form.trim(), &form);
        prop_assert!(!form.contains("  "));
        prop_assert_eq!(form.is_empty(), !form.chars().any(char::is_alphanumeric));
    }

    #[test]
    fn letters_and_digits_are_all_spoken(text in "[a-z0-9 \n.,]{0,60}") {
        let audible = |text: &str| text.split_whitespace().collect::<String>();
        let form = normalize(&text);
        if !form.is_empty() {
            prop_assert_eq!(audible(&form), audible(&text));
        }
    }

    #[test]
    fn language_detection_never_panics(text in text()) {
        let _ = detect_language(&text);
    }

    #[test]
    fn restored_words_are_the_recognized_words(words in "([a-z']{1,9} ){0,12}") {
        let restored = restore_english(&words);
        let lower = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let small = restored.to_lowercase();
        prop_assert_eq!(small.trim_end_matches(['.', '?']), lower);
    }

    #[test]
    fn any_text_can_be_restored(text in text()) {
        let _ = restore_english(&text);
    }
}
