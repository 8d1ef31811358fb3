//! Texts as people send them, and what is spoken of them: `tests/data/documents/`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use mynah_speech::Language;
use mynah_speech::text::{
    Boundary, Document, InvalidPause, MAX_PAUSE, Markup, TextChunk, TextChunkLimits,
};
use proptest::prelude::*;

const WIDE: TextChunkLimits = TextChunkLimits {
    first_chars: 1_000,
    max_chars: 1_000,
};

fn read(text: &str, markup: Markup, tag: &str) -> Result<Vec<TextChunk>, InvalidPause> {
    let language: Language = tag.parse().expect("a tag");
    Ok(Document::read(text, markup, &language)?.chunks(&language, &WIDE))
}

/// What is spoken: chunks parted by `|`, by `‖` after a paragraph, pauses by their milliseconds.
fn spoken(chunks: &[TextChunk]) -> String {
    let mut all = String::new();
    for chunk in chunks {
        all += &chunk.spoken;
        match chunk.pause {
            Some(pause) => all += &format!("<{}>", pause.as_millis()),
            None if chunk.ends == Boundary::Paragraph => all.push('‖'),
            None => all.push('|'),
        }
    }
    all
}

/// Blocks of `# about`, the text with its line ends as `⏎`, and `= what is spoken`. Where figures and
/// signs stand in a text its language is one in which they stay as they are.
fn check(file: &str, markup: Markup) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/documents/{file}"));
    let cases = fs::read_to_string(path).expect("a golden file");
    let mut wrong = Vec::new();
    let mut count = 0;
    for block in cases.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let mut lines = block.lines().filter(|line| !line.starts_with("# "));
        let Some(text) = lines.next() else { continue };
        let expected = lines.next().and_then(|line| line.strip_prefix("= "));
        let expected = expected.unwrap_or_else(|| panic!("nothing is expected of {text}"));
        let (tag, text) = text.split_once(": ").expect("a language");
        let text = text.replace('⏎', "\n");
        count += 1;
        let found = read(&text, markup, tag).map(|chunks| spoken(&chunks));
        if found.as_deref() != Ok(expected) {
            wrong.push(format!(
                "{text:?}\n  expected {expected}\n  found    {found:?}"
            ));
        }
    }
    assert!(count > 5, "{file} has only {count} cases");
    assert!(
        wrong.is_empty(),
        "{file}: {} of {count} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn markdown_marks_are_not_spoken() {
    check("markdown.txt", Markup::Read);
}

#[test]
fn marks_that_are_text_stay() {
    check("literal.txt", Markup::Read);
}

#[test]
fn html_and_ssml_tags_are_not_spoken() {
    check("tags.txt", Markup::Read);
}

#[test]
fn lists_titles_and_lines_are_structured() {
    check("structure.txt", Markup::Read);
}

#[test]
fn without_markup_every_mark_is_text() {
    check("plain.txt", Markup::Text);
}

#[test]
fn pauses_have_bounds_for_each_and_for_all() {
    let pause = |text: &str| read(text, Markup::Read, "en").map(|chunks| chunks[0].pause);
    assert_eq!(pause("a [pause:10s] b"), Ok(Some(MAX_PAUSE)));
    assert_eq!(pause("a <break time=\"10000ms\"/> b"), Ok(Some(MAX_PAUSE)));
    for text in [
        "a [pause:10.1s] b",
        "a [pause:10001ms] b",
        "a <break time='11s'/> b",
    ] {
        assert_eq!(pause(text), Err(InvalidPause::TooLong), "{text}");
    }
    let six = "a [pause:10s] ".repeat(6);
    assert_eq!(pause(&six), Ok(Some(MAX_PAUSE)));
    assert_eq!(
        pause(&format!("{six}[pause:1ms]")),
        Err(InvalidPause::TotalTooLong)
    );
    assert_eq!(
        pause("a <break time='soon'/> b"),
        Err(InvalidPause::NoLength)
    );
    let tags = "b <break time='10s'/> ".repeat(7);
    assert_eq!(pause(&tags), Err(InvalidPause::TotalTooLong));
    // Marks that stand together are one pause.
    assert_eq!(
        pause("a [pause:1s] [pause:500ms] b"),
        Ok(Some(Duration::from_millis(1500)))
    );
}

