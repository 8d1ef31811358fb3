//! Which language a text is written in.

use whatlang::{Detector, Lang};

use crate::Language;

use super::rules::Rules;

/// How much of a text is looked at, in characters.
const SAMPLE_CHARS: usize = 2000;

/// The fewest letters on which statistics are believed.
const FEWEST_LETTERS: usize = 24;

/// How much a character of a syllabic or logographic script weighs against a Latin letter, so
/// that foreign names do not outweigh the text that they stand in.
const DENSE_WEIGHT: usize = 3;

/// The languages of the Latin script that are told apart; the fewer, the surer.
const LATIN: [(Lang, &str); 20] = [
    (Lang::Eng, "en"),
    (Lang::Deu, "de"),
    (Lang::Fra, "fr"),
    (Lang::Spa, "es"),
    (Lang::Por, "pt"),
    (Lang::Ita, "it"),
    (Lang::Nld, "nl"),
    (Lang::Swe, "sv"),
    (Lang::Dan, "da"),
    (Lang::Nob, "nb"),
    (Lang::Fin, "fi"),
    (Lang::Pol, "pl"),
    (Lang::Ces, "cs"),
    (Lang::Hun, "hu"),
    (Lang::Ron, "ro"),
    (Lang::Tur, "tr"),
    (Lang::Vie, "vi"),
    (Lang::Ind, "id"),
    (Lang::Hrv, "hr"),
    (Lang::Cat, "ca"),
];

/// The languages of the Latin script whose common words we know.
const LISTED: [&str; 6] = ["en", "de", "fr", "es", "it", "pt"];

/// The languages of the Cyrillic and Devanagari scripts that are told apart.
const OTHERS: [(Lang, &str); 5] = [
    (Lang::Rus, "ru"),
    (Lang::Bul, "bg"),
    (Lang::Hin, "hi"),
    (Lang::Mar, "mr"),
    (Lang::Nep, "ne"),
];

