//! From a segment's text to cues of a few lines each.

use icu_segmenter::LineSegmenter;
use icu_segmenter::options::LineBreakOptions;
use mynah_speech::text::{clause_ends, sentences};
use mynah_speech::{Language, Word};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::partition::cheapest;
use super::settings::SubtitleSettings;
use super::timing::{Timing, letter_count};

/// A pause between two words from which on the words are parts of their own, in milliseconds.
const MIN_PAUSE_MS: u64 = 300;

/// What a break costs after a sentence, a clause or a pause, and anywhere else; and a cue, and a
/// line. Only their proportions count.
const SENTENCE_COST: f64 = 0.0;
const CLAUSE_COST: f64 = 3.0;
const PAUSE_COST: f64 = 4.0;
const WORD_COST: f64 = 12.0;
const CUE_COST: f64 = 10.0;
const UNEVEN_CUE_COST: f64 = 4.0;
/// Above all breaks: no line is begun that is not needed.
const LINE_COST: f64 = 1_000.0;
const UNEVEN_LINE_COST: f64 = 20.0;

/// Some lines of text and when they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// When it appears, in milliseconds.
    pub start_ms: u64,
    /// When it is hidden, in milliseconds.
    pub end_ms: u64,
    /// Its text.
    pub lines: Vec<String>,
}

/// The cues of a text that is spoken from `start_ms` to `end_ms`: in order, none over the limits,
/// broken after clauses where that can be. The times of `words` count from `start_ms`; a
/// translation has none.
pub fn cues(
    text: &str,
    words: &[Word],
    language: &Language,
    (start_ms, end_ms): (u64, u64),
    limits: &SubtitleSettings,
) -> Vec<Cue> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let timing = Timing::new(&text, words, start_ms, end_ms);
    let tokens = tokens(&text, language, &timing, limits);
    let capacity = f64::from(limits.max_line_width) * f64::from(limits.max_line_count);
    let ends = cheapest(tokens.len(), |start, end| {
        let own = &tokens[start..end];
        let (first, last) = (own.first()?, own.last()?);
        let fits = lines_needed(own, limits) <= usize::from(limits.max_line_count)
            && last.end_ms.saturating_sub(first.start_ms) <= limits.max_cue_ms();
        let unused = 1.0 - (width(own) as f64 / capacity).min(1.0);
        let after = if end == tokens.len() {
            0.0
        } else {
            last.break_cost
        };
        (fits || own.len() == 1).then_some(CUE_COST + after + UNEVEN_CUE_COST * unused * unused)
    });
    let mut cues: Vec<Cue> = Vec::with_capacity(ends.len());
    let mut start = 0;
    for end in ends {
        let own = &tokens[start..end];
        start = end;
        let (Some(first), Some(last)) = (own.first(), own.last()) else {
            continue;
        };
        let before = cues.last().map_or(0, |cue| cue.end_ms);
        let start_ms = first.start_ms.max(before);
        cues.push(Cue {
            start_ms,
            end_ms: last.end_ms.clamp(start_ms, start_ms + limits.max_cue_ms()),
            lines: lines(own, limits),
        });
    }
    // The segment's bounds are the detector's: they include breath and final sounds.
    let max_ms = limits.max_cue_ms();
    if let Some(first) = cues.first_mut() {
        first.start_ms = start_ms.max(first.end_ms.saturating_sub(max_ms));
    }
    if let Some(last) = cues.last_mut() {
        last.end_ms = end_ms.min(last.start_ms + max_ms).max(last.end_ms);
    }
    cues
}

/// A part of a text that is not broken.
struct Token<'a> {
    /// With the space after it, where there is one.
    text: &'a str,
    /// The columns of all tokens before it, and its own without the space.
    column: usize,
    width: usize,
    start_ms: u64,
    end_ms: u64,
    /// What it costs to break after it.
    break_cost: f64,
}

