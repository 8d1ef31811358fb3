//! Shapes of lines in Markdown: fences, rules, headings, definitions, rows of tables.

use std::ops::Range;

use super::source_line::SourceLine;

/// The mark and length of a line that opens or closes a fence.
pub(super) fn fence(line: &str) -> Option<(u8, usize)> {
    let mark = *line.as_bytes().first()?;
    let length = line.bytes().take_while(|&b| b == mark).count();
    let plain = mark != b'`' || !line[length..].contains('`');
    (matches!(mark, b'`' | b'~') && length >= 3 && plain).then_some((mark, length))
}

/// The lines that may close a fence.
pub(super) fn fences(text: &str, lines: &[SourceLine]) -> Vec<(usize, u8, usize)> {
    let closing = |(at, line): (usize, &SourceLine)| {
        let content = &text[line.content.clone()];
        let (mark, length) = fence(content)?;
        (length == content.len()).then_some((at, mark, length))
    };
    lines.iter().enumerate().filter_map(closing).collect()
}

/// Whether a line is drawn and not written: `---`, `* * *`, `=====`, `+---+---+`, `--`.
pub(super) fn is_rule(line: &str) -> bool {
    let marks = line.chars().filter(|c| !c.is_whitespace());
    let first = line.chars().next().unwrap_or(' ');
    let count = marks.clone().count();
    let same = marks.clone().all(|c| c == first);
    let drawn = matches!(
        first,
        '-' | '*' | '_' | '=' | '~' | '#' | '+' | '•' | '·' | '─' | '━' | '═'
    );
    let frame = first == '+' && marks.clone().all(|c| matches!(c, '+' | '-' | '='));
    let least = if first == '-' { 2 } else { 3 };
    drawn && (same && count >= least || frame && count >= 3) || line == "#"
}

/// Whether a line parts the head of a table from its rows: `|---|:-:|`.
pub(super) fn is_table_rule(line: &str) -> bool {
    line.contains('|')
        && line.contains('-')
        && line
            .chars()
            .all(|c| matches!(c, '|' | '-' | ':' | '+' | '=') || c.is_whitespace())
}

/// The title of `## Title ##`, as a range of the line.
pub(super) fn heading(line: &str) -> Option<Range<usize>> {
    let marks = line.bytes().take_while(|&b| b == b'#').count();
    let rest = &line[marks..];
    if !(1..=6).contains(&marks) || !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let closed = rest.trim_end_matches('#');
    let title = if closed.ends_with(char::is_whitespace) {
        closed
    } else {
        rest
    };
    let from = marks + title.len() - title.trim_start().len();
    Some(from..from + title.trim().len())
}

/// The name of a line `[name]: address "title"`.
pub(super) fn definition(line: &str) -> Option<String> {
    let (name, rest) = line.strip_prefix('[')?.split_once("]:")?;
    let mut words = rest.split_whitespace();
    let address = words.next()?;
    let title = words.next();
    let addressed = address.contains(['/', '#', '@', '<']);
    let titled = title.is_none_or(|title| title.starts_with(['"', '\'', '(']));
    let named = !name.is_empty() && !name.starts_with('^') && !name.contains(['[', ']']);
    (named && addressed && titled).then(|| name.to_lowercase())
}

/// The bytes of the mark of a footnote's text: `[^1]: `.
pub(super) fn footnote(line: &str) -> Option<usize> {
    let (name, rest) = line.strip_prefix("[^")?.split_once("]:")?;
    let named = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == ']');
    named.then(|| line.len() - rest.trim_start().len())
}

/// The cells of a row, without white space at their ends and without empty ones.
pub(super) fn cells(row: &str, start: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut escaped = false;
    for (at, c) in row.char_indices().chain([(row.len(), '|')]) {
        if c == '|' && !escaped {
            let cell = &row[from..at];
            let left = from + cell.len() - cell.trim_start().len();
            let cell = cell.trim();
            if !cell.is_empty() {
                found.push(start + left..start + left + cell.len());
            }
            from = (at + 1).min(row.len());
        }
        escaped = c == '\\' && !escaped;
    }
    found
}
