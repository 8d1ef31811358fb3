//! The rows of an imported voice.

use mynah_database::{sqlx, transaction};

use super::check::CheckedPrompt;
use super::plan::PlannedVoice;
use crate::consent::insert_consent;
use crate::create::{count_voices, insert_voice};
use crate::library::{Library, next_revision, now_ms};
use crate::prompts::insert_prompt;
use crate::{StoredVoice, VoiceKey, VoicesError, audit};

impl Library {
    /// Stores the objects of a voice, and inserts it. Where one of both fails, the objects are deleted again.
    pub(super) async fn insert_stored(
        &self,
        workspace: &str,
        planned: &PlannedVoice,
        stored: impl Future<Output = Result<(), VoicesError>>,
        by: Option<&str>,
    ) -> Result<StoredVoice, VoicesError> {
        let inserted = match stored.await {
            Ok(()) => self.insert_imported(workspace, planned, by).await,
            Err(error) => Err(error),
        };
        let clips = planned
            .package
            .prompts
            .iter()
            .map(|own| own.prompt.clip.blob.clone());
        if inserted.is_err()
            && let Err(error) = self.delete_unreferenced(&clips.collect::<Vec<_>>()).await
        {
            tracing::warn!(%error, "imported_clips_not_deleted");
        }
        inserted?;
        self.changed(workspace, &planned.id).await
    }

    async fn insert_imported(
        &self,
        workspace: &str,
        planned: &PlannedVoice,
        by: Option<&str>,
    ) -> Result<(), VoicesError> {
        let (id, own, now) = (&planned.id, &planned.package.voice, now_ms());
        transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            for replaced in &planned.replaced {
                // Only where it is still in the way: it may have another name by now, or be deleted.
                let deleted = sqlx::query(
                    "UPDATE voices SET deleted_at = $1, version = version + 1, revision = $2, updated_at = $1 \
                     WHERE id = $3 AND workspace = $4 AND deleted_at IS NULL \
                     AND (name_key = $5 OR id = $6)",
                )
                .bind(now)
                .bind(revision)
                .bind(replaced.as_str())
                .bind(workspace)
                .bind(own.voice.name.key())
                .bind(planned.stated.as_ref().map_or("", VoiceKey::as_str))
                .execute(&mut *connection)
                .await?;
                if deleted.rows_affected() > 0 {
                    audit::count!(connection, replaced, audit::DELETED, by, now);
                }
            }
            self.check_number(count_voices!(connection, workspace))?;
            if let Some(consent) = &own.consent {
                insert_consent!(connection, consent, id, workspace);
            }
            let consent = own.consent.as_ref().map(|consent| consent.id.as_str());
            insert_voice!(
                connection, workspace, id, own.voice, own.origin, own.speaker.as_deref(), consent,
                own.created_at, revision, now
            );
            for CheckedPrompt { prompt, consent } in &planned.package.prompts {
                // Under the lock that deletes objects: one that another voice had may be gone.
                if !self.blobs().exists(&prompt.clip.blob).await? {
                    return Err(VoicesError::Corrupt("a clip was deleted meanwhile".into()));
                }
                if let Some(consent) = consent {
                    insert_consent!(connection, consent, id, workspace);
                }
                let consent = consent.as_ref().map(|consent| consent.id.as_str());
                insert_prompt!(connection, workspace, id, prompt, consent);
            }
            audit::count!(connection, id, audit::IMPORTED, by, now);
        });
        Ok(())
    }
}