/// Cuts a text where lines may break (UAX 14), and what is wider than a line besides.
fn tokens<'a>(
    text: &'a str,
    language: &Language,
    timing: &Timing<'_>,
    limits: &SubtitleSettings,
) -> Vec<Token<'a>> {
    let sentences: Vec<_> = sentences(text, language)
        .iter()
        .map(|piece| piece.range.end)
        .collect();
    let clauses: Vec<_> = clause_ends(text, 0, 0, text.len()).collect();
    let segmenter = LineSegmenter::new_auto(LineBreakOptions::default());
    let mut tokens: Vec<Token<'a>> = Vec::new();
    let (mut start, mut letters_before, mut column) = (0, 0, 0);
    for position in segmenter.segment_str(text).filter(|position| *position > 0) {
        for part in narrow_parts(&text[start..position], limits.max_line_width.into()) {
            let own = letter_count(part);
            let start_ms = timing.start(letters_before);
            letters_before += own;
            let end_ms = if own == 0 {
                start_ms
            } else {
                timing.end(letters_before)
            };
            if let Some(last) = tokens.last_mut()
                && start_ms.saturating_sub(last.end_ms) >= MIN_PAUSE_MS
            {
                last.break_cost = last.break_cost.min(PAUSE_COST);
            }
            tokens.push(Token {
                text: part,
                column,
                width: part.trim_end().width(),
                start_ms,
                end_ms,
                break_cost: WORD_COST,
            });
            column += part.width();
        }
        start = position;
        if let Some(last) = tokens.last_mut() {
            if sentences.binary_search(&position).is_ok() {
                last.break_cost = SENTENCE_COST;
            } else if clauses.binary_search(&position).is_ok() {
                last.break_cost = CLAUSE_COST;
            }
        }
    }
    tokens
}

/// The text in parts that fit on a line: itself, but for what is wider than that.
fn narrow_parts(text: &str, max_width: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut wide) = (0, 0);
    for (position, c) in text.char_indices() {
        // The space at the end needs no width.
        let own = if c == ' ' { 0 } else { c.width().unwrap_or(0) };
        if wide + own > max_width {
            parts.push(&text[start..position]);
            (start, wide) = (position, 0);
        }
        wide += own;
    }
    parts.push(&text[start..]);
    parts
}

