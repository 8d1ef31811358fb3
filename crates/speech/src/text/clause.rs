//! Where a sentence may be cut when it is too long: after its clauses.

use super::marks::{
    bracket_opens, closes, dash, han_or_kana, narrow_stop, phrase_spaced, wide_stop,
};

/// The places of the stretch `start..=to` of a text, at or after `from`, where a clause ends:
/// each after the white space that follows the clause, and none at `start` itself.
pub fn clause_ends(
    text: &str,
    start: usize,
    from: usize,
    to: usize,
) -> impl Iterator<Item = usize> {
    let mut before = Before::default();
    let mut chars = text[start..].char_indices();
    std::iter::from_fn(move || {
        for (offset, c) in chars.by_ref() {
            let place = start + offset;
            if place > to {
                return None;
            }
            let ends = place > start && before.ends_at(c, &text[place + c.len_utf8()..]);
            before.take(c);
            if ends && place >= from {
                return Some(place);
            }
        }
        None
    })
}

/// What stands before a place.
#[derive(Default)]
struct Before {
    /// The last mark that could end a clause, where only closers and white space followed it.
    mark: Option<Mark>,
    /// The last character that is not white space.
    last: Option<char>,
    /// Whether white space follows it.
    gap: bool,
}

/// A mark that could end a clause.
#[derive(Clone, Copy)]
struct Mark {
    mark: char,
    /// Whether white space stands before it.
    spaced: bool,
}

impl Before {
    /// Whether a clause ends here, before `next` and then `rest`.
    fn ends_at(&self, next: char, rest: &str) -> bool {
        if next.is_whitespace() {
            return false;
        }
        if self.gap {
            let touches = !rest.starts_with(char::is_whitespace);
            let opens_aside = touches && (bracket_opens(next) || long_dash(next));
            let phrase = phrase_spaced(next) && self.last.is_some_and(phrase_spaced);
            if opens_aside || phrase {
                return true;
            }
        }
        let Some(Mark { mark, spaced }) = self.mark else {
            return false;
        };
        if wide(next) || wide_stop(next) || !self.gap && closes_after(mark, next) {
            return false;
        }
        match mark {
            '-' | '‐' | '–' => self.gap && spaced,
            '—' | '―' | '⸺' if self.gap => true,
            '—' | '―' | '⸺' => !spaced && !dash(next) && !narrow(next) && !narrow_stop(next),
            '…' => self.gap || han_or_kana(next),
            _ => self.gap || wide(mark) || wide_stop(mark),
        }
    }

    /// Moves past a character.
    fn take(&mut self, c: char) {
        if c.is_whitespace() {
            self.gap = true;
            return;
        }
        let ellipsis = c == '.' && self.last == Some('.') && !self.gap;
        let parts = narrow(c) || wide(c) || wide_stop(c) || dash(c) || narrow_stop(c) && c != '.';
        if parts || ellipsis {
            self.mark = Some(Mark {
                mark: if ellipsis { '…' } else { c },
                spaced: self.gap,
            });
        } else if self.gap
            || !self
                .mark
                .is_some_and(|Mark { mark, .. }| closes_after(mark, c))
        {
            self.mark = None;
        }
        (self.last, self.gap) = (Some(c), false);
    }
}

/// Whether `c` closes something after this mark. Where marks are wide, curly quotes that turn
/// outwards open.
fn closes_after(mark: char, c: char) -> bool {
    closes(c) && !(matches!(c, '“' | '‘') && (wide(mark) || wide_stop(mark)))
}

/// A dash that can open an aside.
const fn long_dash(c: char) -> bool {
    matches!(c, '–' | '—' | '―' | '⸺')
}

/// A mark that parts clauses where white space follows it.
const fn narrow(c: char) -> bool {
    matches!(c, ',' | ';' | ':' | '·' | '\u{387}')
}

/// A mark that parts clauses wherever it stands.
const fn wide(c: char) -> bool {
    matches!(
        c,
        '，' | '、' | '；' | '：' | '､' | '،' | '؛' | '፣' | '፤' | '፥' | '՝' | '၊'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> String {
        let mut shown = String::new();
        let mut last = 0;
        for place in clause_ends(text, 0, 0, text.len()) {
            shown += &text[last..place];
            shown.push('|');
            last = place;
        }
        shown + &text[last..]
    }

    #[test]
    fn clauses_end_after_their_marks() {
        for expected in [
            "First, |second; |third: |1,000 at 10:30",
            "a word—|another – |and - |more |(much more) left",
            "\"Well,\" |she said",
            "1990–2000, |well-known -5",
            "Es verdad |—dijo él—, |claro",
            "Wait... |what… |no",
            "他说，|“你好，”|然后走了、|对吗……|好",
            "نعم، |هذا صحيح؛ |شكرا",
            "สวัสดีครับ |ผมชื่อสมชาย",
            "Really? |yes",
        ] {
            assert_eq!(cut(&expected.replace('|', "")), expected);
        }
    }
}
