//! The lines of a text: which of them are units to translate, and what stands around them.

use std::borrow::Cow;

use crate::text::han_or_kana;

/// The fewest columns of a line that may have been wrapped. Shorter lines are meant as lines.
const MIN_WRAPPED_COLUMNS: usize = 40;

/// The longest number of a list's item, in digits. A longer one is a year or an amount.
const MAX_ITEM_DIGITS: usize = 3;

/// A part of a text. In order and joined, parts are the text but for line ends within wrapped
/// paragraphs.
#[derive(Debug, PartialEq)]
pub(super) enum Part<'a> {
    /// White space, line ends, marks of lists, blocks of code.
    Verbatim(&'a str),
    /// A line or a paragraph, without white space around it.
    Words(Cow<'a, str>),
}

/// Takes a text apart.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut run: Vec<TextLine<'_>> = Vec::new();
    let mut fence: Option<&str> = None;
    for raw in text.split_inclusive('\n') {
        let line = TextLine::new(raw);
        let fenced = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.body.starts_with(mark));
        if let Some(open) = fence {
            parts.push(Part::Verbatim(raw));
            fence = if fenced == Some(open) { None } else { fence };
        } else if fenced.is_some() || line.body.is_empty() {
            push_run(&mut run, &mut parts);
            parts.push(Part::Verbatim(raw));
            fence = fenced;
        } else {
            if line.begins_block() || run.last().is_some_and(TextLine::ends_block) {
                push_run(&mut run, &mut parts);
            }
            run.push(line);
        }
    }
    push_run(&mut run, &mut parts);
    parts
}

/// Hands on lines that belong together: as one paragraph where they were wrapped, else one by one.
fn push_run<'a>(run: &mut Vec<TextLine<'a>>, parts: &mut Vec<Part<'a>>) {
    let verbatim = |text: &'a str, parts: &mut Vec<Part<'a>>| {
        if !text.is_empty() {
            parts.push(Part::Verbatim(text));
        }
    };
    if let ([first, .., last], true) = (run.as_slice(), are_wrapped(run)) {
        verbatim(first.before, parts);
        let mut words = String::new();
        for line in run.iter() {
            let joint = words.chars().last().zip(line.body.chars().next());
            let unspaced = joint.is_none_or(|(a, b)| han_or_kana(a) && han_or_kana(b));
            words += if unspaced { "" } else { " " };
            words += line.body;
        }
        parts.push(Part::Words(words.into()));
        verbatim(last.after, parts);
    } else {
        for line in run.iter() {
            verbatim(line.before, parts);
            parts.push(Part::Words(line.body.into()));
            verbatim(line.after, parts);
        }
    }
    run.clear();
}

/// Whether the lines are one paragraph that was cut at a width: no line could hold the first
/// word of the next.
fn are_wrapped(lines: &[TextLine<'_>]) -> bool {
    let width = lines.iter().map(TextLine::columns).max().unwrap_or(0);
    let full = |pair: &[TextLine<'_>]| {
        let next = pair[1].body;
        let first = match next.chars().next() {
            Some(c) if han_or_kana(c) => 2,
            _ => 1 + columns(next.split_whitespace().next().unwrap_or(next)),
        };
        pair[0].columns() + first > width
    };
    // Two lines may be wrapped by chance; the second begins with a capital where both are items.
    let goes_on = |line: &TextLine<'_>| !line.body.starts_with(char::is_uppercase);
    width >= MIN_WRAPPED_COLUMNS
        && lines.windows(2).all(full)
        && (lines.len() > 2 || lines.last().is_some_and(goes_on))
}

/// How wide a text is, in columns: characters of Chinese and Japanese take two.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|c| if han_or_kana(c) { 2 } else { 1 })
        .sum()
}

/// One line.
#[derive(Clone, Copy, Debug)]
struct TextLine<'a> {
    /// Its indentation, and its mark where it begins a block.
    before: &'a str,
    mark: &'a str,
    body: &'a str,
    /// White space at its end, and its line end.
    after: &'a str,
}

impl<'a> TextLine<'a> {
    fn new(raw: &'a str) -> Self {
        let inner = raw.trim_end();
        let text = inner.trim_start();
        let mark = mark(text);
        let body = &text[mark.len()..];
        let start = inner.len() - body.len();
        Self {
            before: &raw[..start],
            mark: mark.trim_end(),
            body,
            after: &raw[inner.len()..],
        }
    }

    fn columns(&self) -> usize {
        columns(self.before) + columns(self.body)
    }

    /// Whether it is no continuation of the line before: an item, a heading, a quotation, a row.
    fn begins_block(&self) -> bool {
        !self.mark.is_empty()
    }