/// The columns that tokens take side by side.
fn width(tokens: &[Token<'_>]) -> usize {
    let ends = tokens.first().zip(tokens.last());
    ends.map_or(0, |(first, last)| last.column + last.width - first.column)
}

/// How many lines tokens take where each is filled before the next is begun.
fn lines_needed(tokens: &[Token<'_>], limits: &SubtitleSettings) -> usize {
    let (mut lines, mut start) = (0, 0);
    while start < tokens.len() {
        let mut end = start + 1;
        while end < tokens.len() && width(&tokens[start..=end]) <= limits.max_line_width.into() {
            end += 1;
        }
        lines += 1;
        start = end;
    }
    lines
}

/// Tokens as the minimum number of lines, broken after clauses and of even width where that can be.
fn lines(tokens: &[Token<'_>], limits: &SubtitleSettings) -> Vec<String> {
    let max_width = usize::from(limits.max_line_width);
    let ends = cheapest(tokens.len(), |start, end| {
        let own = &tokens[start..end];
        let wide = width(own);
        let unused = 1.0 - (wide as f64 / max_width as f64).min(1.0);
        let last = if end == tokens.len() {
            None
        } else {
            own.last()
        };
        let after = last.map_or(0.0, |token| token.break_cost);
        (wide <= max_width || own.len() == 1)
            .then_some(LINE_COST + after + UNEVEN_LINE_COST * unused * unused)
    });
    let mut start = 0;
    let mut lines = Vec::with_capacity(ends.len());
    for end in ends {
        let line: String = tokens[start..end].iter().map(|token| token.text).collect();
        lines.push(line.trim().to_owned());
        start = end;
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Words of so many milliseconds each, one after the other.
    fn words(text: &str, word_ms: u64) -> Vec<Word> {
        let words = text.split_whitespace().zip(0..);
        let word = |(text, number): (&str, u64)| Word {
            text: text
                .trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase(),
            start_ms: number * word_ms,
            end_ms: (number + 1) * word_ms,
            confidence: None,
        };
        words.map(word).collect()
    }

    fn shown(text: &str, language: &str, word_ms: u64, limits: &SubtitleSettings) -> Vec<String> {
        let words = words(text, word_ms);
        let end = words.last().map_or(0, |word| word.end_ms);
        let language = language.parse().unwrap();
        let show = |cue: Cue| format!("{}-{} {}", cue.start_ms, cue.end_ms, cue.lines.join(" / "));
        cues(text, &words, &language, (0, end), limits)
            .into_iter()
            .map(show)
            .collect()
    }

    #[test]
    fn short_text_is_one_line() {
        let limits = SubtitleSettings::default();
        assert_eq!(
            shown("Good morning.", "en", 500, &limits),
            ["0-1000 Good morning."]
        );
        assert_eq!(shown("", "en", 500, &limits), Vec::<String>::new());
    }

    #[test]
    fn cues_break_after_clauses() {
        let limits = SubtitleSettings::default();
        let text = "When we came home in the evening, the house was dark and cold, because nobody \
                    had thought of the fire, and so we went to bed early.";
        assert_eq!(
            shown(text, "en", 300, &limits),
            [
                "0-3900 When we came home in the evening, / the house was dark and cold,",
                "3900-8100 because nobody had thought of the fire, / and so we went to bed early.",
            ]
        );
    }

    #[test]
    fn a_cue_is_shown_no_longer_than_its_limit() {
        let limits = SubtitleSettings::default();
        assert_eq!(
            shown("One two three four five six.", "en", 2_000, &limits),
            ["0-6000 One two three", "6000-12000 four five six."]
        );
        // One word alone for longer than that.
        assert_eq!(shown("Oooh.", "en", 9_000, &limits), ["0-7000 Oooh."]);
    }

    #[test]
    fn wide_characters_count_as_two() {
        let limits = SubtitleSettings::default();
        let text = "今日はとてもいい天気ですから、みんなで川のそばを歩きましょう。";
        let lines = |cue: &Cue| cue.lines.clone();
        let language = "ja".parse().unwrap();
        let found = cues(text, &[], &language, (0, 6_000), &limits);
        assert_eq!(found.iter().flat_map(lines).collect::<String>(), text);
        assert!(
            found
                .iter()
                .flat_map(lines)
                .all(|line| line.chars().count() <= 21),
            "{found:?}"
        );
        assert!(found[0].lines[0].ends_with('、'), "{found:?}");
    }

    #[test]
    fn tokens_wider_than_a_line_are_cut() {
        let limits = SubtitleSettings {
            max_line_width: 10,
            ..SubtitleSettings::default()
        };
        let found = shown(
            "See https://example.com/a/very/long/address now.",
            "en",
            400,
            &limits,
        );
        let longest = found
            .iter()
            .flat_map(|cue| cue.split_once(' ').unwrap().1.split(" / "));
        assert!(longest.clone().all(|line| line.width() <= 10), "{found:?}");
        let joined: String = longest.collect::<String>().replace(' ', "");
        assert_eq!(joined, "Seehttps://example.com/a/very/long/addressnow.");
    }

    proptest! {
        #[test]
        fn every_cue_keeps_every_limit_and_no_letter_is_lost(
            parts in prop::collection::vec("[a-zé]{1,12}[,.;?]?|[一-丐]{1,30}[，。]?|[가-갗]{1,9}", 0..60),
            word_ms in 50_u64..3_000,
            (width, count, seconds) in (10_u16..=80, 1_u16..=4, 1_u16..=10),
        ) {
            let limits = SubtitleSettings {
                max_line_width: width,
                max_line_count: count,
                max_cue_seconds: seconds,
            };
            let text = parts.join(" ");
            let words = words(&text, word_ms);
            let end = 1_000 + words.last().map_or(0, |word| word.end_ms);
            let found = cues(&text, &words, &Language::english(), (1_000, end), &limits);
            let mut before = 1_000;
            for cue in &found {
                prop_assert!(cue.start_ms >= before && cue.end_ms >= cue.start_ms);
                prop_assert!(cue.end_ms <= end);
                prop_assert!(cue.end_ms - cue.start_ms <= u64::from(seconds) * 1_000);
                prop_assert!(cue.lines.len() <= usize::from(count), "{:?}", cue);
                for line in &cue.lines {
                    prop_assert!(line.width() <= usize::from(width), "{}", line);
                }
                before = cue.end_ms;
            }
            let letter_count = |text: &str| text.replace(' ', "");
            let shown: String = found.iter().flat_map(|cue| cue.lines.clone()).collect();
            prop_assert_eq!(letter_count(&shown), letter_count(&text));
        }
    }
}
