//! Changing, deleting and restoring voices.

use mynah_database::{sqlx, transaction};
use mynah_speech::Language;

use crate::create::count_voices;

use crate::library::{Library, next_revision, now_ms};
use crate::references::delete_prompts;
use crate::row::json;
use crate::takes::delete_takes;
use crate::{NewVoice, RESTORE_PERIOD, StoredVoice, VoiceKey, VoiceName, VoicesError, audit};

/// What to change of a voice; what is none stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VoiceChange {
    /// Its name.
    pub name: Option<VoiceName>,
    /// How it sounds, in words.
    pub description: Option<String>,
    /// The languages it speaks, best first.
    pub languages: Option<Vec<Language>>,
    /// Words to find it by.
    pub tags: Option<Vec<String>>,
    /// Its speed where a request names none.
    pub speed: Option<f64>,
    /// Whether other workspaces may speak with it.
    pub public: Option<bool>,
}

impl Library {
    /// Changes a voice. With `if_version` only where it has this version; without, after the changes of
    /// others.
    ///
    /// # Errors
    /// [`VoicesError`]; nothing was changed then.
    pub async fn change(
        &self,
        workspace: &str,
        id: &VoiceKey,
        change: VoiceChange,
        if_version: Option<i64>,
    ) -> Result<StoredVoice, VoicesError> {
        loop {
            let stored = self.get(workspace, id).await?;
            if if_version.is_some_and(|version| version != stored.version) {
                return Err(VoicesError::VersionMismatch(stored.version));
            }
            let version = stored.version;
            // Another change came in between: this one is made on top of it.
            if self.try_change(stored, change.clone()).await? {
                return self.changed(workspace, id).await;
            }
            if if_version.is_some() {
                return Err(VoicesError::VersionMismatch(version));
            }
        }
    }

    /// Changes a voice as it was read; false where it was changed since.
    async fn try_change(
        &self,
        stored: StoredVoice,
        change: VoiceChange,
    ) -> Result<bool, VoicesError> {
        let voice = NewVoice {
            name: change.name.unwrap_or(stored.name),
            description: change.description.unwrap_or(stored.description),
            languages: change.languages.unwrap_or(stored.languages),
            tags: change.tags.unwrap_or(stored.tags),
            speed: change.speed.unwrap_or(stored.speed),
            public: change.public.unwrap_or(stored.public),
        };
        voice.check()?;
        let changed = transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            let changed = sqlx::query(
                "UPDATE voices SET name = $1, name_key = $2, description = $3, languages = $4, tags = $5, \
                 speed = $6, is_public = $7, version = version + 1, revision = $8, updated_at = $9 \
                 WHERE id = $10 AND version = $11 AND deleted_at IS NULL",
            )
            .bind(voice.name.as_str())
            .bind(voice.name.key())
            .bind(&voice.description)
            .bind(json(&voice.languages))
            .bind(json(&voice.tags))
            .bind(voice.speed)
            .bind(voice.public)
            .bind(revision)
            .bind(now_ms())
            .bind(stored.id.as_str())
            .bind(stored.version)
            .execute(&mut *connection)
            .await?;
            changed.rows_affected()
        });
        Ok(changed > 0)
    }

    /// Deletes a voice. It can be restored for [`crate::RESTORE_PERIOD`].
    ///
    /// # Errors
    /// [`VoicesError`].
    pub async fn delete(
        &self,
        workspace: &str,
        id: &VoiceKey,
        by: Option<&str>,
    ) -> Result<(), VoicesError> {
        let now = now_ms();
        transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            let deleted = sqlx::query(
                "UPDATE voices SET deleted_at = $1, version = version + 1, revision = $2, updated_at = $1 \
                 WHERE id = $3 AND workspace = $4 AND deleted_at IS NULL",
            )
            .bind(now)
            .bind(revision)
            .bind(id.as_str())
            .bind(workspace)
            .execute(&mut *connection)
            .await?;
            if deleted.rows_affected() == 0 {
                return Err(VoicesError::NotFound);
            }
            audit::count!(connection, id, audit::DELETED, by, now);
        });
        self.refresh_after_change().await;
        Ok(())
    }

    /// Restores a voice that was deleted.
    ///
    /// # Errors
    /// [`VoicesError::NameTaken`] where another voice has its name by now; [`VoicesError::NotFound`]
    /// where it is not deleted, was erased or was deleted too long ago.
    pub async fn restore(
        &self,
        workspace: &str,
        id: &VoiceKey,
        by: Option<&str>,
    ) -> Result<StoredVoice, VoicesError> {
        let now = now_ms();
        transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            self.check_number(count_voices!(connection, workspace))?;
            // One that was erased has neither.
            let restored = sqlx::query(
                "UPDATE voices SET deleted_at = NULL, version = version + 1, revision = $1, \
                 updated_at = $2 \
                 WHERE id = $3 AND workspace = $4 AND deleted_at >= $5 \
                 AND (speaker IS NOT NULL OR EXISTS (SELECT 1 FROM prompts WHERE voice_id = $3))",
            )
            .bind(revision)
            .bind(now)
            .bind(id.as_str())
            .bind(workspace)
            .bind(restorable_since(now))
            .execute(&mut *connection)
            .await?;
            if restored.rows_affected() == 0 {
                return Err(VoicesError::NotFound);
            }
            audit::count!(connection, id, audit::RESTORED, by, now);
        });
        self.changed(workspace, id).await
    }

    /// Erases a voice, deleted or not: its clips and takes, what engines made of them, its consents and all words
    /// about it. Its id and its audit stay.
    ///
    /// # Errors
    /// [`VoicesError`].
    pub async fn erase(
        &self,
        workspace: &str,
        id: &VoiceKey,
        by: Option<&str>,
    ) -> Result<(), VoicesError> {
        self.erase_if_deleted_before(None, workspace, id, by).await
    }

    /// The same, only where it was deleted before a time.
    pub(crate) async fn erase_if_deleted_before(
        &self,
        before: Option<i64>,
        workspace: &str,
        id: &VoiceKey,
        by: Option<&str>,
    ) -> Result<(), VoicesError> {
        let now = now_ms();
        let objects = transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            // No name that a person gave: it only has to be one.
            let erased = sqlx::query(
                "UPDATE voices SET name = 'erased', name_key = 'erased', description = '', \
                 languages = '[]', tags = '[]', speaker = NULL, consent_id = NULL, \
                 deleted_at = COALESCE(deleted_at, $1), version = version + 1, revision = $2, \
                 updated_at = $1 \
                 WHERE id = $3 AND workspace = $4 AND ($5 OR deleted_at < $6)",
            )
            .bind(now)
            .bind(revision)
            .bind(id.as_str())
            .bind(workspace)
            .bind(before.is_none())
            .bind(before.unwrap_or(0))
            .execute(&mut *connection)
            .await?;
            if erased.rows_affected() == 0 {
                return Err(VoicesError::NotFound);
            }
            let mut objects = delete_prompts!(connection, "p.voice_id = $1", id);
            objects.extend(delete_takes!(connection, "t.voice_id = $1", id));
            sqlx::query("DELETE FROM consents WHERE voice_id = $1")
                .bind(id.as_str())
                .execute(&mut *connection)
                .await?;
            audit::count!(connection, id, audit::ERASED, by, now);
            objects
        });
        self.refresh_after_change().await;
        self.delete_unreferenced(&objects).await
    }
}

/// The time before which a deleted voice can no longer be restored.
pub(crate) fn restorable_since(now: i64) -> i64 {
    now - i64::try_from(RESTORE_PERIOD.as_millis()).unwrap_or(i64::MAX)
}
