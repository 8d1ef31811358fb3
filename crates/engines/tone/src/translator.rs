//! A translation that a test can check.

use mynah_speech::{Cancel, EngineHealth, EngineInfo, Language, SpeechError, Translator};

use crate::Tone;

/// The supported directions.
const PAIRS: [(&str, &str); 4] = [("en", "es"), ("es", "en"), ("en", "fr"), ("fr", "en")];

/// What [`Tone`] makes of a text: the text, marked with the language, as in `es: Good morning.`
pub fn translation(text: &str, to: &Language) -> String {
    format!("{}: {}", to.primary(), text.trim())
}

impl Translator for Tone {
    fn info(&self) -> &EngineInfo {
        &crate::tone::INFO
    }

    fn health(&self) -> EngineHealth {
        crate::tone::ready()
    }

    fn pairs(&self) -> Vec<(Language, Language)> {
        PAIRS
            .iter()
            .filter_map(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)))
            .collect()
    }

    fn translate(
        &self,
        text: &str,
        from: &Language,
        to: &Language,
        cancel: &Cancel,
    ) -> Result<String, SpeechError> {
        if !self
            .pairs()
            .iter()
            .any(|(a, b)| a.serves(from) && b.serves(to))
        {
            let message = format!("tone does not translate {from} to {to}");
            return Err(SpeechError::Unsupported {
                param: "language",
                message,
            });
        }
        let call = self.script.translation.begin(cancel)?;
        let result = call.fault(cancel).map(|empty| {
            if empty {
                String::new()
            } else {
                translation(text, to)
            }
        });
        call.end(result)
    }
}
