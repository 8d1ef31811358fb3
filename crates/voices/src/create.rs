//! Creating voices.

use mynah_database::{sqlx, transaction, with_pool};
use mynah_speech::{Consent, VoiceId, VoiceKind};

use crate::consent::insert_consent;
use crate::encoded_prompt::EncodedPrompt;
use crate::library::{Library, next_revision, now_ms};
use crate::prompts::insert_prompt;
use crate::row::parsed;
use crate::{
    ClipId, ConsentRecord, NewVoice, Origin, RecordedPrompt, StoredVoice, VoiceKey, VoiceName,
    VoicesError, audit,
};

/// The number of voices of a workspace that are not deleted.
macro_rules! count_voices {
    ($connection:ident, $workspace:expr) => {{
        let voices: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM voices WHERE workspace = $1 AND deleted_at IS NULL",
        )
        .bind($workspace)
        .fetch_one(&mut *$connection)
        .await?;
        voices
    }};
}
pub(crate) use count_voices;

/// Inserts a voice, within a transaction. A consent that it names must be inserted before.
macro_rules! insert_voice {
    ($connection:ident, $workspace:expr, $id:expr, $voice:expr, $origin:expr, $speaker:expr, $consent:expr, $created:expr, $revision:expr, $now:expr) => {
        sqlx::query(
            "INSERT INTO voices (id, workspace, name, name_key, origin, speaker, description, languages, \
             tags, speed, is_public, consent_id, version, revision, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $14, $15)",
        )
        .bind($id.as_str())
        .bind($workspace)
        .bind($voice.name.as_str())
        .bind($voice.name.key())
        .bind($crate::row::word_of(&$origin))
        .bind($speaker)
        .bind(&$voice.description)
        .bind($crate::row::json(&$voice.languages))
        .bind($crate::row::json(&$voice.tags))
        .bind($voice.speed)
        .bind($voice.public)
        .bind($consent)
        .bind($revision)
        .bind($created)
        .bind($now)
        .execute(&mut *$connection)
        .await?;
    };
}
pub(crate) use insert_voice;

impl Library {
    /// Creates a voice of a recording. `by` is the id of the key that asks for it; `held` is dropped once the
    /// recording is decoded, also where this future is dropped before, such as a slot for uploads.
    ///
    /// A recording without a transcript is transcribed, where a recognizer that is no demo is ready; else
    /// only the speaker's x-vector is taken from it, which is less close to the voice.
    ///
    /// # Errors
    /// [`VoicesError`]; nothing was created then.
    pub async fn create(
        &self,
        workspace: &str,
        voice: NewVoice,
        recorded: RecordedPrompt,
        consent: Consent,
        by: Option<&str>,
        held: impl Send + 'static,
    ) -> Result<StoredVoice, VoicesError> {
        self.check_new(workspace, &voice).await?;
        let encoded = self.encode_recording(recorded, held).await?;
        let consent = ConsentRecord::new(consent, by);
        self.insert_spoken_from(workspace, voice, encoded, Some(consent), by)
            .await
    }

    /// Creates a voice of a take that is no person's voice. Its description is the instructions of the take,
    /// where it has none.
    ///
    /// # Errors
    /// [`VoicesError`]; nothing was created then.
    pub async fn create_of_take(
        &self,
        workspace: &str,
        voice: NewVoice,
        clip: &ClipId,
        by: Option<&str>,
        held: impl Send + 'static,
    ) -> Result<StoredVoice, VoicesError> {
        self.check_new(workspace, &voice).await?;
        let take = self.take(workspace, clip).await?;
        if take.details.of_person {
            let rule =
                "is a take of a person's voice: clone the recording, with the person's consent";
            return Err(VoicesError::field("clip", rule));
        }
        let voice = match &take.details.instructions {
            Some(own) if voice.description.is_empty() => NewVoice {
                description: own.clone(),
                ..voice
            },
            _ => voice,
        };
        voice.check()?;
        let encoded = self.encode_take(&take, held).await?;
        self.insert_spoken_from(workspace, voice, encoded, None, by)
            .await
    }

