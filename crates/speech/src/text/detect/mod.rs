//! Which language a text is written in.

mod script;

use whatlang::{Detector, Lang};

use crate::Language;

use super::rules::Rules;
use script::{Script, ScriptCounts};

pub use script::is_written_in;

/// How much of a text is looked at, in characters.
const SAMPLE_CHARS: usize = 2000;

/// The fewest letters on which statistics are believed.
const MIN_LETTERS: usize = 24;

/// The languages of the Latin script that are distinguished; the fewer, the surer.
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

/// The languages of the Latin script whose common words are listed.
const LISTED: [&str; 6] = ["en", "de", "fr", "es", "it", "pt"];

/// The languages of the Cyrillic and Devanagari scripts that are distinguished.
const OTHERS: [(Lang, &str); 5] = [
    (Lang::Rus, "ru"),
    (Lang::Bul, "bg"),
    (Lang::Hin, "hi"),
    (Lang::Mar, "mr"),
    (Lang::Nep, "ne"),
];

/// The language of a text, where that is known with confidence.
///
/// The script of most words decides first, so that a foreign word or two change nothing: kana mean Japanese, Hangul Korean, Han without kana Chinese, and a
/// script that one language leads means that language (Cyrillic Russian, Arabic Arabic,
/// Devanagari Hindi) unless letters or statistics indicate another. Latin text is detected by its
/// trigrams (`whatlang`) and its common words, from 24 letters on, and only where they are decisive. Only the first
/// 2000 characters are looked at.
pub fn detect_language(text: &str) -> Option<Language> {
    let sample = text
        .char_indices()
        .nth(SAMPLE_CHARS)
        .map_or(text, |(end, _)| &text[..end]);
    let letters = ScriptCounts::of(sample);
    let tag = match letters.leading()? {
        Script::Latin => latin(sample, letters.latin)?,
        Script::Cyrillic => cyrillic(sample, letters.cyrillic),
        Script::Arabic => arabic(sample),
        Script::Devanagari => statistics(sample, letters.devanagari, &OTHERS).unwrap_or("hi"),
        Script::Han if letters.kana > 0 => "ja",
        Script::Han | Script::Kana => "zh",
        Script::Hangul => "ko",
        Script::Of(tag) => tag,
    };
    tag.parse().ok()
}

/// The language that trigrams indicate, where there are letters enough and the first is well ahead.
fn statistics(
    text: &str,
    letters: usize,
    languages: &[(Lang, &'static str)],
) -> Option<&'static str> {
    let (tag, reliable) = best(text, letters, languages)?;
    reliable.then_some(tag)
}

/// The language that trigrams indicate, and whether it is well ahead of the next.
fn best(
    text: &str,
    letters: usize,
    languages: &[(Lang, &'static str)],
) -> Option<(&'static str, bool)> {
    if letters < MIN_LETTERS {
        return None;
    }
    let known = languages.iter().map(|&(lang, _)| lang).collect();
    let info = Detector::with_allowlist(known).detect(text)?;
    let (_, tag) = languages.iter().find(|&&(lang, _)| lang == info.lang())?;
    Some((*tag, info.is_reliable()))
}

/// The language of Latin text, by trigrams and by the common words of those languages for which
/// we have lists. One may speak for the other; where they differ no language is given.
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
    let own = votes
        .iter()
        .find(|(_, other)| *other == tag)
        .map_or(0, |(count, _)| *count);
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

/// The language of Cyrillic text, by letters that only some use; Bulgarian shares them all with
/// Russian, but not how it uses `ъ`, and is detected by trigrams. Else Russian.
fn cyrillic(text: &str, letters: usize) -> &'static str {
    let has = |letters: &str| text.contains(|c| letters.contains(c));
    match () {
        () if has("ўЎ") => "be",
        () if has("їЇєЄґҐ") => "uk",
        () if has("ѓќѕЃЌЅ") => "mk",
        () if has("ђћЂЋљњЉЊјЈ") => "sr",
        () if has("ыЫэЭёЁ") => "ru",
        () if has("іІ") => "uk",
        () if has("ъЪ") => statistics(text, letters, &OTHERS).unwrap_or("ru"),
        () => "ru",
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
            ("Windows Server 2019の設定", "ja"),
            ("Windows 系统崩溃了怎么办", "zh"),
            ("Привет, John!", "ru"),
            ("Пишите на Google Drive", "ru"),
        ] {
            assert_eq!(detected(text).as_deref(), Some(tag), "{text}");
        }
    }

    #[test]
    fn long_enough_latin_text_is_detected() {
        for (text, tag) in [
            (
                "The weather is very nice today, and we should go out.",
                "en",
            ),
            (
                "Das Wetter ist heute sehr schön, und wir sollten hinausgehen.",
                "de",
            ),
            (
                "Il fait très beau aujourd'hui, et nous devrions sortir.",
                "fr",
            ),
            (
                "Hace muy buen tiempo hoy y deberíamos salir a la calle.",
                "es",
            ),
            (
                "O tempo está muito bom hoje e nós devíamos sair de casa.",
                "pt",
            ),
            (
                "Oggi il tempo è molto bello e dovremmo uscire di casa.",
                "it",
            ),
        ] {
            assert_eq!(detected(text).as_deref(), Some(tag), "{text}");
        }
    }

    #[test]
    fn nothing_is_detected_without_evidence() {
        for text in [
            "",
            "123 456",
            "?!",
            "OK",
            "Anna",
            "😀",
            // Latin, too short to detect the language, though other letters are in it.
            "Tokyo (東京)",
            "See 北京大学 website",
            "Hello Александр",
            "The Ωmega café",
        ] {
            assert_eq!(detected(text), None, "{text}");
        }
    }
}
