//! From espeak-ng's phonemes to the symbols that the model was trained with.
//!
//! espeak-ng prints IPA with a tie, `^`, between the letters of one phoneme. The model has one
//! symbol for each diphthong and affricate: `A` is `eɪ`, `I` is `aɪ`, `ʧ` is `tʃ`.

use crate::voices::VoiceLanguage;

/// What is replaced in turn.
type Replacements = &'static [(&'static str, &'static str)];

/// Diphthongs and affricates, alike for all languages.
const TIED: Replacements = &[
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^z", "ʣ"),
    ("d^ʒ", "ʤ"),
    ("d^ʑ", "ʥ"),
    ("e^ɪ", "A"),
    ("o^ʊ", "O"),
    ("ə^ʊ", "Q"),
    ("s^s", "S"),
    ("t^s", "ʦ"),
    ("t^ʃ", "ʧ"),
    ("t^ɕ", "ʨ"),
    ("ɔ^ɪ", "Y"),
];

/// British English before the ties go.
const BRITISH_TIED: Replacements = &[("e^ə", "ɛː"), ("i^ə", "ɪə")];

/// Both kinds of English after the ties are gone. An R after a rhotic vowel is the vowel's own.
const ENGLISH: Replacements = &[
    ("ɚɹ", "əɹ"),
    ("ɚ", "əɹ"),
    ("əl", "ᵊl"),
    ("ʔn\u{329}", "tᵊn"),
    ("ʔ", "t"),
    ("ʲ", "j"),
    ("jj", "j"),
    ("e", "A"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɬ", "l"),
    ("\u{303}", ""),
];

/// American English at the end: it has no long vowels, and an R after `ɜ`.
const AMERICAN: Replacements = &[
    ("ɜːɹ", "ɜɹ"),
    ("ɜː", "ɜɹ"),
    ("ɪə", "iə"),
    ("ː", ""),
    ("o", "ɔ"),
    ("ɾ", "T"),
];

/// Maps a line of espeak-ng's output.
pub(crate) fn map(ipa: &str, language: VoiceLanguage) -> String {
    let mut phonemes = without_language_marks(ipa);
    let british = language == VoiceLanguage::BritishEnglish;
    if british {
        phonemes = replace(phonemes, BRITISH_TIED);
    }
    phonemes = replace(phonemes, TIED).replace(['^', '-'], "");
    match language {
        VoiceLanguage::AmericanEnglish => replace(english(phonemes), AMERICAN),
        VoiceLanguage::BritishEnglish => english(phonemes),
        _ => phonemes,
    }
}

fn english(phonemes: String) -> String {
    syllabic(&replace(phonemes, ENGLISH))
}

fn replace(phonemes: String, replacements: Replacements) -> String {
    let apply = |phonemes: String, (old, new): &(&str, &str)| phonemes.replace(old, new);
    replacements.iter().fold(phonemes, apply)
}

/// Writes a syllabic consonant, which has a mark below, as a short vowel before it.
fn syllabic(phonemes: &str) -> String {
    let mut out = String::with_capacity(phonemes.len());
    for c in phonemes.chars() {
        if c != '\u{329}' {
            out.push(c);
        } else if let Some(consonant) = out.pop() {
            if !out.ends_with('ᵊ') {
                out.push('ᵊ');
            }
            out.push(consonant);
        }
    }
    out
}

/// Removes `(en)` and the like, which surround words of another language. They may hold ties.
fn without_language_marks(ipa: &str) -> String {
    let mut out = String::with_capacity(ipa.len());
    let mut rest = ipa;
    while let Some((before, after)) = rest.split_once('(') {
        out.push_str(before);
        let Some((mark, behind)) = after.split_once(')') else {
            return out + after;
        };
        let is_mark = mark
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "^-".contains(c));
        if !is_mark {
            out.push_str(mark);
        }
        rest = behind;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::symbols;

    fn american(ipa: &str) -> String {
        map(ipa, VoiceLanguage::AmericanEnglish)
    }

    #[test]
    fn rhotic_vowels_have_one_r() {
        assert_eq!(american("wˈʌndɚɹɪŋ"), "wˈʌndəɹɪŋ");
        assert_eq!(american("fˈɜːðɚ"), "fˈɜɹðəɹ");
        assert_eq!(american("stˈɜːɹɪŋ"), "stˈɜɹɪŋ");
        assert_eq!(american("pˈɑː^ɹkɪŋ"), "pˈɑɹkɪŋ");
        assert_eq!(american("ɡɹˈɪfɪndˌoː^ɹ"), "ɡɹˈɪfɪndˌɔɹ");
    }

    #[test]
    fn english_diphthongs_and_affricates_are_one_symbol() {
        assert_eq!(american("zˈa^ɪlo^ʊ"), "zˈIlO");
        assert_eq!(american("t^ʃˈe^ɪnd^ʒ"), "ʧˈAnʤ");
        assert_eq!(american("bˈɑːɾə^l"), "bˈɑTᵊl");
        assert_eq!(american("bˈʌʔn\u{329}"), "bˈʌtᵊn");
        let british = |ipa| map(ipa, VoiceLanguage::BritishEnglish);
        assert_eq!(british("ɡˈə^ʊt"), "ɡˈQt");
        assert_eq!(british("wˈe^ə"), "wˈɛː");
        assert_eq!(british("nˈɜːs"), "nˈɜːs");
    }

    #[test]
    fn other_languages_keep_their_phonemes() {
        let italian = map("d^zˈia raɡˈat^sːo mˈand^ʒa", VoiceLanguage::Italian);
        assert_eq!(italian, "ʣˈia raɡˈaʦːo mˈanʤa");
        let portuguese = map(
            "kˌoɾasˈɐ\u{303}^ʊ\u{303} bˈat^ʃy",
            VoiceLanguage::BrazilianPortuguese,
        );
        assert_eq!(portuguese, "kˌoɾasˈɐ\u{303}ʊ\u{303} bˈaʧy");
        assert_eq!(
            map("le-z ɑ\u{303}fˈɑ\u{303}", VoiceLanguage::French),
            "lez ɑ\u{303}fˈɑ\u{303}"
        );
    }

    #[test]
    fn marks_of_language_switches_are_removed() {
        let french = map(
            "lə- (^e^n)wˈiːkˈɛnd(^f^r) o (en-us)ʃˈɒp(fr)",
            VoiceLanguage::French,
        );
        assert_eq!(french, "lə wˈiːkˈɛnd o ʃˈɒp");
        assert_eq!(map("a (b", VoiceLanguage::French), "a b");
    }

    #[test]
    fn mapped_phonemes_are_in_the_vocabulary() {
        for ipa in [
            "nəmˈʌsteː",
            "ˌaːp kˈɛːseː hɛ\u{303}",
            "el nˈiɲo kˈore poɾ la kˈaʎe",
            "ʎɪ ɲˈokːɪ dˌella d^zˈia",
            "œ\u{303} bˈɔ\u{303} vˈɛ\u{303} blˈɑ\u{303}",
            "va^ɪ ʃovˈer",
        ] {
            let phonemes = map(ipa, VoiceLanguage::Spanish);
            assert_eq!(
                symbols(&phonemes).len(),
                phonemes.chars().count(),
                "{phonemes}"
            );
        }
    }
}
