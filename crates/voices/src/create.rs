//! Creating voices.

use mynah_database::{sqlx, transaction, with_pool};
use mynah_speech::Consent;

use crate::consent::insert_consent;
use crate::library::{Library, next_revision, now_ms};
use crate::prompts::insert_prompt;
use crate::row::{json, word_of};
use crate::{
    ConsentRecord, NewVoice, Origin, RecordedPrompt, StoredVoice, VoiceKey, VoiceName, VoicesError,
    audit,
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
        voice.check()?;
        // Before the recording is decoded; the insertion checks it again.
        self.check_name_and_number(workspace, &voice.name).await?;
        let recorded = self.encode_prompt(recorded, held).await?;
        let id = VoiceKey::fresh();
        let consent = ConsentRecord::new(consent, by);
        let now = now_ms();
        transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            self.check_number(count_voices!(connection, workspace))?;
            // Before the row that names it. No clean-up deletes it meanwhile: it needs the same lock.
            let prompt = recorded.store(self.blobs(), None, Vec::new(), true, now).await?;
            insert_consent!(connection, consent, id, workspace);
            sqlx::query(
                "INSERT INTO voices (id, workspace, name, name_key, origin, description, languages, \
                 tags, speed, is_public, consent_id, version, revision, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13, $13)",
            )
            .bind(id.as_str())
            .bind(workspace)
            .bind(voice.name.as_str())
            .bind(voice.name.key())
            .bind(word_of(&Origin::Recording))
            .bind(&voice.description)
            .bind(json(&voice.languages))
            .bind(json(&voice.tags))
            .bind(voice.speed)
            .bind(voice.public)
            .bind(consent.id.as_str())
            .bind(revision)
            .bind(now)
            .execute(&mut *connection)
            .await?;
            insert_prompt!(connection, workspace, id, prompt, None::<&str>);
            audit::count!(connection, id, audit::CREATED, by, now);
        });
        self.changed(workspace, &id).await
    }

    /// Whether the name is free and another voice is allowed, before a recording is decoded.
    async fn check_name_and_number(
        &self,
        workspace: &str,
        name: &VoiceName,
    ) -> Result<(), VoicesError> {
        let (voices, taken): (i64, i64) = with_pool!(self.database(), pool => {
            let mut connection = pool.acquire().await?;
            let connection = &mut *connection;
            let voices = count_voices!(connection, workspace);
            let taken = sqlx::query_scalar(
                "SELECT COUNT(*) FROM voices \
                 WHERE workspace = $1 AND name_key = $2 AND deleted_at IS NULL",
            )
            .bind(workspace)
            .bind(name.key())
            .fetch_one(&mut *connection)
            .await?;
            (voices, taken)
        });
        match taken {
            0 => self.check_number(voices),
            _ => Err(VoicesError::NameTaken),
        }
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
