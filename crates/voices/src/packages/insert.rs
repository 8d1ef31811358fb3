//! The rows of an imported voice, beside those that are there.

use mynah_database::{sqlx, transaction, with_pool};
use mynah_speech::StyleVariant;

use super::check::CheckedPrompt;
use super::import::{CheckedPackage, ImportConflict, ImportedVoice};
use crate::consent::insert_consent;
use crate::create::{count_voices, insert_voice};
use crate::library::{Library, next_revision, now_ms};
use crate::prompts::insert_prompt;
use crate::{StoredVoice, VoiceKey, VoiceName, VoicesError, audit};

/// The highest number after a name.
const MAX_NUMBER: u32 = 1_000;

/// What is inserted.
pub(super) struct PlannedVoice {
    id: VoiceKey,
    /// The id in the package.
    stated: Option<VoiceKey>,
    pub(super) package: CheckedPackage,
    /// Voices that are deleted first.
    replaced: Vec<VoiceKey>,
}

impl std::ops::Deref for PlannedVoice {
    type Target = CheckedPackage;

    fn deref(&self) -> &CheckedPackage {
        &self.package
    }
}

impl Library {
    /// Decides the name and the id of an imported voice, and which voices it replaces.
    pub(super) async fn plan(
        &self,
        workspace: &str,
        mut package: CheckedPackage,
        on_conflict: ImportConflict,
        version: u32,
    ) -> Result<(PlannedVoice, ImportedVoice), VoicesError> {
        let by_name = self
            .live_voice_named(workspace, &package.voice.voice.name)
            .await?;
        let stated = package.voice.id.take();
        let (of_id, is_used) = match &stated {
            Some(id) => self.voice_of_id(workspace, id).await?,
            None => (None, false),
        };
        let mut replaced = Vec::new();
        match on_conflict {
            ImportConflict::Fail => match (by_name, of_id) {
                (Some(_), _) => return Err(VoicesError::NameTaken),
                (None, Some(id)) => return Err(VoicesError::IdTaken(id)),
                (None, None) => {}
            },
            ImportConflict::NewId if by_name.is_some() => return Err(VoicesError::NameTaken),
            ImportConflict::Rename if by_name.is_some() => {
                let name = self.free_name(workspace, &package.voice.voice.name).await?;
                package.voice.voice.name = name;
            }
            ImportConflict::NewId | ImportConflict::Rename => {}
            ImportConflict::Replace => {
                replaced.extend(by_name);
                replaced.extend(of_id);
                replaced.dedup();
            }
        }
        if let Some(id) = &stated {
            self.lock_revoked(workspace, id, &mut package).await?;
        }
        let keeps_id = !is_used && on_conflict != ImportConflict::NewId;
        let id = stated.clone().filter(|_| keeps_id);
        let id = id.unwrap_or_else(VoiceKey::fresh);
        let mut unknown_styles = Vec::new();
        for CheckedPrompt { prompt, .. } in &package.prompts {
            let Some(style) = &prompt.style else { continue };
            let stored = self.stored_style(workspace, &style.key).await;
            let is_variant = |own: &StyleVariant| own.intensity == style.intensity;
            if !stored.is_some_and(|own| own.style.variants.iter().any(is_variant)) {
                unknown_styles.push(style.to_string());
            }
        }
        self.check_room(workspace, replaced.len()).await?;
        let voice = &package.voice;
        let report = ImportedVoice {
            voice: None,
            name: voice.voice.name.clone(),
            version,
            prompts: package.prompts.len(),
            locked: voice.origin == crate::Origin::Recording && voice.consent.is_none(),
            replaced: replaced.clone(),
            unknown_styles,
        };
        let planned = PlannedVoice {
            id,
            stated,
            package,
            replaced,
        };
        Ok((planned, report))
    }

    /// Takes the consent from a package whose speaker has revoked it here since it was given: an older file
    /// does not bring it back.
    async fn lock_revoked(
        &self,
        workspace: &str,
        stated: &VoiceKey,
        package: &mut CheckedPackage,
    ) -> Result<(), VoicesError> {
        let revoked: Option<i64> = with_pool!(self.database(), pool => {
            sqlx::query_scalar(
                "SELECT c.revoked_at FROM consents c JOIN voices v ON v.id = c.voice_id \
                 WHERE v.id = $1 AND v.workspace = $2 AND c.revoked_at IS NOT NULL \
                 ORDER BY c.revoked_at DESC LIMIT 1",
            )
            .bind(stated.as_str())
            .bind(workspace)
            .fetch_optional(pool)
            .await?
        });
        let is_revoked = |given_at: i64| revoked.is_some_and(|revoked| revoked >= given_at);
        package
            .voice
            .consent
            .take_if(|own| is_revoked(own.given_at));
        Ok(())
    }

    /// Whether another voice is allowed once so many are deleted; the insertion checks it again.
    async fn check_room(&self, workspace: &str, replaced: usize) -> Result<(), VoicesError> {
        let voices = with_pool!(self.database(), pool => {
            let mut connection = pool.acquire().await?;
            let connection = &mut *connection;
            count_voices!(connection, workspace)
        });
        self.check_number(voices - i64::try_from(replaced).unwrap_or(0))
    }

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

    /// The voice of a workspace with this name that is not deleted.
    async fn live_voice_named(
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
        found.map(|id| crate::row::parsed("id", &id)).transpose()
    }

    /// The voice of a workspace with this id, where it is not deleted, and whether any voice has the id.
    async fn voice_of_id(
        &self,
        workspace: &str,
        id: &VoiceKey,
    ) -> Result<(Option<VoiceKey>, bool), VoicesError> {
        let found: Option<(String, Option<i64>)> = with_pool!(self.database(), pool => {
            sqlx::query_as("SELECT workspace, deleted_at FROM voices WHERE id = $1")
                .bind(id.as_str())
                .fetch_optional(pool)
                .await?
        });
        let is_own =
            |(owner, deleted): &(String, Option<i64>)| owner == workspace && deleted.is_none();
        let own = found.as_ref().is_some_and(is_own);
        Ok((own.then(|| id.clone()), found.is_some()))
    }

    /// A name with a number after it that no voice of the workspace has.
    async fn free_name(&self, workspace: &str, name: &VoiceName) -> Result<VoiceName, VoicesError> {
        for number in 2..=MAX_NUMBER {
            let suffix = format!(" {number}");
            let room = VoiceName::MAX_CHARS - suffix.chars().count();
            let begin: String = name.as_str().chars().take(room).collect();
            let numbered = VoiceName::new(&(begin.trim_end().to_owned() + &suffix))?;
            if self.live_voice_named(workspace, &numbered).await?.is_none() {
                return Ok(numbered);
            }
        }
        Err(VoicesError::NameTaken)
    }
}