    /// Creates another name for a preset of an engine, with a description and a speed of its own.
    ///
    /// # Errors
    /// [`VoicesError`]; nothing was created then.
    pub async fn create_of_speaker(
        &self,
        workspace: &str,
        voice: NewVoice,
        speaker: &str,
        by: Option<&str>,
    ) -> Result<StoredVoice, VoicesError> {
        self.check_new(workspace, &voice).await?;
        let speaker = self.preset(speaker)?.to_string();
        let (id, now) = (VoiceKey::fresh(), now_ms());
        transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            self.check_number(count_voices!(connection, workspace))?;
            insert_voice!(
                connection, workspace, id, voice, Origin::Speaker, Some(speaker.as_str()), None::<&str>, now,
                revision, now
            );
            audit::count!(connection, id, audit::CREATED, by, now);
        });
        self.changed(workspace, &id).await
    }

    /// Inserts a voice whose anchor is a clip: a person's with the consent, or one of an engine.
    async fn insert_spoken_from(
        &self,
        workspace: &str,
        voice: NewVoice,
        encoded: EncodedPrompt,
        consent: Option<ConsentRecord>,
        by: Option<&str>,
    ) -> Result<StoredVoice, VoicesError> {
        let origin = match &consent {
            Some(_) => Origin::Recording,
            None => Origin::Description,
        };
        let (id, now) = (VoiceKey::fresh(), now_ms());
        transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            self.check_number(count_voices!(connection, workspace))?;
            // Before the row that names it. No clean-up deletes it meanwhile: it needs the same lock.
            let prompt = encoded.store(self.blobs(), None, Vec::new(), true, now).await?;
            if let Some(consent) = &consent {
                insert_consent!(connection, consent, id, workspace);
            }
            let consent = consent.as_ref().map(|consent| consent.id.as_str());
            insert_voice!(
                connection, workspace, id, voice, origin, None::<&str>, consent, now, revision, now
            );
            audit::count!(connection, id, audit::CREATED, by, now);
            insert_prompt!(connection, workspace, id, prompt, None::<&str>);
        });
        self.changed(workspace, &id).await
    }

    /// The preset of an engine with this id, in any case.
    pub(crate) fn preset(&self, speaker: &str) -> Result<VoiceId, VoicesError> {
        let none = |rule: String| VoicesError::field("speaker", rule);
        let id: VoiceId = speaker
            .parse()
            .map_err(|error| none(format!("is the id of an engine's voice: {error}")))?;
        let engine = self
            .engines()
            .synthesizer(&id.engine().to_ascii_lowercase());
        let voices = engine.map(|engine| engine.voices()).unwrap_or_default();
        let named = |exact: bool| {
            voices.iter().find(|voice| {
                let (own, name) = (voice.id.name(), id.name());
                voice.kind == VoiceKind::Preset
                    && match exact {
                        true => own == name,
                        false => own.eq_ignore_ascii_case(name),
                    }
            })
        };
        match named(true).or_else(|| named(false)) {
            None => Err(none(format!(
                "names no preset voice that is ready here: {id}"
            ))),
            Some(voice) if voice.of_person => Err(none(format!(
                "is the voice of a person: clone the recording, with the person's consent: {id}"
            ))),
            Some(voice) => Ok(voice.id.clone()),
        }
    }

    /// Checks what is said about a voice, and whether it may be added, before a clip is made or decoded; the
    /// insertion checks the latter again.
    ///
    /// # Errors
    /// [`VoicesError`].
    pub async fn check_new(&self, workspace: &str, voice: &NewVoice) -> Result<(), VoicesError> {
        voice.check()?;
        match self.live_voice_named(workspace, &voice.name).await? {
            Some(_) => Err(VoicesError::NameTaken),
            None => self.check_capacity(workspace, 0).await,
        }
    }

    /// The voice of a workspace with this name that is not deleted.
    pub(crate) async fn live_voice_named(
        &self,
        workspace: &str,
        name: &VoiceName,
    ) -> Result<Option<VoiceKey>, VoicesError> {
        let found: Option<String> = with_pool!(self.database(), pool => {
            sqlx::query_scalar(
                "SELECT id FROM voices WHERE workspace = $1 AND name_key = $2 AND deleted_at IS NULL",
            )
            .bind(workspace)
            .bind(name.key())
            .fetch_optional(pool)
            .await?
        });
        found.map(|id| parsed("id", &id)).transpose()
    }

    /// Whether another voice is allowed once so many are deleted; an insertion checks it again.
    pub(crate) async fn check_capacity(
        &self,
        workspace: &str,
        deleted: usize,
    ) -> Result<(), VoicesError> {
        let voices = with_pool!(self.database(), pool => {
            let mut connection = pool.acquire().await?;
            let connection = &mut *connection;
            count_voices!(connection, workspace)
        });
        self.check_number(voices - i64::try_from(deleted).unwrap_or(0))
    }

    /// Whether another voice is allowed beside so many.
    pub(crate) fn check_number(&self, voices: i64) -> Result<(), VoicesError> {
        let max = self.options().max_voices;
        match u64::try_from(voices) {
            Ok(voices) if voices < max => Ok(()),
            _ => Err(VoicesError::TooManyVoices(max)),
        }
    }
}
