//! The metadata of a voice's file.

use std::collections::HashMap;

use mynah_speech::Consent;

/// The key that identifies the kind of file; other safetensors files have no such key.
pub(super) const VERSION: &str = "mynah.cloned_voice";
const CHECKPOINT: &str = "checkpoint";
const TEXT: &str = "reference_text";
const SPEAKER: &str = "consent.speaker";
const STATEMENT: &str = "consent.statement";
const TIME: &str = "consent.unix_seconds";

/// The metadata of a voice.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct VoiceMetadata {
    pub(super) checkpoint: String,
    /// The transcript of the reference, where its codes are kept.
    pub(super) text: Option<String>,
    pub(super) consent: Consent,
}

impl VoiceMetadata {
    /// As a map of strings.
    pub(super) fn write(&self, version: u32) -> HashMap<String, String> {
        let mut map = HashMap::from([
            (VERSION.into(), version.to_string()),
            (CHECKPOINT.into(), self.checkpoint.clone()),
            (SPEAKER.into(), self.consent.speaker.clone()),
            (STATEMENT.into(), self.consent.statement.clone()),
            (TIME.into(), self.consent.given_at.to_string()),
        ]);
        if let Some(text) = &self.text {
            map.insert(TEXT.into(), text.clone());
        }
        map
    }

    /// Reads the map; the error names the key.
    pub(super) fn read(map: &HashMap<String, String>) -> Result<Self, String> {
        let get = |key: &str| {
            map.get(key)
                .map(String::as_str)
                .ok_or_else(|| format!("{key} is missing; clone the voice again"))
        };
        let time = get(TIME)?
            .parse()
            .map_err(|_| format!("{TIME} is no number of seconds; clone the voice again"))?;
        let consent = Consent::now(get(SPEAKER)?, get(STATEMENT)?)
            .map_err(|error| format!("consent: {error}; clone the voice again"))?;
        Ok(Self {
            checkpoint: get(CHECKPOINT)?.to_owned(),
            text: map.get(TEXT).cloned(),
            consent: Consent {
                given_at: time,
                ..consent
            },
        })
    }
}
