//! The scripts of a text, by counting its letters and words.

use unicode_normalization::char::is_combining_mark;

use crate::Language;

/// What a letter is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Arabic,
    Devanagari,
    Han,
    Kana,
    Hangul,
    /// A script that means one language.
    Of(&'static str),
}

impl Script {
    /// The script of a letter; none for one that is not distinguished.
    fn of(letter: char) -> Option<Self> {
        Some(match letter as u32 {
            0x41..=0x24F | 0x1E00..=0x1EFF => Self::Latin,
            0x370..=0x3FF | 0x1F00..=0x1FFF => Self::Of("el"),
            0x400..=0x52F => Self::Cyrillic,
            0x530..=0x58F => Self::Of("hy"),
            0x590..=0x5FF => Self::Of("he"),
            0x600..=0x6FF | 0x750..=0x77F | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC => Self::Arabic,
            0x900..=0x97F => Self::Devanagari,
            0x980..=0x9FF => Self::Of("bn"),
            0xA00..=0xA7F => Self::Of("pa"),
            0xA80..=0xAFF => Self::Of("gu"),
            0xB80..=0xBFF => Self::Of("ta"),
            0xC00..=0xC7F => Self::Of("te"),
            0xC80..=0xCFF => Self::Of("kn"),
            0xD00..=0xD7F => Self::Of("ml"),
            0xD80..=0xDFF => Self::Of("si"),
            0xE00..=0xE7F => Self::Of("th"),
            0xE80..=0xEFF => Self::Of("lo"),
            0x1000..=0x109F => Self::Of("my"),
            0x10A0..=0x10FF => Self::Of("ka"),
            0x1100..=0x11FF | 0x3131..=0x318E | 0xAC00..=0xD7A3 => Self::Hangul,
            0x1200..=0x137F => Self::Of("am"),
            0x1780..=0x17FF => Self::Of("km"),
            0x3040..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9D => Self::Kana,
            0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF => Self::Han,
            _ => return None,
        })
    }

    /// Han and kana are one script in a text: that of Han.
    const fn group(self) -> Self {
        match self {
            Self::Kana => Self::Han,
            other => other,
        }
    }

    /// How many sixths of a word a letter is, where words are not parted by spaces.
    fn sixths(self) -> usize {
        match self {
            Self::Han => 3,
            Self::Kana => 2,
            _ => 1,
        }
    }

    /// Whether words are written without spaces between them.
    fn is_unspaced(self) -> bool {
        matches!(
            self,
            Self::Han | Self::Kana | Self::Of("th" | "lo" | "my" | "km")
        )
    }
}

/// Whether a letter or digit is one that texts in a language are written with: of its own script,
/// Latin, or of none that is distinguished.
pub fn is_written_in(letter: char, language: &Language) -> bool {
    let primary = language.primary();
    match Script::of(letter) {
        None | Some(Script::Latin) => true,
        Some(Script::Cyrillic) => matches!(
            primary,
            "ru" | "uk"
                | "be"
                | "bg"
                | "mk"
                | "sr"
                | "kk"
                | "ky"
                | "tt"
                | "mn"
                | "ba"
                | "cv"
                | "tg"
                | "uz"
                | "ab"
                | "os"
        ),
        Some(Script::Arabic) => matches!(
            primary,
            "ar" | "fa" | "ur" | "ps" | "sd" | "ug" | "ku" | "ckb" | "pa"
        ),
        Some(Script::Devanagari) => matches!(primary, "hi" | "mr" | "ne" | "sa" | "kok" | "bho"),
        Some(Script::Han) => matches!(
            primary,
            "zh" | "cmn" | "yue" | "hak" | "nan" | "wuu" | "ja" | "ko"
        ),
        Some(Script::Kana) => primary == "ja",
        Some(Script::Hangul) => primary == "ko",
        Some(Script::Of("bn")) => matches!(primary, "bn" | "as" | "bpy"),
        Some(Script::Of("el")) => matches!(primary, "el" | "grc"),
        Some(Script::Of("he")) => matches!(primary, "he" | "yi"),
        Some(Script::Of("am")) => matches!(primary, "am" | "ti"),
        Some(Script::Of("my")) => matches!(primary, "my" | "shn"),
        Some(Script::Of(tag)) => primary == tag,
    }
}

/// How many letters and words of each script a text has.
#[derive(Default)]
pub(super) struct ScriptCounts {
    pub(super) latin: usize,
    pub(super) cyrillic: usize,
    pub(super) devanagari: usize,
    pub(super) kana: usize,
    /// Scripts in the order in which they come, and how many words each has.
    scripts: Vec<(Script, usize)>,
    /// Whether Han or kana stand right beside letters or digits of another script.
    attached: bool,
}

impl ScriptCounts {
    pub(super) fn of(text: &str) -> Self {
        let mut letters = Self::default();
        let mut run: Option<(Script, usize)> = None;
        let mut before = ' ';
        for c in text.chars() {
            let script = Some(c).filter(|c| c.is_alphabetic()).and_then(Script::of);
            let group = script.map(Script::group);
            let joins = is_combining_mark(c) || matches!(c, '\'' | '’');
            if group.is_some() && group == run.map(|(script, _)| script) || joins {
                if let (Some(script), Some((_, sixths))) = (script, &mut run) {
                    *sixths += script.sixths();
                }
            } else {
                letters.attached |= attaches(before, c);
                letters.end(run);
                run = group.zip(script.map(Script::sixths));
            }
            match script {
                Some(Script::Latin) => letters.latin += 1,
                Some(Script::Cyrillic) => letters.cyrillic += 1,
                Some(Script::Devanagari) => letters.devanagari += 1,
                Some(Script::Kana) => letters.kana += 1,
                _ => {}
            }
            before = c;
        }
        letters.end(run);
        letters
    }

    /// Counts a run of letters: one word, or as many as it is likely to hold.
    fn end(&mut self, run: Option<(Script, usize)>) {
        let Some((script, sixths)) = run else {
            return;
        };
        let words = if script.is_unspaced() {
            sixths.div_ceil(6)
        } else {
            1
        };
        match self.scripts.iter_mut().find(|(other, _)| *other == script) {
            Some((_, count)) => *count += words,
            None => self.scripts.push((script, words)),
        }
    }

    /// The script of most words. Of two that have as many it is Han that stands beside other
    /// letters without a space (`Windowsの設定`), else the first (`Tokyo (東京)`).
    pub(super) fn leading(&self) -> Option<Script> {
        let most = self.scripts.iter().map(|&(_, words)| words).max()?;
        let mut leading = self.scripts.iter().filter(|&&(_, words)| words == most);
        let first = leading.next()?.0;
        let han = leading.any(|&(script, _)| script == Script::Han);
        Some(if han && self.attached {
            Script::Han
        } else {
            first
        })
    }
}

/// Whether Han or kana and a letter or digit of another script stand side by side.
fn attaches(a: char, b: char) -> bool {
    let dense = |c| Script::of(c).map(Script::group) == Some(Script::Han);
    let other = |c: char| c.is_ascii_alphanumeric();
    dense(a) && other(b) || other(a) && dense(b)
}
