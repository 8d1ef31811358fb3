//! The cuts that readers of each language would make: `tests/data/text_spans/`.

use std::fs;
use std::path::Path;

use mynah_speech::Language;
use mynah_speech::text::{TextChunkLimits, detect_language, sentences, text_spans};

/// The languages in which there are at least twenty hard cases.
const TEN: [&str; 10] = ["de", "en", "es", "fr", "it", "ja", "ko", "pt", "ru", "zh"];

struct Case {
    about: String,
    limits: Option<TextChunkLimits>,
    expected: String,
}

fn cases(tag: &str) -> Vec<Case> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/text_spans/{tag}.txt"));
    let file = fs::read_to_string(path).expect("a golden file");
    file.split("\n\n")
        .filter_map(|block| case(block.trim_end()))
        .collect()
}

/// One block; none where it is only a comment.
fn case(block: &str) -> Option<Case> {
    let mut case = Case {
        about: String::new(),
        limits: None,
        expected: String::new(),
    };
    for line in block.lines() {
        if let Some(about) = line.strip_prefix("# ") {
            case.about = about.into();
        } else if let Some(limits) = line.strip_prefix("@ ") {
            let number = |name: &str| {
                let value = limits.split(' ').find_map(|part| part.strip_prefix(name));
                value.and_then(|value| value.parse().ok()).expect("a limit")
            };
            case.limits = Some(TextChunkLimits {
                first_chars: number("first="),
                max_chars: number("max="),
            });
        } else {
            assert!(case.expected.is_empty(), "two texts in a block: {line}");
            case.expected = line.replace('⏎', "\n").replace('⍽', "\u{a0}");
        }
    }
    (!case.expected.is_empty()).then_some(case)
}

fn cut(text: &str, language: &Language, limits: Option<&TextChunkLimits>) -> String {
    let spans = match limits {
        Some(limits) => text_spans(text, language, limits),
        None => sentences(text, language),
    };
    let parts: Vec<&str> = spans.into_iter().map(|span| &text[span.range]).collect();
    parts.join("|")
}

fn check(tag: &str) {
    let language: Language = tag.parse().expect("a tag");
    let cases = cases(tag);
    let least = if TEN.contains(&tag) { 20 } else { 5 };
    assert!(cases.len() >= least, "{tag} has only {} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let cut = cut(
                &case.expected.replace('|', ""),
                &language,
                case.limits.as_ref(),
            );
            (cut != case.expected).then(|| {
                format!(
                    "{}\n  expected {:?}\n  cut      {cut:?}",
                    case.about, case.expected
                )
            })
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{tag}: {} of {} wrong\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// What the detector makes of each case that is long enough: never a wrong language, and one at
/// all for two cases in three at least, though these are short, and full of names and abbreviations.
fn check_detection(tag: &str) {
    let least = if matches!(tag, "ja" | "ko" | "zh") {
        8
    } else {
        24
    };
    let (mut detected, mut all) = (0, 0);
    for case in cases(tag) {
        let text = case.expected.replace('|', "");
        if text.chars().filter(|c| c.is_alphabetic()).count() < least {
            continue;
        }
        all += 1;
        if let Some(found) = detect_language(&text) {
            assert_eq!(found.as_str(), tag, "{text}");
            detected += 1;
        }
    }
    println!("{tag}: {detected} of {all} detected");
    assert!(
        all > 0 && detected * 3 >= all * 2,
        "{tag}: {detected} of {all} detected"
    );
}

#[test]
fn the_language_of_the_cases_is_detected() {
    for tag in TEN {
        check_detection(tag);
    }
}

macro_rules! golden {
    ($($tag:ident)*) => {
        $(#[test]
        fn $tag() {
            check(stringify!($tag));
        })*

        /// Every file has its test.
        #[test]
        fn no_file_is_forgotten() {
            let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/text_spans");
            let mut found: Vec<String> = fs::read_dir(directory)
                .expect("the golden files")
                .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
                .filter_map(|name| name.strip_suffix(".txt").map(str::to_owned))
                .collect();
            found.sort();
            assert_eq!(found, [$(stringify!($tag)),*]);
        }
    };
}

golden!(ar de el en es fr hi it ja ko pt ru th zh);
