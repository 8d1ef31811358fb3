//! Adding, changing and deleting prompts.

use mynah_database::{sqlx, transaction};
use mynah_speech::{Consent, Language, StyleKind, StyleName, StyleRef};

use super::insert_prompt;
use crate::consent::insert_consent;
use crate::library::{Library, next_revision, now_ms};
use crate::new_voice::check_tags;
use crate::recorded_prompt::checked_transcript;
use crate::references::delete_prompts;
use crate::row::json;
use crate::{
    ConsentRecord, Prompt, PromptId, RecordedPrompt, StoredVoice, VoiceKey, VoicesError, audit,
    name,
};

/// The most prompts of a voice.
const MAX_PROMPTS: i64 = 200;

/// A prompt to add to a voice.
#[derive(Clone)]
pub struct NewPrompt {
    /// The style of the recording; none where it has none.
    pub style: Option<StyleName>,
    /// At most 32 words to find it by, each of 1 to 64 characters.
    pub tags: Vec<String>,
    /// The recording.
    pub recorded: RecordedPrompt,
}

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

impl Library {
    /// Adds a recording to a voice. `held` is dropped once it is decoded, as in [`Library::create`].
    ///
    /// # Errors
    /// [`VoicesError`]; nothing was added then.
    pub async fn add_prompt(
        &self,
        workspace: &str,
        voice: &VoiceKey,
        new: NewPrompt,
        consent: Consent,
        by: Option<&str>,
        held: impl Send + 'static,
    ) -> Result<Prompt, VoicesError> {
        check_tags(&new.tags)?;
        let style = self.known_style(workspace, new.style).await?;
        // Before the recording is decoded; the insertion checks it again.
        let stored = self.get(workspace, voice).await?;
        check_number(i64::try_from(stored.prompts.len()).unwrap_or(i64::MAX))?;
        check_speaker(&stored, &consent)?;
        let recorded = self.encode_prompt(new.recorded, held).await?;
        let consent = ConsentRecord::new(consent, by);
        let now = now_ms();
        let prompt = transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            let prompts: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM prompts WHERE voice_id = $1")
                .bind(voice.as_str())
                .fetch_one(&mut *connection)
                .await?;
            check_number(prompts)?;
            touch_voice!(connection, workspace, voice, revision, now);
            // Before the row that names it. No clean-up deletes it meanwhile: it needs the same lock.
            let tags = new.tags.clone();
            let prompt = recorded.store(self.blobs(), style.clone(), tags, false, now).await?;
            insert_consent!(connection, consent, voice, workspace);
            // Its consent is beside the voice's own, as evidence for this recording.
            let consent = Some(consent.id.as_str());
            insert_prompt!(connection, workspace, voice, prompt, consent);
            audit::count!(connection, voice, audit::PROMPT_ADDED, by, now);
            prompt
        });
        self.refresh_after_change().await;
        Ok(prompt)
    }

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

    /// The style of a name, as the workspace has it; none for speech without a style.
    async fn known_style(
        &self,
        workspace: &str,
        style: Option<StyleName>,
    ) -> Result<Option<StyleRef>, VoicesError> {
        let Some(named) = style else {
            return Ok(None);
        };
        let stored = self.stored_style(workspace, named.key()).await;
        let style = stored.ok_or_else(|| {
            let rule = format!("names no style of the workspace: {}", named.key());
            VoicesError::field("style", rule)
        })?;
        let style = style.style;
        let variant = style.variant(&named)?;
        Ok(Some(style.name_of(variant)).filter(|_| style.kind != StyleKind::Neutral))
    }
}

/// Ok where the consent of a recording is that of the voice's own speaker.
fn check_speaker(voice: &StoredVoice, consent: &Consent) -> Result<(), VoicesError> {
    let own = voice
        .consent
        .as_ref()
        .map(|record| name::key(&record.speaker));
    match own.is_none_or(|own| own == name::key(&consent.speaker)) {
        true => Ok(()),
        false => Err(VoicesError::field(
            "consent",
            "names another speaker than that of the voice",
        )),
    }
}

fn check_number(prompts: i64) -> Result<(), VoicesError> {
    match prompts < MAX_PROMPTS {
        true => Ok(()),
        false => Err(VoicesError::TooManyPrompts(MAX_PROMPTS)),
    }
}
