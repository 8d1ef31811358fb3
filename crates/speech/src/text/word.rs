//! Where a text may be cut when no clause ends in reach: between words, else between graphemes.

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{GraphemeClusterSegmenter, WordSegmenter};

use super::marks::{bracket_opens, closes, narrow_stop, opens, wide_stop};

/// How far past the last possible place the segmenters look, in bytes: enough for a word.
const AHEAD: usize = 96;

/// The best place to cut `text` after `start`, not before `from` and not after `to` where there
/// is a choice: after the last white space, else between words (UAX 29, with dictionaries for the
/// scripts that write none), else between grapheme clusters, else at `to` itself.
pub(super) fn cut(text: &str, start: usize, from: usize, to: usize) -> usize {
    let from = from.max(start + 1);
    last_space(text, from, to)
        .or_else(|| last_word(text, start, from, to))
        .or_else(|| last_grapheme(text, start, to))
        .unwrap_or(to)
}

/// After the last white space.
fn last_space(text: &str, from: usize, to: usize) -> Option<usize> {
    let from = text.floor_char_boundary(from);
    let head = text[from..to].trim_end();
    if from + head.len() < to && !head.is_empty() {
        return Some(to);
    }
    let (at, space) = head.char_indices().rev().find(|(_, c)| c.is_whitespace())?;
    Some(from + at + space.len_utf8())
}

/// The last place between words, where the next piece would not begin with a closing mark nor
/// this one end with an opening mark.
fn last_word(text: &str, start: usize, from: usize, to: usize) -> Option<usize> {
    let end = text.floor_char_boundary(to.saturating_add(AHEAD));
    WordSegmenter::new_auto(WordBreakInvariantOptions::default())
        .segment_str(&text[start..end])
        .map(|offset| start + offset)
        .take_while(|&place| place <= to)
        .filter(|&place| place >= from && parts_words(text, place))
        .last()
}

/// Whether a place may part two pieces, by the marks on its sides.
fn parts_words(text: &str, place: usize) -> bool {
    let left = text[..place].chars().next_back();
    let right = text[place..].chars().next();
    let clings = |c: char| closes(c) && !opens(c) || narrow_stop(c) || wide_stop(c) || comma(c);
    let leads = |c: char| bracket_opens(c) || matches!(c, '「' | '『' | '“' | '„' | '¿' | '¡');
    !right.is_some_and(clings) && !left.is_some_and(leads)
}

const fn comma(c: char) -> bool {
    matches!(c, ',' | ':' | '，' | '、' | '；' | '：' | 'ー' | '々' | '،' | '؛')
}

/// The last place between grapheme clusters.
fn last_grapheme(text: &str, start: usize, to: usize) -> Option<usize> {
    let end = text.floor_char_boundary(to.saturating_add(AHEAD));
    GraphemeClusterSegmenter::new()
        .segment_str(&text[start..end])
        .map(|offset| start + offset)
        .take_while(|&place| place <= to)
        .filter(|&place| place > start)
        .last()
}