/// The language of a text, where that can be told with confidence.
///
/// The script decides first: kana mean Japanese, Hangul Korean, Han without kana Chinese, and a
/// script that one language leads means that language (Cyrillic Russian, Arabic Arabic,
/// Devanagari Hindi) unless letters or statistics tell another. Latin text is told by its
/// trigrams (`whatlang`) and its common words, from 24 letters on, and only where they are decisive. Only the first
/// 2000 characters are looked at.
pub fn detect_language(text: &str) -> Option<Language> {
    let sample = text.char_indices().nth(SAMPLE_CHARS).map_or(text, |(end, _)| &text[..end]);
    let letters = Letters::of(sample);
    let (script, _) = letters.leading()?;
    let tag = match script {
        Script::Latin => latin(sample, letters.latin)?,
        Script::Cyrillic => cyrillic(sample, letters.cyrillic),
        Script::Arabic => arabic(sample),
        Script::Devanagari => statistics(sample, letters.devanagari, &OTHERS).unwrap_or("hi"),
        Script::Han if letters.kana > 0 => "ja",
        Script::Han => "zh",
        Script::Hangul => "ko",
        Script::Of(tag) => tag,
    };
    tag.parse().ok()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
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
struct Letters {
    latin: usize,
    cyrillic: usize,
    arabic: usize,
    devanagari: usize,
    han: usize,
    kana: usize,
    hangul: usize,
    others: Vec<(&'static str, usize)>,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self::default();
        for c in text.chars().filter(|c| c.is_alphabetic()) {
            match c as u32 {
                0x41..=0x24F | 0x1E00..=0x1EFF => letters.latin += 1,
                0x400..=0x52F => letters.cyrillic += 1,
                0x600..=0x6FF | 0x750..=0x77F | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC => letters.arabic += 1,
                0x900..=0x97F => letters.devanagari += 1,
                0x3040..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9D => letters.kana += 1,
                0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF => letters.han += 1,
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
    fn leading(&self) -> Option<(Script, usize)> {
        let dense = DENSE_WEIGHT;
        let scripts = [
            (Script::Latin, self.latin),
            (Script::Cyrillic, self.cyrillic),
            (Script::Arabic, self.arabic),
            (Script::Devanagari, self.devanagari),
            (Script::Han, dense * (self.han + self.kana)),
            (Script::Hangul, dense * self.hangul),
        ];
        let others = self.others.iter().map(|&(tag, count)| (Script::Of(tag), count));
        let all = || scripts.into_iter().chain(others.clone());
        let total: usize = all().map(|(_, count)| count).sum();
        all().find(|&(_, count)| count * 2 > total)
    }
}

/// The language that trigrams tell, where there are letters enough and the first is well ahead.
fn statistics(text: &str, letters: usize, languages: &[(Lang, &'static str)]) -> Option<&'static str> {
    let (tag, reliable) = best(text, letters, languages)?;
    reliable.then_some(tag)
}

/// The language that trigrams tell, and whether it is well ahead of the next.
fn best(
    text: &str,
    letters: usize,
    languages: &[(Lang, &'static str)],
) -> Option<(&'static str, bool)> {
    if letters < FEWEST_LETTERS {
        return None;
    }
    let known = languages.iter().map(|&(lang, _)| lang).collect();
    let info = Detector::with_allowlist(known).detect(text)?;
    let (_, tag) = languages.iter().find(|&&(lang, _)| lang == info.lang())?;
    Some((*tag, info.is_reliable()))
}

/// The language of Latin text, by trigrams and by the common words of those languages for which
/// we have lists. One may speak for the other; where they differ nothing is told.
fn latin(text: &str, letters: usize) -> Option<&'static str> {
    let (tag, reliable) = best(text, letters, &LATIN)?;
    let mut votes = LISTED.map(|tag| (common_words(text, tag), tag));
    votes.sort_unstable_by(|a, b| b.cmp(a));
    let [(most, leader), (second, _), ..] = votes;
    if leader == tag {
        return (reliable || most > second).then_some(tag);
    }
    let listed = LISTED.contains(&tag);
    if listed && most >= 3 && most >= 2 * second && !reliable {
        return Some(leader);
    }
    let own = votes.iter().find(|(_, other)| *other == tag).map_or(0, |(count, _)| *count);
    (reliable && (if listed { own == most } else { most < 3 })).then_some(tag)
}

/// How many words of a text are common in a language.
fn common_words(text: &str, tag: &'static str) -> usize {
    let Ok(language) = tag.parse() else { return 0 };
    let common = &Rules::of(&language).starters;
    text.split(|c: char| !c.is_alphabetic())
        .filter(|word| common.contains(word.to_lowercase().as_str()))
        .count()
}

/// The language of Cyrillic text: by letters that only some use, else by trigrams, else Russian.
fn cyrillic(text: &str, letters: usize) -> &'static str {
    let has = |letters: &str| text.contains(|c| letters.contains(c));
    match () {
        () if has("ўЎ") => "be",
        () if has("їЇєЄґҐ") => "uk",
        () if has("ѓќѕЃЌЅ") => "mk",
        () if has("ђћЂЋљњЉЊјЈ") => "sr",
        () if has("ыЫэЭёЁ") => "ru",
        () if has("іІ") => "uk",
        () => statistics(text, letters, &OTHERS).unwrap_or("ru"),
    }
}

/// The language of Arabic script, by letters that Arabic lacks.
fn arabic(text: &str) -> &'static str {
    let has = |letters: &str| text.contains(|c| letters.contains(c));
    match () {
        () if has("ٹڈڑےں") => "ur",
        () if has("پچژگ") => "fa",
        () => "ar",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(text: &str) -> Option<String> {
        detect_language(text).map(String::from)
    }

    #[test]
    fn the_script_decides_even_for_few_words() {
        for (text, tag) in [
            ("こんにちは", "ja"),
            ("東京に行きます。", "ja"),
            ("你好，世界。", "zh"),
            ("我用iPhone打电话", "zh"),
            ("안녕하세요", "ko"),
            ("Привет, как дела?", "ru"),
            ("Як тебе звати? Її звати Оля.", "uk"),
            ("مرحبا بالعالم", "ar"),
            ("سلام، چطوری؟", "fa"),
            ("नमस्ते दुनिया", "hi"),
            ("Καλημέρα", "el"),
            ("שלום", "he"),
            ("สวัสดี", "th"),
        ] {
            assert_eq!(detected(text).as_deref(), Some(tag), "{text}");
        }
    }

    #[test]
    fn latin_text_is_told_where_it_is_long_enough() {
        for (text, tag) in [
            ("The weather is very nice today, and we should go out.", "en"),
            ("Das Wetter ist heute sehr schön, und wir sollten hinausgehen.", "de"),
            ("Il fait très beau aujourd'hui, et nous devrions sortir.", "fr"),
            ("Hace muy buen tiempo hoy y deberíamos salir a la calle.", "es"),
            ("O tempo está muito bom hoje e nós devíamos sair de casa.", "pt"),
            ("Oggi il tempo è molto bello e dovremmo uscire di casa.", "it"),
        ] {
            assert_eq!(detected(text).as_deref(), Some(tag), "{text}");
        }
    }

    #[test]
    fn nothing_is_told_without_evidence() {
        for text in ["", "123 456", "?!", "OK", "Anna", "😀"] {
            assert_eq!(detected(text), None, "{text}");
        }
    }
}
