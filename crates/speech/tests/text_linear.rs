//! Time grows with the text and no faster, whatever it holds.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use mynah_speech::Language;
use mynah_speech::text::{
    Document, Markup, TextChunkLimits, detect_language, normalize, restore_english, text_spans,
    verbalize,
};

/// The smaller of two lengths, in bytes.
const SMALL: usize = 256 * 1024;

/// How many times as long the larger is: 1 MiB.
const LONGER: usize = 4;

/// How much longer the larger may take: four is linear, sixteen quadratic.
const MAX_RATIO: u32 = 10;

/// What is forgiven, since fresh memory costs more the first time.
const SLACK: Duration = Duration::from_millis(10);

/// The processor time that this thread has had, so that a busy machine changes nothing; where
/// the system does not report it, the time of day.
fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    times
        .and_then(|times| times.split(' ').next()?.parse().ok())
        .map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// How long some work takes, the shorter of two runs.
fn time(work: impl Fn()) -> Duration {
    let run = || {
        let start = clock();
        work();
        clock() - start
    };
    run().min(run())
}

/// A unit repeated to about a number of bytes.
fn fill(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes / unit.len())
}

fn assert_linear(name: &str, unit: &str, work: impl Fn(&str)) {
    let (small, large) = (fill(unit, SMALL), fill(unit, SMALL * LONGER));
    let (first, second) = (time(|| work(&small)), time(|| work(&large)));
    println!("{name} of {unit:?}: {first:.1?} for 256 KiB, {second:.1?} for 1 MiB");
    assert!(
        second < (first + SLACK) * MAX_RATIO,
        "{name} of {unit:?}: {first:?}, then {second:?}"
    );
}

/// What hurts splitters: one endless word, space, stop or cluster, and near misses of every rule.
const UNITS: [&str; 24] = [
    "a",
    " ",
    ".",
    "\n",
    "\u{301}",
    "a\u{301}",
    ". ",
    "a. ",
    "1. ",
    "1\n",
    "(a!) ",
    ")!) ",
    "\"!\" ",
    "… ",
    "a.b",
    "Dr. ",
    "z. B. ",
    "- ",
    "\n- a",
    "。",
    "中",
    "あ",
    "ไทย",
    "👩\u{200d}",
];

#[test]
fn spans_take_linear_time() {
    let language: Language = "de".parse().expect("a tag");
    for unit in UNITS {
        assert_linear("spans", unit, |text| {
            let found = text_spans(text, &language, &TextChunkLimits::default());
            assert_eq!(found.last().map(|span| span.range.end), Some(text.len()));
        });
    }
}

#[test]
fn small_and_huge_limits_take_linear_time() {
    for (first_chars, max_chars) in [(1, 1), (7, 1 << 30)] {
        for unit in ["a", ", a", "a. ", "中", "ไทย"] {
            assert_linear(&format!("spans to {max_chars}"), unit, |text| {
                text_spans(
                    text,
                    &Language::english(),
                    &TextChunkLimits {
                        first_chars,
                        max_chars,
                    },
                );
            });
        }
    }
}

/// What hurts readers of marks: runs of each, openings without an end, and near misses.
const MARKS: [&str; 32] = [
    "*",
    "**a ",
    "*a*b",
    "_",
    "`",
    "``a` ",
    "~~",
    "[",
    "[a](",
    "![",
    "[a][b]",
    "<",
    "<!--",
    "<b ",
    "<b>",
    "<br>",
    "&",
    "&amp;",
    "> ",
    "\n> ",
    "\n- ",
    "\n1. a",
    "\n```\n",
    "\n~~~~\n",
    "|a|b|\n",
    "\n|-|",
    "# \n",
    "[^1]",
    "[pause:",
    "a-\n",
    "\\",
    "<sub alias='a'>",
];

#[test]
fn reading_takes_linear_time() {
    let language = Language::english();
    let limits = TextChunkLimits::default();
    for unit in MARKS {
        assert_linear("reading", unit, |text| {
            // A part of the text: marks take far longer than letters.
            let text = &text[..text.floor_char_boundary(text.len() / 8)];
            let document = Document::read(text, Markup::Read, &language).expect("no pauses");
            drop(document.chunks(&language, &limits));
        });
    }
}

#[test]
fn the_rest_takes_linear_time() {
    for unit in UNITS {
        assert_linear("normalize", unit, |text| drop(normalize(text)));
        assert_linear("detect_language", unit, |text| drop(detect_language(text)));
        assert_linear("restore_english", unit, |text| drop(restore_english(text)));
    }
}

/// What hurts scanners of figures: runs of each sign, and near misses of every expression.
const FIGURES: [&str; 30] = [
    "1", "1 ", "1,", "1.", "1,234,", "$", "€5 ", "1-", "1–2 ", "(1", "+1", "1/", "½", "a@",
    "a@b.c", "a/", "a://,", "a%://x,", "XX ", "No. ", "9:30-", "x²", "a^", "#a", "a & ", "1中",
    "年", "1e6 ", "000 000 ", "５",
];

#[test]
fn verbalize_takes_linear_time() {
    for tag in ["en", "ru"] {
        let language: Language = tag.parse().expect("a tag");
        for unit in FIGURES.into_iter().chain(UNITS) {
            assert_linear("verbalize", unit, |text| {
                // A part of the text: figures take far longer than letters.
                drop(verbalize(
                    &text[..text.floor_char_boundary(text.len() / 32)],
                    &language,
                ));
            });
        }
    }
}
