//! Rows of the database, and what they become.

use std::collections::HashMap;

use mynah_database::sqlx;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{
    Clip, ConsentRecord, Origin, Prompt, PromptSource, StoredVoice, VoiceKey, VoicePrompt,
    VoicesError,
};

/// Selects voices with their consents, for a `WHERE` and what follows.
macro_rules! select_voices {
    ($tail:literal) => {
        concat!(
            "SELECT v.id, v.workspace, v.name, v.origin, v.speaker, v.description, v.languages, v.tags, v.speed, \
             v.is_public, v.version, v.created_at, v.updated_at, v.deleted_at, c.id AS consent_id, \
             c.speaker AS consent_speaker, c.statement AS consent_statement, c.basis AS consent_basis, \
             c.given_by AS consent_given_by, c.given_at AS consent_given_at, \
             c.revoked_at AS consent_revoked_at \
             FROM voices v LEFT JOIN consents c ON c.id = v.consent_id ",
            $tail
        )
    };
}
pub(crate) use select_voices;

/// Selects prompts with their clips, for a `WHERE` about the voices `v`.
macro_rules! select_prompts {
    ($tail:literal) => {
        concat!(
            "SELECT p.id, p.voice_id, p.style, p.tags, p.transcript, p.x_vector_only, p.language, p.source, \
             p.instruct, p.seed, p.is_anchor, p.created_at, c.id AS clip_id, c.sha256, c.bytes, c.samples, \
             c.quality \
             FROM prompts p JOIN clips c ON c.id = p.clip_id JOIN voices v ON v.id = p.voice_id ",
            $tail,
            " ORDER BY p.is_anchor DESC, p.id"
        )
    };
}
pub(crate) use select_prompts;

#[derive(sqlx::FromRow)]
pub(crate) struct VoiceRow {
    id: String,
    workspace: String,
    name: String,
    origin: String,
    speaker: Option<String>,
    description: String,
    languages: String,
    tags: String,
    speed: f64,
    is_public: bool,
    version: i64,
    created_at: i64,
    updated_at: i64,
    deleted_at: Option<i64>,
    consent_id: Option<String>,
    consent_speaker: Option<String>,
    consent_statement: Option<String>,
    consent_basis: Option<String>,
    consent_given_by: Option<String>,
    consent_given_at: Option<i64>,
    consent_revoked_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct PromptRow {
    id: String,
    voice_id: String,
    style: Option<String>,
    tags: String,
    transcript: Option<String>,
    x_vector_only: bool,
    language: Option<String>,
    source: String,
    instruct: Option<String>,
    seed: Option<i64>,
    is_anchor: bool,
    created_at: i64,
    clip_id: String,
    sha256: String,
    bytes: i64,
    samples: i64,
    quality: String,
}

/// Voices of rows, in their order, each with its prompts.
pub(crate) fn voices(
    rows: Vec<VoiceRow>,
    prompts: Vec<PromptRow>,
) -> Result<Vec<StoredVoice>, VoicesError> {
    let mut by_voice: HashMap<String, Vec<Prompt>> = HashMap::new();
    for row in prompts {
        let own = by_voice.entry(row.voice_id.clone()).or_default();
        own.push(row.prompt()?);
    }
    rows.into_iter()
        .map(|row| {
            let prompts = by_voice.remove(&row.id).unwrap_or_default();
            row.voice(prompts)
        })
        .collect()
}

/// Prompts of rows with their voices, in their order.
pub(crate) fn voice_prompts(rows: Vec<PromptRow>) -> Result<Vec<VoicePrompt>, VoicesError> {
    rows.into_iter()
        .map(|row| {
            Ok(VoicePrompt {
                voice: parsed("voice", &row.voice_id)?,
                prompt: row.prompt()?,
            })
        })
        .collect()
}

/// Voices that can be read, and the ids of those that cannot, which is logged.
pub(crate) fn readable_voices(
    rows: Vec<VoiceRow>,
    prompts: Vec<PromptRow>,
) -> (Vec<StoredVoice>, Vec<VoiceKey>) {
    let mut by_voice: HashMap<String, Vec<PromptRow>> = HashMap::new();
    for row in prompts {
        by_voice.entry(row.voice_id.clone()).or_default().push(row);
    }
    let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
    for row in rows {
        let own = by_voice.remove(&row.id).unwrap_or_default();
        let id = row.id.clone();
        match voices(vec![row], own) {
            Ok(voices) => readable.extend(voices),
            Err(error) => {
                tracing::error!(voice = id, %error, "voice_not_read");
                unreadable.extend(id.parse());
            }
        }
    }
    (readable, unreadable)
}

impl VoiceRow {
    fn voice(self, prompts: Vec<Prompt>) -> Result<StoredVoice, VoicesError> {
        let consent = match (self.consent_id, self.consent_speaker, self.consent_given_at) {
            (Some(id), Some(speaker), Some(given_at)) => Some(ConsentRecord {
                id: parsed("consent", &id)?,
                speaker,
                statement: self.consent_statement.unwrap_or_default(),
                basis: word("basis", &self.consent_basis.unwrap_or_default())?,
                given_by: self.consent_given_by,
                given_at,
                revoked_at: self.consent_revoked_at,
            }),
            _ => None,
        };
        let speaker = self.speaker.as_deref();
        Ok(StoredVoice {
            id: parsed("id", &self.id)?,
            workspace: self.workspace,
            name: self.name.try_into().map_err(|_| corrupt("name"))?,
            origin: word::<Origin>("origin", &self.origin)?,
            speaker: speaker.map(|id| parsed("speaker", id)).transpose()?,
            description: self.description,
            languages: list("languages", &self.languages)?,
            tags: list("tags", &self.tags)?,
            speed: self.speed,
            public: self.is_public,
            consent,
            prompts,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            deleted_at: self.deleted_at,
        })
    }
}

impl PromptRow {
    fn prompt(self) -> Result<Prompt, VoicesError> {
        let (language, style) = (self.language.as_deref(), self.style.as_deref());
        Ok(Prompt {
            id: parsed("prompt", &self.id)?,
            style: style.map(|name| parsed("style", name)).transpose()?,
            tags: list("tags", &self.tags)?,
            transcript: self.transcript,
            x_vector_only: self.x_vector_only,
            language: language.map(|tag| parsed("language", tag)).transpose()?,
            source: word::<PromptSource>("source", &self.source)?,
            instruct: self.instruct,
            seed: self.seed.map(i64::cast_unsigned),
            clip: Clip {
                id: parsed("clip", &self.clip_id)?,
                blob: parsed("sha256", &self.sha256)?,
                bytes: self.bytes,
                samples: self.samples,
            },
            quality: list("quality", &self.quality)?,
            anchor: self.is_anchor,
            created_at: self.created_at,
        })
    }
}

/// A value as the JSON of a column.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("lists and reports have a JSON form")
}

/// The word of a variant without fields, as serde writes it.
pub(crate) fn word_of<T: Serialize>(value: &T) -> String {
    json(value).trim_matches('"').to_owned()
}

fn list<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, VoicesError> {
    serde_json::from_str(text).map_err(|_| corrupt(column))
}

fn word<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, VoicesError> {
    serde_json::from_value(text.into()).map_err(|_| corrupt(column))
}

pub(crate) fn parsed<T: std::str::FromStr>(column: &str, text: &str) -> Result<T, VoicesError> {
    text.parse().map_err(|_| corrupt(column))
}

fn corrupt(column: &str) -> VoicesError {
    VoicesError::Corrupt(format!("its {column} is invalid"))
}
