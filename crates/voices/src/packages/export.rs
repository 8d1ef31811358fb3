//! Writing a voice to a package.

use std::collections::HashMap;
use std::fs::File;

use mynah_audio::{DecodeLimits, Format, Tags, decode, encode_whole};
use mynah_database::{sqlx, transaction, with_pool};
use mynah_voice_package::{
    ConsentDocument, PackageWriter, PromptDocument, V1Metadata, VoiceDocument, write_v1,
};

use super::blocking;
use crate::library::{Library, lock, now_ms};
use crate::row::word_of;
use crate::{ConsentRecord, Origin, Prompt, StoredVoice, VoiceKey, VoicesError, audit};

/// The versions of packages that are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PackageVersion {
    /// One recording without its consent, for earlier servers.
    V1,
    /// The whole voice.
    #[default]
    V2,
}

/// The consent that came with the recording of a prompt.
#[derive(sqlx::FromRow)]
struct PromptConsentRow {
    prompt_id: String,
    speaker: String,
    statement: String,
    basis: String,
    given_at: i64,
}

impl Library {
    /// Writes a voice to a file, which is returned with its position at the end. Its prompts have their clips
    /// as they are kept, and no tensors: engines make those anew. `by` is the id of the key that asks for it.
    ///
    /// # Errors
    /// [`VoicesError`], among them [`VoicesError::NoConsent`] and that the package would exceed a limit.
    pub async fn export(
        &self,
        workspace: &str,
        id: &VoiceKey,
        version: PackageVersion,
        file: File,
        by: Option<&str>,
    ) -> Result<File, VoicesError> {
        let voice = self.get(workspace, id).await?;
        if !voice.may_speak() {
            return Err(VoicesError::NoConsent);
        }
        let written = match version {
            PackageVersion::V1 => self.write_v1(&voice, file).await?,
            PackageVersion::V2 => self.write_v2(&voice, file).await?,
        };
        // It may have been revoked meanwhile.
        if !self.get(workspace, id).await?.may_speak() {
            return Err(VoicesError::NoConsent);
        }
        let now = now_ms();
        transaction!(self.database(), connection => {
            // In the order that all writes of the library take.
            lock!(connection);
            audit::count!(connection, id, audit::EXPORTED, by, now);
        });
        Ok(written)
    }

    async fn write_v2(&self, voice: &StoredVoice, file: File) -> Result<File, VoicesError> {
        let mut consents = self.consents_of_prompts(&voice.id).await?;
        let prompts = voice.prompts.iter().map(|prompt| {
            let consent = consents.remove(prompt.id.as_str());
            let bytes = u64::try_from(prompt.clip.bytes).unwrap_or(0);
            (
                document(prompt, consent),
                bytes,
                prompt.clip.blob.to_string(),
            )
        });
        let prompts: Vec<_> = prompts.collect();
        let (own, consent) = (
            voice_document(voice),
            voice.consent.as_ref().map(consent_document),
        );
        let limits = self.options().packages;
        let mut writer = blocking(move || {
            let begun = PackageWriter::begin(file, &own, consent.as_ref(), &prompts, &limits);
            Ok(begun?)
        })
        .await?;
        for prompt in &voice.prompts {
            let flac = self.clip_audio(&prompt.clip).await?;
            writer = blocking(move || {
                writer.recording(&flac)?;
                Ok(writer)
            })
            .await?;
        }
        blocking(move || Ok(writer.finish()?)).await
    }

    async fn write_v1(&self, voice: &StoredVoice, file: File) -> Result<File, VoicesError> {
        let Some(anchor) = voice.anchor() else {
            let rule = "1 has a recording, and this voice has none";
            return Err(VoicesError::field("version", rule));
        };
        let flac = self.clip_audio(&anchor.clip).await?;
        let is_designed = voice.origin == Origin::Description;
        let description = Some(voice.description.clone()).filter(|own| !own.is_empty());
        let metadata = V1Metadata {
            format_version: 1,
            voice_id: voice.id.to_string(),
            name: voice.name.to_string(),
            voice_type: if is_designed { "designed" } else { "cloned" }.to_owned(),
            design_description: description.clone().filter(|_| is_designed),
            description,
            ref_text: anchor.transcript.clone(),
            created_at: V1Metadata::time(voice.created_at),
        };
        let transcript = anchor.transcript.clone();
        blocking(move || {
            let clip = decode(&flac[..], &DecodeLimits::default());
            let clip = clip.map_err(|error| VoicesError::Corrupt(error.to_string()))?;
            let wav = encode_whole(&clip.clip, Format::Wav, &Tags::of_recording())?;
            Ok(write_v1(file, &metadata, &wav, transcript.as_deref())?)
        })
        .await
    }

    async fn consents_of_prompts(
        &self,
        voice: &VoiceKey,
    ) -> Result<HashMap<String, ConsentDocument>, VoicesError> {
        let rows = with_pool!(self.database(), pool => {
            sqlx::query_as::<_, PromptConsentRow>(
                "SELECT p.id AS prompt_id, c.speaker, c.statement, c.basis, c.given_at \
                 FROM prompts p JOIN consents c ON c.id = p.consent_id WHERE p.voice_id = $1",
            )
            .bind(voice.as_str())
            .fetch_all(pool)
            .await?
        });
        let consents = rows.into_iter().map(|row| {
            let consent = ConsentDocument {
                speaker: row.speaker,
                statement: row.statement,
                basis: row.basis,
                given_at: row.given_at,
            };
            (row.prompt_id, consent)
        });
        Ok(consents.collect())
    }
}

fn voice_document(voice: &StoredVoice) -> VoiceDocument {
    VoiceDocument {
        id: voice.id.to_string(),
        name: voice.name.to_string(),
        origin: word_of(&voice.origin),
        speaker: voice.speaker.as_ref().map(ToString::to_string),
        description: voice.description.clone(),
        languages: voice.languages.iter().map(ToString::to_string).collect(),
        tags: voice.tags.clone(),
        speed: voice.speed,
        created_at: voice.created_at,
        prompts: voice.prompts.len(),
    }
}

fn consent_document(record: &ConsentRecord) -> ConsentDocument {
    ConsentDocument {
        speaker: record.speaker.clone(),
        statement: record.statement.clone(),
        basis: record.basis.as_str().to_owned(),
        given_at: record.given_at,
    }
}

fn document(prompt: &Prompt, consent: Option<ConsentDocument>) -> PromptDocument {
    PromptDocument {
        anchor: prompt.anchor,
        style: prompt.style.as_ref().map(ToString::to_string),
        tags: prompt.tags.clone(),
        transcript: prompt.transcript.clone(),
        x_vector_only: prompt.x_vector_only,
        language: prompt.language.as_ref().map(ToString::to_string),
        source: word_of(&prompt.source),
        instruct: prompt.instruct.clone(),
        seed: prompt.seed,
        created_at: prompt.created_at,
        consent,
    }
}