    /// Whether the next line is no continuation of it: a heading or a row.
    fn ends_block(&self) -> bool {
        self.mark.starts_with(['#', '|']) || self.body.ends_with('|')
    }
}

/// The mark at the beginning of a line, with the white space after it: `- `, `1. `, `a) `, `## `,
/// `> `, `[x] `, `| `.
fn mark(text: &str) -> &str {
    let mut end = 0;
    while let Some(length) = one_mark(&text[end..]) {
        end += length;
    }
    &text[..end]
}

fn one_mark(text: &str) -> Option<usize> {
    let marked = match text.chars().next()? {
        c @ ('•' | '‣' | '◦' | '▪' | '●' | '○' | '・' | '—' | '―') => c.len_utf8(),
        '-' | '–' | '*' | '+' | '>' | '|' => {
            let c = text.chars().next()?;
            return spaced(text, c.len_utf8());
        }
        '#' => return spaced(text, text.len() - text.trim_start_matches('#').len()),
        '[' => {
            let boxed = ["[ ]", "[x]", "[X]"]
                .into_iter()
                .find(|mark| text.starts_with(mark))?;
            return spaced(text, boxed.len());
        }
        c if c.is_ascii_digit() => {
            let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let wide = text[digits..]
                .chars()
                .next()
                .filter(|c| "、．）".contains(*c));
            match wide {
                _ if digits > MAX_ITEM_DIGITS => return None,
                Some(c) => digits + c.len_utf8(),
                None if text[digits..].starts_with(['.', ')']) => return spaced(text, digits + 1),
                None => return None,
            }
        }
        c if c.is_ascii_alphabetic() && text[1..].starts_with(')') => return spaced(text, 2),
        _ => return None,
    };
    let rest = &text[marked..];
    Some(marked + rest.len() - rest.trim_start().len())
}

/// The length of a mark of so many bytes with the white space that must follow it.
fn spaced(text: &str, mark: usize) -> Option<usize> {
    let rest = &text[mark..];
    let space = rest.len() - rest.trim_start().len();
    (space > 0).then_some(mark + space)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts in a line: words in brackets, the rest with its line ends shown.
    fn shown(text: &str) -> String {
        let show = |part: &Part<'_>| match part {
            Part::Verbatim(text) => text.replace('\n', "⏎").replace('\r', "␍"),
            Part::Words(text) => format!("[{text}]"),
        };
        parts(text).iter().map(show).collect()
    }

    #[test]
    fn lines_of_a_list_stay_lines() {
        for (text, expected) in [
            ("", ""),
            (" \n", " ⏎"),
            ("Hello.", "[Hello.]"),
            ("  Hello. \r\n", "  [Hello.] ␍⏎"),
            ("Milk\nEggs\nBread", "[Milk]⏎[Eggs]⏎[Bread]"),
            ("- Milk\n- Eggs\n", "- [Milk]⏎- [Eggs]⏎"),
            (
                "1. Milk\n2) Eggs\n10. Bread",
                "1. [Milk]⏎2) [Eggs]⏎10. [Bread]",
            ),
            ("Buy:\n  * Milk\n  * Eggs", "[Buy:]⏎  * [Milk]⏎  * [Eggs]"),
            ("- [ ] Milk\n- [x] Eggs", "- [ ] [Milk]⏎- [x] [Eggs]"),
            ("# Title\nText.\n\n> Said.", "# [Title]⏎[Text.]⏎⏎> [Said.]"),
            ("1984. A year", "[1984. A year]"),
            ("-5 degrees", "[-5 degrees]"),
            ("a) One\nb) Two", "a) [One]⏎b) [Two]"),
            (
                "Do:\n```\nlet x = 1;\n```\nDone.",
                "[Do:]⏎```⏎let x = 1;⏎```⏎[Done.]",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn wrapped_lines_are_one_paragraph() {
        let wrapped = "The weather was very nice on the day when\nwe walked along the river to the \
                       old mill\nand back.\n\nThen it rained.";
        assert_eq!(
            shown(wrapped),
            "[The weather was very nice on the day when we walked along the river to the old mill \
             and back.]⏎⏎[Then it rained.]"
        );
        let item =
            "- The weather was very nice on the day when\n  we walked along the river.\n- Next.";
        assert_eq!(
            shown(item),
            "- [The weather was very nice on the day when we walked along the river.]⏎- [Next.]"
        );
        let items = "Everything that is needed for a very long walk\nMilk\nEggs";
        assert_eq!(
            shown(items),
            "[Everything that is needed for a very long walk]⏎[Milk]⏎[Eggs]"
        );
    }
}
