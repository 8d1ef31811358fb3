//! Adding prompts to voices.

use mynah_database::{sqlx, transaction};
use mynah_speech::{Consent, StyleKind, StyleName, StyleRef};

use super::change::touch_voice;
use super::insert_prompt;
use crate::consent::insert_consent;
use crate::encoded_prompt::EncodedPrompt;
use crate::library::{Library, next_revision, now_ms};
use crate::new_voice::check_tags;
use crate::{
    ClipId, ConsentRecord, Origin, Prompt, RecordedPrompt, StoredVoice, Take, VoiceKey,
    VoicesError, audit, name,
};

/// The most prompts of a voice.
const MAX_PROMPTS: i64 = mynah_voice_package::MAX_PROMPTS as i64;

/// A recording to add to a voice.
#[derive(Clone)]
pub struct NewPrompt {
    /// The style of the recording; none where it has none.
    pub style: Option<StyleName>,
    /// At most 32 words to find it by, each of 1 to 64 characters.
    pub tags: Vec<String>,
    /// The recording.
    pub recorded: RecordedPrompt,
}

/// A take to add to a voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPromptOfTake {
    /// The take.
    pub clip: ClipId,
    /// Its style; none for the one that it was spoken in.
    pub style: Option<StyleName>,
    /// At most 32 words to find it by, each of 1 to 64 characters.
    pub tags: Vec<String>,
}

/// A prompt to insert.
struct PreparedPrompt {
    encoded: EncodedPrompt,
    style: Option<StyleRef>,
    tags: Vec<String>,
    /// The one that came with the clip, as evidence beside the voice's own.
    consent: Option<ConsentRecord>,
}

impl Library {
    /// Adds a recording to the voice of a person. `held` is dropped once it is decoded, as in
    /// [`Library::create`].
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
        let stored = self.voice_for_prompt(workspace, voice).await?;
        check_speaker(&stored, &consent)?;
        let encoded = self.encode_recording(new.recorded, held).await?;
        let prepared = PreparedPrompt {
            encoded,
            style,
            tags: new.tags,
            consent: Some(ConsentRecord::new(consent, by)),
        };
        self.insert(workspace, voice, prepared, by).await
    }

    /// Adds a take to a voice. The prompt has a clip of its own: deleting the take leaves it.
    ///
    /// # Errors
    /// [`VoicesError`]; nothing was added then. A take of a person's voice can be added to this voice alone.
    pub async fn add_take(
        &self,
        workspace: &str,
        voice: &VoiceKey,
        new: NewPromptOfTake,
        by: Option<&str>,
        held: impl Send + 'static,
    ) -> Result<Prompt, VoicesError> {
        check_tags(&new.tags)?;
        let take = self.take(workspace, &new.clip).await?;
        let style = match new.style {
            Some(style) => self.known_style(workspace, Some(style)).await?,
            None => self.style_of_take(workspace, &take).await,
        };
        let stored = self.voice_for_prompt(workspace, voice).await?;
        check_take(&stored, &take)?;
        let encoded = self.encode_take(&take, held).await?;
        let prepared = PreparedPrompt {
            encoded,
            style,
            tags: new.tags,
            consent: None,
        };
        self.insert(workspace, voice, prepared, by).await
    }

    /// The voice that a prompt is to be added to, before its clip is decoded; the insertion checks it again.
    async fn voice_for_prompt(
        &self,
        workspace: &str,
        voice: &VoiceKey,
    ) -> Result<StoredVoice, VoicesError> {
        let stored = self.get(workspace, voice).await?;
        check_number(i64::try_from(stored.prompts.len()).unwrap_or(i64::MAX))?;
        Ok(stored)
    }

    async fn insert(
        &self,
        workspace: &str,
        voice: &VoiceKey,
        new: PreparedPrompt,
        by: Option<&str>,
    ) -> Result<Prompt, VoicesError> {
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
            let (style, tags) = (new.style.clone(), new.tags.clone());
            let prompt = new.encoded.store(self.blobs(), style, tags, false, now).await?;
            if let Some(consent) = &new.consent {
                insert_consent!(connection, consent, voice, workspace);
            }
            let consent = new.consent.as_ref().map(|consent| consent.id.as_str());
            insert_prompt!(connection, workspace, voice, prompt, consent);
            audit::count!(connection, voice, audit::PROMPT_ADDED, by, now);
            prompt
        });
        self.refresh_after_change().await;
        Ok(prompt)
    }

    /// The style of a name, as the workspace has it; none for speech without a style.
    pub(super) async fn known_style(
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

    /// The style that a take was spoken in, where the workspace still has it.
    async fn style_of_take(&self, workspace: &str, take: &Take) -> Option<StyleRef> {
        let spoken = take.details.style.clone()?;
        let stored = self.stored_style(workspace, &spoken.key).await?;
        Some(spoken).filter(|_| stored.style.kind != StyleKind::Neutral)
    }
}

/// Ok where the consent of a recording is that of the voice's own speaker.
fn check_speaker(voice: &StoredVoice, consent: &Consent) -> Result<(), VoicesError> {
    if voice.origin != Origin::Recording {
        let rule = "cannot be added: the voice is no person's; make a voice of the recording";
        return Err(VoicesError::field("audio", rule));
    }
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

/// Ok where a take may be spoken from by a voice: a person's voice is never another one's.
fn check_take(voice: &StoredVoice, take: &Take) -> Result<(), VoicesError> {
    let is_own = take.details.kept_voice.as_deref() == Some(voice.id.as_str());
    let rule = match voice.origin {
        Origin::Recording if is_own => return Ok(()),
        Origin::Description if !take.details.of_person => return Ok(()),
        Origin::Recording => "is not a take of this voice, whose speaker agreed to it",
        Origin::Description => "is a take of a person's voice, and this voice is no person's",
        Origin::Speaker => "cannot be added: the voice is another name of an engine's",
    };
    Err(VoicesError::field("clip", rule))
}
