//! Consents: given with a recording, kept with the voice, revoked at any time.

use mynah_database::{sqlx, transaction};
use mynah_speech::{Consent, ConsentBasis};

use crate::library::{Library, next_revision, now_ms};
use crate::{ConsentId, StoredVoice, VoiceKey, VoicesError, audit, name};

/// A person's agreement that their voice is used.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Its id.
    pub id: ConsentId,
    /// The speaker of the recording.
    pub speaker: String,
    /// What they agreed to, in their own words.
    pub statement: String,
    /// Why the recording may be used.
    pub basis: ConsentBasis,
    /// The id of the key that brought it; none where no key was needed.
    pub given_by: Option<String>,
    /// When, in milliseconds since 1970.
    pub given_at: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

/// Without names and words of people, which must not reach logs.
impl std::fmt::Debug for ConsentRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsentRecord")
            .field("id", &self.id)
            .field("basis", &self.basis)
            .field("given_at", &self.given_at)
            .field("revoked_at", &self.revoked_at)
            .finish_non_exhaustive()
    }
}

impl ConsentRecord {
    /// A record of a consent that is given now.
    pub(crate) fn new(consent: Consent, by: Option<&str>) -> Self {
        Self {
            id: ConsentId::fresh(),
            speaker: consent.speaker,
            statement: consent.statement,
            basis: consent.basis,
            given_by: by.map(str::to_owned),
            given_at: now_ms(),
            revoked_at: None,
        }
    }

    /// The same for engines.
    pub(crate) fn consent(&self) -> Consent {
        Consent {
            speaker: self.speaker.clone(),
            statement: self.statement.clone(),
            basis: self.basis,
            given_at: u64::try_from(self.given_at / 1_000).unwrap_or(0),
        }
    }
}

impl Library {
    /// Gives a consent for a voice, in place of an earlier one: a voice whose consent was revoked can be
    /// spoken again. `by` is the id of the key that brings it.
    ///
    /// # Errors
    /// [`VoicesError`].
    pub async fn give_consent(
        &self,
        workspace: &str,
        voice: &VoiceKey,
        consent: Consent,
        by: Option<&str>,
    ) -> Result<StoredVoice, VoicesError> {
        let record = ConsentRecord::new(consent, by);
        self.change_consent(workspace, voice, Some(record), by)
            .await
    }

    /// Revokes the consent of a voice, deleted or not: no process begins another text chunk with it. The
    /// voice stays in the library.
    ///
    /// # Errors
    /// [`VoicesError`].
    pub async fn revoke_consent(
        &self,
        workspace: &str,
        voice: &VoiceKey,
        by: Option<&str>,
    ) -> Result<StoredVoice, VoicesError> {
        self.change_consent(workspace, voice, None, by).await
    }

    /// Gives a consent, or revokes the one that a voice has.
    async fn change_consent(
        &self,
        workspace: &str,
        voice: &VoiceKey,
        given: Option<ConsentRecord>,
        by: Option<&str>,
    ) -> Result<StoredVoice, VoicesError> {
        let now = now_ms();
        let event = match given {
            Some(_) => audit::CONSENT_GIVEN,
            None => audit::CONSENT_REVOKED,
        };
        transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            if let Some(record) = &given {
                insert_consent!(connection, record, voice, workspace);
            }
            if let Some(record) = &given {
                let speakers: Vec<String> = sqlx::query_scalar(
                    "SELECT c.speaker FROM prompts p JOIN consents c ON c.id = p.consent_id \
                     WHERE p.voice_id = $1",
                )
                .bind(voice.as_str())
                .fetch_all(&mut *connection)
                .await?;
                let given = name::key(&record.speaker);
                if speakers.iter().any(|other| name::key(other) != given) {
                    let rule = "is another than that of the voice's recordings";
                    return Err(VoicesError::field("speaker", rule));
                }
            }
            // A voice that was erased has no recording, and gets no consent. One that was imported without a
            // consent has none to revoke.
            let changed = sqlx::query(
                "UPDATE voices SET consent_id = COALESCE($1, consent_id), version = version + 1, \
                 revision = $2, updated_at = $3 \
                 WHERE id = $4 AND workspace = $5 AND ($6 OR deleted_at IS NULL) \
                 AND (consent_id IS NOT NULL OR NOT $6 AND origin = 'recording' \
                      AND EXISTS (SELECT 1 FROM prompts WHERE voice_id = voices.id))",
            )
            .bind(given.as_ref().map(|record| record.id.as_str()))
            .bind(revision)
            .bind(now)
            .bind(voice.as_str())
            .bind(workspace)
            .bind(given.is_none())
            .execute(&mut *connection)
            .await?;
            if changed.rows_affected() == 0 {
                return Err(VoicesError::NotFound);
            }
            if given.is_none() {
                sqlx::query(
                    "UPDATE consents SET revoked_at = $1 WHERE revoked_at IS NULL \
                     AND id = (SELECT consent_id FROM voices WHERE id = $2)",
                )
                .bind(now)
                .bind(voice.as_str())
                .execute(&mut *connection)
                .await?;
            }
            audit::count!(connection, voice, event, by, now);
        });
        self.changed(workspace, voice).await
    }
}

/// Inserts a consent.
macro_rules! insert_consent {
    ($connection:ident, $record:expr, $voice:expr, $workspace:expr) => {
        sqlx::query(
            "INSERT INTO consents (id, voice_id, workspace, speaker, statement, basis, given_by, given_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind($record.id.as_str())
        .bind($voice.as_str())
        .bind($workspace)
        .bind(&$record.speaker)
        .bind(&$record.statement)
        .bind($record.basis.as_str())
        .bind($record.given_by.as_deref())
        .bind($record.given_at)
        .execute(&mut *$connection)
        .await?;
    };
}
pub(crate) use insert_consent;
