//! Which name and id an imported voice gets, and what is in its way.

use mynah_database::{sqlx, with_pool};
use mynah_speech::StyleVariant;

use super::check::CheckedPrompt;
use super::import::{CheckedPackage, ImportConflict, ImportedVoice};
use crate::library::Library;
use crate::{Origin, StoredVoice, VoiceKey, VoiceName, VoicesError};

/// The highest number after a name.
const MAX_NUMBER: u32 = 1_000;

/// What is inserted.
pub(super) struct PlannedVoice {
    pub(super) id: VoiceKey,
    /// The id in the package.
    pub(super) stated: Option<VoiceKey>,
    pub(super) package: CheckedPackage,
    /// Voices that are deleted first.
    pub(super) replaced: Vec<VoiceKey>,
    unknown_styles: Vec<String>,
}

impl PlannedVoice {
    /// What was imported, or would have been.
    pub(super) fn report(self, version: u32, voice: Option<StoredVoice>) -> ImportedVoice {
        let own = self.package.voice;
        ImportedVoice {
            voice,
            locked: own.origin == Origin::Recording && own.consent.is_none(),
            name: own.voice.name,
            version,
            prompts: self.package.prompts.len(),
            replaced: self.replaced,
            unknown_styles: self.unknown_styles,
        }
    }
}

impl Library {
    /// Decides the name and the id of an imported voice, and which voices it replaces.
    pub(super) async fn plan(
        &self,
        workspace: &str,
        mut package: CheckedPackage,
        on_conflict: ImportConflict,
    ) -> Result<PlannedVoice, VoicesError> {
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
        self.check_capacity(workspace, replaced.len()).await?;
        Ok(PlannedVoice {
            id,
            stated,
            package,
            replaced,
            unknown_styles,
        })
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
