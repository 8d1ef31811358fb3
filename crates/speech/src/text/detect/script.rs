//! The scripts of a text, by counting its letters.

/// How much a character of a syllabic or logographic script weighs against a Latin letter, so
/// that foreign names do not outweigh the text that they stand in.
const DENSE_WEIGHT: usize = 3;

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Arabic,
    Devanagari,
    /// Han, and kana with it.
    Han,
    Hangul,
    /// A script that means one language.
    Of(&'static str),
}

/// How many letters of each script a text has.
#[derive(Default)]
pub(super) struct Letters {
    pub(super) latin: usize,
    pub(super) cyrillic: usize,
    arabic: usize,
    pub(super) devanagari: usize,
    han: usize,
    pub(super) kana: usize,
    hangul: usize,
    others: Vec<(&'static str, usize)>,
}

impl Letters {
    pub(super) fn of(text: &str) -> Self {
        let mut letters = Self::default();
        for c in text.chars().filter(|c| c.is_alphabetic()) {
            match c as u32 {
                0x41..=0x24F | 0x1E00..=0x1EFF => letters.latin += 1,
                0x400..=0x52F => letters.cyrillic += 1,
                0x600..=0x6FF | 0x750..=0x77F | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC => {
                    letters.arabic += 1;
                }
                0x900..=0x97F => letters.devanagari += 1,
                0x3040..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9D => letters.kana += 1,
                0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF => {
                    letters.han += 1;
                }
                0x1100..=0x11FF | 0x3131..=0x318E | 0xAC00..=0xD7A3 => letters.hangul += 1,
                code => letters.count_other(code),
            }
        }
        letters
    }

    fn count_other(&mut self, code: u32) {
        let tag = match code {
            0x370..=0x3FF | 0x1F00..=0x1FFF => "el",
            0x530..=0x58F => "hy",
            0x590..=0x5FF => "he",
            0x980..=0x9FF => "bn",
            0xA00..=0xA7F => "pa",
            0xA80..=0xAFF => "gu",
            0xB80..=0xBFF => "ta",
            0xC00..=0xC7F => "te",
            0xC80..=0xCFF => "kn",
            0xD00..=0xD7F => "ml",
            0xD80..=0xDFF => "si",
            0xE00..=0xE7F => "th",
            0xE80..=0xEFF => "lo",
            0x1000..=0x109F => "my",
            0x10A0..=0x10FF => "ka",
            0x1200..=0x137F => "am",
            0x1780..=0x17FF => "km",
            _ => return,
        };
        match self.others.iter_mut().find(|(other, _)| *other == tag) {
            Some((_, count)) => *count += 1,
            None => self.others.push((tag, 1)),
        }
    }

    /// The script that leads, if any does.
    pub(super) fn leading(&self) -> Option<Script> {
        let dense = DENSE_WEIGHT;
        let scripts = [
            (Script::Latin, self.latin),
            (Script::Cyrillic, self.cyrillic),
            (Script::Arabic, self.arabic),
            (Script::Devanagari, self.devanagari),
            (Script::Han, dense * (self.han + self.kana)),
            (Script::Hangul, dense * self.hangul),
        ];
        let others = self
            .others
            .iter()
            .map(|&(tag, count)| (Script::Of(tag), count));
        let all = || scripts.into_iter().chain(others.clone());
        let total: usize = all().map(|(_, count)| count).sum();
        all()
            .find(|&(_, count)| count * 2 > total)
            .map(|(script, _)| script)
    }
}
