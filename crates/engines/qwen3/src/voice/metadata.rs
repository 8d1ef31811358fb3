//! The metadata of a voice's file.

use std::collections::HashMap;

use mynah_speech::Consent;

/// The key that identifies the kind of file; other safetensors files have no such key.
const VERSION: &str = "mynah.cloned_voice";
const CHECKPOINT: &str = "checkpoint";
const TEXT: &str = "reference_text";
const SPEAKER: &str = "consent.speaker";
const STATEMENT: &str = "consent.statement";
const TIME: &str = "consent.unix_seconds";

/// The version of files that hold a consent.
pub const VERSION_WITH_CONSENT: u32 = 1;
/// The version of files of a prompt alone.
pub const VERSION_OF_PROMPT: u32 = 2;

/// The metadata of a voice.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct VoiceMetadata {
    pub(super) checkpoint: String,
    /// The transcript of the reference, where its codes are kept.
    pub(super) text: Option<String>,
    /// The speaker's consent; none where it is kept elsewhere.
    pub(super) consent: Option<Consent>,
}

impl VoiceMetadata {
    /// As a map of strings.
    pub(super) fn write(&self) -> HashMap<String, String> {
        let version = match self.consent {
            Some(_) => VERSION_WITH_CONSENT,
            None => VERSION_OF_PROMPT,
        };
        let mut map = HashMap::from([
            (VERSION.into(), version.to_string()),
            (CHECKPOINT.into(), self.checkpoint.clone()),
        ]);
        if let Some(consent) = &self.consent {
            map.insert(SPEAKER.into(), consent.speaker.clone());
            map.insert(STATEMENT.into(), consent.statement.clone());
            map.insert(TIME.into(), consent.given_at.to_string());
        }
        if let Some(text) = &self.text {
            map.insert(TEXT.into(), text.clone());
        }
        map
    }

    /// Reads the map; the error names the key.
    pub(super) fn read(map: Option<&HashMap<String, String>>) -> Result<Self, String> {
        let Some((map, version)) = map.and_then(|map| Some((map, map.get(VERSION)?))) else {
            return Err(format!("{VERSION} is missing, so it is no voice"));
        };
        let get = |key: &str| {
            map.get(key)
                .map(String::as_str)
                .ok_or_else(|| format!("{key} is missing; clone the voice again"))
        };
        let consent = match version.parse() {
            Ok(VERSION_WITH_CONSENT) => {
                let time = get(TIME)?.parse().map_err(|_| {
                    format!("{TIME} is no number of seconds; clone the voice again")
                })?;
                let consent = Consent::now(get(SPEAKER)?, get(STATEMENT)?)
                    .map_err(|error| format!("consent: {error}; clone the voice again"))?;
                Some(Consent {
                    given_at: time,
                    ..consent
                })
            }
            Ok(VERSION_OF_PROMPT) => None,
            _ => {
                return Err(format!(
                    "{VERSION} is {version:?}, and this program reads {VERSION_WITH_CONSENT} and \
                     {VERSION_OF_PROMPT}; update it, or clone the voice again"
                ));
            }
        };
        Ok(Self {
            checkpoint: get(CHECKPOINT)?.to_owned(),
            text: map.get(TEXT).cloned(),
            consent,
        })
    }
}
