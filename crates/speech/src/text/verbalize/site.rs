//! A position in a text, and what stands around it.

/// How far back the words before a position are looked at, in bytes.
const MAX_LOOK_BACK: usize = 64;

/// How much of what follows a figure is passed to a grammar, in bytes.
const MAX_LOOK_AHEAD: usize = 64;

/// A position in a text.
#[derive(Clone, Copy)]
pub(super) struct Site<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

impl<'t> Site<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn previous(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    /// The same text, further on.
    pub(super) const fn skip(&self, bytes: usize) -> Self {
        Self {
            text: self.text,
            at: self.at + bytes,
        }
    }

    /// The last bytes before the position.
    pub(super) fn before(&self) -> &'t str {
        let mut from = self.at.saturating_sub(MAX_LOOK_BACK);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        &self.text[from..self.at]
    }

    /// The word that ends before the position, across spaces only; empty where there is none.
    pub(super) fn previous_word(&self) -> &'t str {
        last_word(self.before().trim_end_matches(is_space))
    }

    /// Whether a number or a sign may begin here: nothing that is joined to it stands before.
    pub(super) fn starts(&self) -> bool {
        self.previous()
            .is_none_or(|c| !c.is_alphanumeric() || is_cjk(c))
    }
}

/// The first bytes of a text.
pub(super) fn ahead(text: &str) -> &str {
    let mut to = text.len().min(MAX_LOOK_AHEAD);
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    &text[..to]
}

/// The run of letters that a text ends with.
pub(super) fn last_word(text: &str) -> &str {
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphabetic())
        .last()
        .map_or(text.len(), |(at, _)| at);
    &text[start..]
}

/// The run of letters that a text begins with, as far as it is looked at.
pub(super) fn first_word(text: &str) -> &str {
    let text = ahead(text);
    let end = text
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(text.len());
    &text[..end]
}

/// The word after spaces.
pub(super) fn next_word(text: &str) -> &str {
    first_word(ahead(text).trim_start_matches(is_space))
}

/// How many ASCII digits a text begins with.
pub(super) fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// How many bytes the spaces take that a text begins with, two characters at most.
pub(super) fn spaces(text: &str) -> usize {
    text.chars()
        .take(2)
        .take_while(|&c| is_space(c))
        .map(char::len_utf8)
        .sum()
}

/// Spaces that may stand within a number or between it and its unit.
pub(super) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}')
}

/// A hyphen or dash that a range may be written with, or a minus sign.
pub(super) const fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '~' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '〜' | '～'
    )
}

/// Letters of scripts that write no spaces between a number and its counter.
pub(super) const fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether a text goes on with no letter or digit that would belong to what stands before it.
pub(super) fn ends(rest: &str) -> bool {
    rest.chars()
        .next()
        .is_none_or(|c| !c.is_alphanumeric() || is_cjk(c))
}

/// Whether a word begins with a capital.
pub(super) fn capitalized(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// The text after `prefix`, whatever the case of its ASCII letters.
pub(super) fn strip_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}
