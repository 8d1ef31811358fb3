//! What an error names in place of what was asked for.

use std::sync::Arc;

use mynah_speech::{EngineHealth, Language, SpeechError, Synthesizer, Voice};

use super::VoiceResolver;

/// Number of alternatives in an error.
const MAX_NAMED_ALTERNATIVES: usize = 6;

/// The maximum length of a name that an error quotes, in bytes.
const MAX_QUOTED_NAME_BYTES: usize = 64;

impl VoiceResolver<'_> {
    pub(super) fn no_voice_for_language(
        &self,
        candidates: &[Arc<dyn Synthesizer>],
        language: &Language,
    ) -> SpeechError {
        let missing: Vec<_> = candidates
            .iter()
            .filter_map(|engine| match engine.health() {
                EngineHealth::Missing { reason, fix } => Some((engine.info().id, reason, fix)),
                EngineHealth::Ready { .. } => None,
            })
            .collect();
        if missing.len() == candidates.len()
            && let Some((engine, reason, _)) = missing.first().cloned()
        {
            // Any of them would do, the best one first.
            let fixes: Vec<_> = missing.iter().map(|(.., fix)| fix.as_str()).collect();
            return SpeechError::Unavailable {
                engine,
                reason,
                fix: fixes.join("; or: "),
            };
        }
        let mut message = format!("no engine here speaks {language}");
        for (engine, _, fix) in missing {
            message += &format!("; {engine} is not installed ({fix})");
        }
        SpeechError::Unsupported {
            param: "language",
            message,
        }
    }

    pub(super) fn voice_lacks_language(&self, voice: &Voice, language: &Language) -> SpeechError {
        let all = self.voices();
        let alike = |other: &&Voice| other.kind == voice.kind && other.supports_language(language);
        let others: Vec<_> = all.iter().filter(alike).collect();
        let message = if others.is_empty() {
            format!(
                "voice {} does not speak {language}, and no other voice here does",
                voice.id
            )
        } else {
            format!(
                "voice {} does not speak {language}; these do: {}",
                voice.id,
                list(others)
            )
        };
        SpeechError::Unsupported {
            param: "language",
            message,
        }
    }

    pub(super) fn unknown_voice(
        &self,
        name: &str,
        candidates: &[Arc<dyn Synthesizer>],
    ) -> SpeechError {
        let some: Vec<_> = candidates
            .iter()
            .flat_map(|engine| engine.voices())
            .collect();
        let mut message = format!("there is no voice {}", quoted(name));
        if !some.is_empty() {
            message += &format!("; there are, among others: {}", list(&some));
        }
        SpeechError::invalid("voice", message)
    }
}

/// The first few of some voices by their ids.
pub(crate) fn list<'a>(voices: impl IntoIterator<Item = &'a Voice>) -> String {
    let ids: Vec<_> = voices
        .into_iter()
        .take(MAX_NAMED_ALTERNATIVES)
        .map(|voice| voice.id.to_string())
        .collect();
    ids.join(", ")
}

/// A name for a message: of bounded length, and on one line.
pub(crate) fn quoted(name: &str) -> String {
    let plain = name.len() <= MAX_QUOTED_NAME_BYTES && !name.chars().any(char::is_control);
    if plain {
        format!("'{name}'")
    } else {
        "of this name".into()
    }
}