#[test]
fn unspeakable_words_are_left_out_by_their_bytes() {
    for (text, spoken, bytes) in [
        (
            "The capital of Japan is Tokyo (東京).",
            "The capital of Japan is Tokyo.",
            &["東京"][..],
        ),
        ("Say *привет* and «мир».", "Say and.", &["привет", "мир"]),
        ("One &eacute;t&eacute; 東 京 two", "One été two", &["東 京"]),
        ("Only words.", "Only words.", &[]),
    ] {
        let language = Language::english();
        let mut document = Document::read(text, Markup::Read, &language).expect("a document");
        let skipped = document.skip(|c| (c as u32) < 0x250);
        let found: Vec<_> = skipped.iter().map(|range| &text[range.clone()]).collect();
        assert_eq!(found, bytes, "{text}");
        let chunks = document.chunks(&language, &WIDE);
        let words: Vec<_> = chunks.iter().map(|chunk| chunk.spoken.as_str()).collect();
        assert_eq!(words.join(" ").replace(" .", "."), spoken, "{text}");
    }
}

/// Text that is likely to hurt.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => r"[ \n\r\t]{1,3}",
        4 => r"[-*_#>`~|\[\]()!<>/&;:.+=\\^0-9]{1,6}",
        6 => "[A-Za-zäßéñ]{1,9}",
        2 => "[0-9]{1,3}[.)] ",
        1 => "[一-十あ-おア-オ가-강]{1,6}",
        1 => "[\u{0}-\u{1f}\u{85}\u{200b}-\u{200f}\u{2028}\u{2029}\u{feff}\u{e000}]{1,3}",
        1 => prop::sample::select(vec![
            "**", "***", "~~", "```\n", "~~~\n", "\n---\n", "\n- ", "\n> ", "\n| a | b |\n|--|--|\n",
            "[x](http://y.z)", "![x](y)", "[x][y]", "\n[y]: http://z\n", "[^1]", "\n[^1]: ",
            "<b>", "</b>", "<br>", "<p>", "<li>", "<speak>", "<s>", "<!-- ", " -->", "<script>",
            "</script>", "<sub alias=\"é x\">", "</sub>", "<img alt='é'>", "<td>", "</td>",
            "&amp;", "&eacute;", "&#x20AC;", "&nbsp;", "[pause:1ms]", "<break time='1ms'/>",
            "-\n", "\u{ad}\n", "$1,234.56", "123456789012345678901234567890",
        ]).prop_map(str::to_owned),
        1 => "\\PC{1,8}",
        1 => any::<String>(),
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

fn markup() -> impl Strategy<Value = Markup> {
    prop::sample::select(vec![Markup::Read, Markup::Text])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn chunk_ranges_joined_are_the_input(
        text in text(), markup in markup(), max_chars in 1_usize..120,
        tag in prop::sample::select(vec!["en", "de", "ja", "zh", "ru"]),
    ) {
        let language: Language = tag.parse().expect("a tag");
        let limits = TextChunkLimits { first_chars: max_chars / 2, max_chars };
        let Ok(document) = Document::read(&text, markup, &language) else {
            return Ok(());
        };
        let mut place = 0;
        for chunk in document.chunks(&language, &limits) {
            prop_assert_eq!(chunk.range.start, place, "a gap or an overlap");
            prop_assert!(chunk.range.end >= place);
            place = chunk.range.end;
            prop_assert!(text.is_char_boundary(place), "a cut within a character");
            let chars = chunk.spoken.chars().count();
            // The number of an item comes on top, and the mark that ends a sentence.
            prop_assert!(chars <= max_chars + 6, "{} in {:?}", chars, chunk.spoken);
            prop_assert!(!chunk.spoken.contains(char::is_control));
        }
        prop_assert_eq!(place, text.len(), "the end is lost");
    }

    #[test]
    fn plain_words_are_all_spoken(text in "[a-z]{1,9}( [a-z]{1,9}){0,12}[.!?]?") {
        // In a language in which no word is an abbreviation.
        let chunks = read(&text, Markup::Read, "nl").expect("a document");
        prop_assert_eq!(spoken(&chunks), format!("{text}‖"));
    }

    #[test]
    fn skipped_words_are_ranges_of_the_input(text in text(), markup in markup()) {
        let language = Language::english();
        let Ok(mut document) = Document::read(&text, markup, &language) else {
            return Ok(());
        };
        let mut place = 0;
        for range in document.skip(|c| c.is_ascii()) {
            prop_assert!(range.start >= place && range.end > range.start);
            place = range.end;
            prop_assert!(text.get(range).is_some());
        }
        let left = document.plain();
        prop_assert!(left.chars().all(|c| !c.is_alphanumeric() || c.is_ascii()));
        let _ = document.chunks(&language, &WIDE);
    }
}
