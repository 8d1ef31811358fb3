//! A place where a sentence may end, taken apart.

use super::marks::{closes, narrow_stop, opens, wide_stop};

/// How far the rules look back from a place, in bytes. Bounds the work on hostile text.
const BEHIND: usize = 256;

/// How far the rules look ahead of a place, in bytes.
const AHEAD: usize = 96;

/// What surrounds a place where a sentence may end: `before stop closers gap ⟂ after`.
#[derive(Debug)]
pub(super) struct Ending<'t> {
    /// The sentence so far, up to its stop; only its end where it is very long.
    pub(super) before: &'t str,
    /// Whether `before` begins where the sentence does.
    pub(super) whole: bool,
    /// Whether a number at the sentence's beginning would number a list's item.
    pub(super) listed: bool,
    /// The marks that end it: `.`, `?!`, `。`. Empty where there are none.
    pub(super) stop: &'t str,
    /// The quotes and brackets that follow the stop, and the spaces among them.
    pub(super) closers: &'t str,
    /// The white space before the place.
    pub(super) gap: &'t str,
    /// What follows; only its beginning where it is very long.
    pub(super) after: &'t str,
}

/// The kind of a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// One `.`, which may mean an abbreviation.
    Dot,
    /// `...` or `…`.
    Ellipsis,
    /// `?`, `!` and what holds one.
    Mark,
    /// A stop that means nothing else, such as `。`.
    Wide,
}

impl<'t> Ending<'t> {
    /// The surroundings of `place` in `text`, in the sentence that began at `start`.
    pub(super) fn at(text: &'t str, start: usize, place: usize) -> Self {
        let low = text
            .ceil_char_boundary(place.saturating_sub(BEHIND))
            .max(start);
        let high = text.floor_char_boundary(place.saturating_add(AHEAD));
        let head = &text[low..place];
        let closed = head.trim_end();
        let mut stopped = closed.trim_end_matches(closes);
        if stopped.trim_end().ends_with(is_stop) {
            stopped = stopped.trim_end();
        }
        let before = stopped.trim_end_matches(is_stop);
        Self {
            before,
            whole: low == start,
            listed: false,
            stop: &stopped[before.len()..],
            closers: &closed[stopped.len()..],
            gap: &head[closed.len()..],
            after: &text[place..high],
        }
    }

    /// The kind of its stop, where it has one.
    pub(super) fn kind(&self) -> Option<Stop> {
        let has = |f: fn(char) -> bool| self.stop.contains(f);
        Some(match self.stop {
            "" => return None,
            "." => Stop::Dot,
            _ if has(wide_stop) => Stop::Wide,
            _ if has(|c| !matches!(c, '.' | '…')) => Stop::Mark,
            _ => Stop::Ellipsis,
        })
    }

    /// The first word of what follows, past what may open a sentence; and what follows that word.
    pub(super) fn next_word(&self) -> (&'t str, &'t str) {
        let rest = self
            .after
            .trim_start_matches(|c: char| opens(c) || c.is_whitespace());
        let end = rest
            .find(|c: char| {
                !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '\u{300}'..='\u{36F}'))
            })
            .unwrap_or(rest.len());
        rest.split_at(end)
    }

    /// The first letter or digit of what follows, past what may open a sentence.
    pub(super) fn next_alphanumeric(&self) -> Option<char> {
        self.next_word().0.chars().next()
    }
}

fn is_stop(c: char) -> bool {
    narrow_stop(c) || wide_stop(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_apart() {
        let text = "« Vraiment ? » (Oui.)";
        let ending = Ending::at(text, 0, text.find('(').unwrap());
        assert_eq!((ending.before, ending.stop), ("« Vraiment ", "?"));
        assert_eq!((ending.closers, ending.gap), (" »", " "));
        assert_eq!(ending.next_word(), ("Oui", ".)"));
        assert_eq!(ending.kind(), Some(Stop::Mark));
    }

    #[test]
    fn stops_have_kinds() {
        for (text, kind) in [
            ("a. ", Some(Stop::Dot)),
            ("a... ", Some(Stop::Ellipsis)),
            ("a… ", Some(Stop::Ellipsis)),
            ("a?.. ", Some(Stop::Mark)),
            ("好！", Some(Stop::Wide)),
            ("a ", None),
        ] {
            assert_eq!(Ending::at(text, 0, text.len()).kind(), kind, "{text}");
        }
    }

    #[test]
    fn only_the_neighbourhood_is_seen() {
        let text = format!("{}. {}", "é".repeat(2000), "é".repeat(2000));
        let ending = Ending::at(&text, 0, 4002);
        assert!(!ending.whole && ending.before.len() <= BEHIND && ending.after.len() <= AHEAD);
    }
}
