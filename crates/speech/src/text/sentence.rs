//! Sentences: UAX 29, corrected for abbreviations, numbers and quotes.

use std::ops::Range;

use icu_segmenter::SentenceSegmenter;
use icu_segmenter::options::SentenceBreakInvariantOptions;

use crate::Language;

use super::brackets::aside;
use super::dots::dot_ends;
use super::ending::{Ending, Stop};
use super::lines;
use super::marks::{closes, han_or_kana, narrow_stop, opens, pictograph, small};
use super::paragraph::paragraphs;
use super::quoted::narrated;
use super::rules::Rules;
use super::{Boundary, TextSpan};

/// The sentences of a text, each a span of its own. Joined they are the text.
pub fn sentences(text: &str, language: &Language) -> Vec<TextSpan> {
    let rules = Rules::of(language);
    let mut found = Vec::new();
    for paragraph in paragraphs(text) {
        let mut start = paragraph.start;
        for end in sentence_ends(text, &paragraph, rules) {
            let last = end == paragraph.end;
            let ends = if last {
                Boundary::Paragraph
            } else {
                Boundary::Sentence
            };
            found.push(TextSpan {
                range: start..end,
                ends,
            });
            start = end;
        }
    }
    found
}

/// Where the sentences of one paragraph end, in rising order; the last ends with it.
pub(super) fn sentence_ends(text: &str, paragraph: &Range<usize>, rules: &Rules) -> Vec<usize> {
    let whole = &text[..paragraph.end];
    let body = &whole[paragraph.start..];
    let manner = WritingStyle {
        rules,
        capitals: body.contains(char::is_uppercase),
    };
    let mut items = lines::items(text, paragraph).into_iter().peekable();
    let mut found = Sentences::begin(whole, paragraph.start);
    for candidate in candidates(body, rules) {
        let candidate = paragraph.start + candidate;
        while let Some(item) = items.next_if(|&item| item <= candidate) {
            found.end(item);
        }
        if candidate <= found.start {
            continue;
        }
        let place = settle(whole, found.start, candidate);
        if place > found.start && place < paragraph.end && manner.ends(&found.ending(place)) {
            found.end(place);
        }
    }
    for item in items {
        found.end(item);
    }
    found.ends.push(paragraph.end);
    found.ends
}

/// The sentences of a paragraph as they are found.
struct Sentences<'t> {
    text: &'t str,
    ends: Vec<usize>,
    /// Where the sentence begins whose end is sought.
    start: usize,
    /// The last number of a list.
    count: Option<u32>,
    /// Whether a number here goes on with a list or begins one.
    listed: bool,
}

impl<'t> Sentences<'t> {
    fn begin(text: &'t str, start: usize) -> Self {
        let mut found = Self {
            text,
            ends: Vec::new(),
            start,
            count: None,
            listed: false,
        };
        found.note_number(true);
        found
    }

    /// Ends the sentence, unless it has not begun.
    fn end(&mut self, place: usize) {
        if place > self.start {
            self.ends.push(place);
            self.start = place;
            self.note_number(false);
        }
    }

    /// Looks whether the sentence begins as a list's item. A paragraph may begin at any number;
    /// within one a list begins at 1 and counts on, so that the 3 of `How many? 3.` is no item.
    fn note_number(&mut self, first: bool) {
        let number = lines::number(self.text[self.start..].trim_start()).map(|(number, _)| number);
        let follows = |n: u32| first || n == 1 || self.count.is_some_and(|last| n == last + 1);
        self.listed = number.is_some_and(follows);
        if self.listed {
            self.count = number;
        }
    }

    fn ending(&self, place: usize) -> Ending<'t> {
        Ending {
            listed: self.listed,
            ..Ending::at(self.text, self.start, place)
        }
    }
}

/// The places where a sentence may end, in rising order: those of UAX 29, which sees line ends
/// as spaces here, and those after a stop and white space that it passes over.
fn candidates(body: &str, rules: &Rules) -> Vec<usize> {
    let level: String = body.chars().map(level).collect();
    let mut places: Vec<usize> = SentenceSegmenter::new(SentenceBreakInvariantOptions::default())
        .segment_str(&level)
        .collect();
    let mut stopped = false;
    let mut gap = false;
    for (place, c) in body.char_indices() {
        if c.is_whitespace() {
            gap = true;
            continue;
        }
        if stopped && gap {
            places.push(place);
        }
        let stop = narrow_stop(c) && (rules.semicolon_asks || !matches!(c, ';' | '\u{37E}'));
        stopped = stop || stopped && !gap && closes(c);
        gap = false;
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether the last letter is of a script without capitals: what follows it, and begins small,
/// is foreign and decides nothing.
fn after_uncased(ending: &Ending<'_>) -> bool {
    let last = ending.before.chars().next_back();
    last.is_some_and(|c| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase())
}

/// A line end as a space of the same length in bytes; UAX 29 would end a sentence there.
const fn level(c: char) -> char {
    match c {
        '\n' | '\r' => ' ',
        '\u{85}' => '\u{A0}',
        '\u{2028}' | '\u{2029}' => '\u{2003}',
        _ => c,
    }
}

/// Moves a place before the marks that open the next sentence, which UAX 29 takes for closing
/// ones where no space parts them (`。「`), or after those that close this one though a space
/// does (`! »`), and after the emoji that colour it.
fn settle(text: &str, start: usize, place: usize) -> usize {
    let head = &text[start..place];
    let bare =
        head.trim_end_matches(|c| opens(c) && !closes(c) && !narrow_stop(c) || turned_out(c));
    if bare.len() < head.len() && bare.ends_with(|c| !narrow_stop(c)) && !bare.is_empty() {
        return start + bare.len();
    }
    let mut place = place;
    loop {
        let rest = &text[place..];
        let mut chars = rest.chars();
        let Some(c) = chars.next() else { return place };
        let spaced = chars
            .as_str()
            .starts_with(|c: char| c.is_whitespace() || narrow_stop(c));
        let ends_text = chars.as_str().is_empty();
        if !(pictograph(c) || matches!(c, '»' | '›') && (spaced || ends_text)) {
            return place;
        }
        let after = rest.trim_start_matches(|d| d == c || pictograph(d) || extends(d));
        place += rest.len() - after.trim_start().len();
    }
}

/// Quotes that turn outwards: they open, save in German.
const fn turned_out(c: char) -> bool {
    matches!(c, '“' | '‘')
}

/// What a pictograph may carry: a variation selector, a joiner.
const fn extends(c: char) -> bool {
    matches!(c, '\u{FE0F}' | '\u{200D}')
}

/// How a paragraph is written.
struct WritingStyle<'r> {
    rules: &'r Rules,
    /// Whether it has capitals at all. Without any, a small letter decides nothing.
    capitals: bool,
}

impl WritingStyle<'_> {
    /// Whether a sentence ends here.
    fn ends(&self, ending: &Ending<'_>) -> bool {
        let Some(stop) = ending.kind() else {
            return true;
        };
        let next = ending.next_alphanumeric();
        if stop != Stop::Wide {
            let joined = ending.before.ends_with(han_or_kana) || next.is_some_and(han_or_kana);
            let goes_on = self.capitals && next.is_some_and(small) && !after_uncased(ending);
            if ending.gap.is_empty() && !joined || goes_on {
                return false;
            }
        }
        if aside(ending) || narrated(ending, self.rules) {
            return false;
        }
        match stop {
            Stop::Dot => dot_ends(ending, self.rules),
            Stop::Ellipsis => !self.rules.capital_words.contains(ending.next_word().0),
            Stop::Mark | Stop::Wide => true,
        }
    }
}
