//! English text as phonemes: by a lexicon and a tagger, and what it lacks by espeak-ng.

use std::sync::OnceLock;

use misaki_rs::{G2P, Language};
use mynah_speech::SpeechError;

use crate::kokoro::failed;

/// What the lexicon writes for a word that it lacks.
const UNKNOWN: &str = "❓";

/// The lexicons, each loaded when it is first needed: about 60 MB and a third of a second.
#[derive(Default)]
pub(crate) struct English {
    american: OnceLock<G2P>,
    british: OnceLock<G2P>,
}

impl English {
    /// The phonemes of a text. `others` gives the phonemes of words that the lexicon lacks.
    pub(crate) fn phonemes(
        &self,
        text: &str,
        british: bool,
        others: impl FnOnce(&[String]) -> Result<Vec<String>, SpeechError>,
    ) -> Result<String, SpeechError> {
        let lexicon = match british {
            true => self.british.get_or_init(|| G2P::new(Language::EnglishGB)),
            false => self.american.get_or_init(|| G2P::new(Language::EnglishUS)),
        };
        let (_, tokens) = lexicon
            .g2p(&without_links(text))
            .map_err(|_| failed("its lexicon failed"))?;
        let is_unknown = |phonemes: &Option<String>| {
            phonemes
                .as_ref()
                .is_none_or(|phonemes| phonemes.contains(UNKNOWN))
        };
        let unknown: Vec<String> = tokens
            .iter()
            .filter(|token| is_unknown(&token.phonemes) && has_words(&token.text))
            .map(|token| token.text.clone())
            .collect();
        let mut others = match unknown.is_empty() {
            true => Vec::new(),
            false => others(&unknown)?,
        }
        .into_iter();
        let mut phonemes = String::new();
        for token in &tokens {
            match &token.phonemes {
                known if !is_unknown(known) => phonemes.extend(known.as_deref()),
                _ if has_words(&token.text) => phonemes.extend(others.next()),
                // A mark without a sound.
                _ => phonemes.push(' '),
            }
            phonemes.push_str(&token.whitespace);
        }
        Ok(phonemes)
    }
}

/// Whether something of a token can be read aloud.
fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// Breaks up `[word](phonemes)`, by which a text would give commands to the lexicon, and takes out
/// control characters.
fn without_links(text: &str) -> String {
    text.replace("](", "] (")
        .replace(|c: char| c.is_control() || c == '❓', " ")
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static ENGLISH: LazyLock<English> = LazyLock::new(English::default);

    fn phonemes(text: &str) -> String {
        ENGLISH
            .phonemes(text, false, |words| {
                Ok(words.iter().map(|word| format!("<{word}>")).collect())
            })
            .unwrap()
    }

    #[test]
    fn known_words_come_from_the_lexicon() {
        assert_eq!(phonemes("Hello, world!"), "həlˈO, wˈɜɹld!");
        let british = ENGLISH.phonemes("Hello, world!", true, |_| Ok(Vec::new()));
        assert_eq!(british.unwrap(), "həlˈQ, wˈɜːld!");
    }

    #[test]
    fn unknown_words_are_handed_over_in_order() {
        assert_eq!(phonemes("Blorpt met zxqv."), "<Blorpt> mˈɛt <zxqv>.");
        let error = ENGLISH.phonemes("Blorpt.", false, |_| Err(SpeechError::Cancelled));
        assert_eq!(error, Err(SpeechError::Cancelled));
    }

    #[test]
    fn texts_give_no_commands_to_the_lexicon() {
        assert!(!phonemes("[hello](/ˈæ/) there").contains("ˈæ "));
        assert!(!phonemes("a ❓ - * b").contains('❓'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn any_text_has_phonemes_or_none(text in "([A-Za-z']{1,9}|[ -~]|\\PC|[0-9]{1,12}|[-.,$€£%'’“”()–—]){0,30}") {
            phonemes(&text);
        }
    }
}
