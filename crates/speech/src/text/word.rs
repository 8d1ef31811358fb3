//! Where a text may be cut when no clause ends in reach: between words, else between graphemes.

use std::sync::LazyLock;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{GraphemeClusterSegmenter, WordSegmenter, WordSegmenterBorrowed};

use super::marks::{bracket_opens, closes, narrow_stop, opens, wide_stop};

/// Dictionaries and not the neural models that exist for some scripts: those take many times as
/// long, and here a cut need not be the best, only not within a word.
static WORDS: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// How far past the last possible place the segmenters look at most, in bytes: enough for a word.
/// It is never more than the stretch itself, so that the work is linear under any limit.
const AHEAD: usize = 96;

/// The best place to cut `text` after `start`, not before `from` and not after `to` where there
/// is a choice: after white space, else between words (UAX 29, with dictionaries for the scripts
/// that write none), else between grapheme clusters, else at `to` itself.
pub(super) fn cut(text: &str, start: usize, from: usize, to: usize) -> usize {
    let from = from.max(start + 1);
    last_space(text, start, from, to)
        .or_else(|| last_word(text, start, from, to))
        .or_else(|| last_grapheme(text, start, to))
        .unwrap_or(to)
}

/// After the last white space, if one is there after a word that does not lean on the next.
fn last_space(text: &str, start: usize, from: usize, to: usize) -> Option<usize> {
    let mut last = None;
    let mut end = to;
    // What ends at `end` is white space where there is any; else a part of a word.
    while end >= from {
        let head = text[start..end].trim_end();
        let word = head.rsplit(char::is_whitespace).next().unwrap_or_default();
        if head.is_empty() {
            break;
        }
        if start + head.len() < end {
            if !leans(word) {
                return Some(end);
            }
            last = last.or(Some(end));
        }
        end = start + head.len() - word.len();
    }
    last
}

/// Whether a word is likely an article, a preposition or the like: in alphabets these are short.
fn leans(word: &str) -> bool {
    let alphabetic = |c: char| c.is_alphabetic() && c < '\u{530}' || matches!(c, '\'' | '’');
    word.chars().all(alphabetic) && word.chars().count() <= 3
}

/// The last place between words, where the next span would not begin with a closing mark nor
/// this one end with an opening mark; in Japanese rather where a new phrase begins, that is,
/// where kana give way to Han.
fn last_word(text: &str, start: usize, from: usize, to: usize) -> Option<usize> {
    let end = ahead(text, start, to);
    let (mut word, mut phrase) = (None, None);
    for offset in WORDS.segment_str(&text[start..end]) {
        let place = start + offset;
        if place > to {
            break;
        }
        if place >= from && parts_words(text, place) {
            word = Some(place);
            if begins_phrase(text, place) {
                phrase = word;
            }
        }
    }
    phrase.or(word)
}

/// Whether hiragana stand before a place and something else after it.
fn begins_phrase(text: &str, place: usize) -> bool {
    let hiragana = |c: char| matches!(c, '\u{3041}'..='\u{309F}');
    text[..place].ends_with(hiragana) && !text[place..].starts_with(hiragana)
}

/// Whether a place may part two spans, by the marks on its sides.
fn parts_words(text: &str, place: usize) -> bool {
    let left = text[..place].chars().next_back();
    let right = text[place..].chars().next();
    let clings = |c: char| closes(c) && !opens(c) || narrow_stop(c) || wide_stop(c) || comma(c);
    let leads = |c: char| bracket_opens(c) || matches!(c, '「' | '『' | '“' | '„' | '¿' | '¡');
    !right.is_some_and(|c| clings(c) || c.is_whitespace()) && !left.is_some_and(leads)
}

const fn comma(c: char) -> bool {
    matches!(
        c,
        ',' | ':' | '，' | '、' | '；' | '：' | 'ー' | '々' | '،' | '؛'
    )
}

/// The last place between grapheme clusters.
fn last_grapheme(text: &str, start: usize, to: usize) -> Option<usize> {
    let end = ahead(text, start, to);
    GraphemeClusterSegmenter::new()
        .segment_str(&text[start..end])
        .map(|offset| start + offset)
        .take_while(|&place| place <= to)
        .filter(|&place| place > start && !text[place..].starts_with(char::is_whitespace))
        .last()
}

/// How far the segmenters look.
fn ahead(text: &str, start: usize, to: usize) -> usize {
    text.floor_char_boundary(to.saturating_add(AHEAD.min(to - start)))
}
