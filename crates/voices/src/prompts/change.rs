//! Changing and deleting prompts.

use mynah_database::{sqlx, transaction};
use mynah_speech::{Language, StyleName};

use crate::encoded_prompt::checked_transcript;
use crate::library::{Library, next_revision, now_ms};
use crate::new_voice::check_tags;
use crate::references::delete_prompts;
use crate::row::json;
use crate::{Prompt, PromptId, VoicesError, audit};

/// What to change of a prompt; what is none stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromptChange {
    /// Its style; an inner none takes it away.
    pub style: Option<Option<StyleName>>,
    /// Words to find it by.
    pub tags: Option<Vec<String>>,
    /// The words of the recording; engines read it anew then.
    pub transcript: Option<String>,
    /// The language of the recording.
    pub language: Option<Language>,
    /// Makes it the one that its voice is spoken from where no style is asked for. Only true.
    pub anchor: bool,
}

/// Counts a change of a voice whose prompts change, so that every process reads them again. Evaluates to an
/// error where it was deleted.
macro_rules! touch_voice {
    ($connection:ident, $workspace:expr, $voice:expr, $revision:expr, $now:expr) => {
        let touched = sqlx::query(
            "UPDATE voices SET version = version + 1, revision = $1, updated_at = $2 \
             WHERE id = $3 AND workspace = $4 AND deleted_at IS NULL",
        )
        .bind($revision)
        .bind($now)
        .bind($voice.as_str())
        .bind($workspace)
        .execute(&mut *$connection)
        .await?;
        if touched.rows_affected() == 0 {
            return Err(VoicesError::NotFound);
        }
    };
}
pub(crate) use touch_voice;

impl Library {
    /// Changes a prompt.
    ///
    /// # Errors
    /// [`VoicesError`]; nothing was changed then.
    pub async fn change_prompt(
        &self,
        workspace: &str,
        id: &PromptId,
        change: PromptChange,
        by: Option<&str>,
    ) -> Result<Prompt, VoicesError> {
        if let Some(tags) = &change.tags {
            check_tags(tags)?;
        }
        let transcript = change.transcript.as_deref();
        let words = checked_transcript("transcript", transcript)?;
        let style = match change.style.clone() {
            Some(style) => Some(self.known_style(workspace, style).await?),
            None => None,
        };
        let voice = self.prompt(workspace, id).await?.voice;
        let now = now_ms();
        transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            touch_voice!(connection, workspace, voice, revision, now);
            if change.anchor {
                sqlx::query("UPDATE prompts SET is_anchor = $1 WHERE voice_id = $2 AND id <> $3")
                    .bind(false)
                    .bind(voice.as_str())
                    .bind(id.as_str())
                    .execute(&mut *connection)
                    .await?;
            }
            // What this leaves out stays as another change may have left it.
            let changed = sqlx::query(
                "UPDATE prompts SET style = CASE WHEN $1 THEN $2 ELSE style END, \
                 tags = COALESCE($3, tags), transcript = CASE WHEN $4 THEN $5 ELSE transcript END, \
                 x_vector_only = CASE WHEN $4 THEN $6 ELSE x_vector_only END, \
                 language = COALESCE($7, language), is_anchor = is_anchor OR $8 WHERE id = $9",
            )
            .bind(style.is_some())
            .bind(style.as_ref().and_then(Option::as_ref).map(ToString::to_string))
            .bind(change.tags.as_ref().map(json))
            .bind(transcript.is_some())
            .bind(words.as_deref())
            .bind(words.is_none())
            .bind(change.language.as_ref().map(ToString::to_string))
            .bind(change.anchor)
            .bind(id.as_str())
            .execute(&mut *connection)
            .await?;
            if changed.rows_affected() == 0 {
                return Err(VoicesError::NoSuchPrompt);
            }
            audit::count!(connection, voice, audit::PROMPT_CHANGED, by, now);
        });
        self.refresh_after_change().await;
        Ok(self.prompt(workspace, id).await?.prompt)
    }

    /// Deletes a prompt with its recording, and what engines made of it.
    ///
    /// # Errors
    /// [`VoicesError::PromptInUse`] for the anchor.
    pub async fn delete_prompt(
        &self,
        workspace: &str,
        id: &PromptId,
        by: Option<&str>,
    ) -> Result<(), VoicesError> {
        let voice = self.prompt(workspace, id).await?.voice;
        let now = now_ms();
        let objects = transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            touch_voice!(connection, workspace, voice, revision, now);
            let anchor: Option<bool> =
                sqlx::query_scalar("SELECT is_anchor FROM prompts WHERE id = $1")
                    .bind(id.as_str())
                    .fetch_optional(&mut *connection)
                    .await?;
            if anchor.ok_or(VoicesError::NoSuchPrompt)? {
                return Err(VoicesError::PromptInUse);
            }
            sqlx::query(
                "DELETE FROM consents WHERE id = (SELECT consent_id FROM prompts WHERE id = $1) \
                 AND NOT EXISTS (SELECT 1 FROM voices WHERE consent_id = consents.id)",
            )
            .bind(id.as_str())
            .execute(&mut *connection)
            .await?;
            let objects = delete_prompts!(connection, "p.id = $1", id);
            audit::count!(connection, voice, audit::PROMPT_DELETED, by, now);
            objects
        });
        self.refresh_after_change().await;
        self.delete_unreferenced(&objects).await
    }
}
