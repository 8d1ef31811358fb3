//! Lists of prompts.

use mynah_database::{sqlx, with_pool};
use mynah_speech::{Language, StyleKey, StyleName};

use crate::library::Library;
use crate::row::{self, PromptRow, select_prompts};
use crate::{Prompt, PromptId, VoiceKey, VoicesError, name};

/// Which prompts are wanted. Every part that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptQuery {
    /// Words in the transcript or the tags, in any case and with any accents.
    pub text: Option<String>,
    /// The voice.
    pub voice: Option<VoiceKey>,
    /// The style: an emotion, in any intensity or in one, or a mode.
    pub style: Option<StyleName>,
    /// The intensity of an emotion.
    pub intensity: Option<StyleKey>,
    /// All of these tags.
    pub tags: Vec<String>,
    /// The language of the recording.
    pub language: Option<Language>,
    /// Prompts after this one: a cursor of [`PromptList`].
    pub cursor: Option<PromptId>,
    /// At most so many.
    pub limit: usize,
}

/// A prompt and its voice.
#[derive(Clone, Debug, PartialEq)]
pub struct VoicePrompt {
    /// The voice.
    pub voice: VoiceKey,
    /// The prompt.
    pub prompt: Prompt,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptList {
    /// The prompts, the earliest first.
    pub items: Vec<VoicePrompt>,
    /// Where the next part begins; none at the end.
    pub next_cursor: Option<PromptId>,
    /// How many prompts there are in all parts.
    pub total: usize,
}

impl Library {
    /// The prompts of a workspace whose voices are not deleted, the earliest first.
    ///
    /// # Errors
    /// [`VoicesError`].
    pub async fn prompts(
        &self,
        workspace: &str,
        query: &PromptQuery,
    ) -> Result<PromptList, VoicesError> {
        let rows = with_pool!(self.database(), pool => {
            sqlx::query_as::<_, PromptRow>(select_prompts!(
                "WHERE v.workspace = $1 AND v.deleted_at IS NULL AND ($2 = '' OR v.id = $2)"
            ))
            .bind(workspace)
            .bind(query.voice.as_ref().map_or("", VoiceKey::as_str))
            .fetch_all(pool)
            .await?
        });
        let mut prompts = row::voice_prompts(rows)?;
        prompts.retain(|own| query.matches(&own.prompt));
        prompts.sort_by(|a, b| a.prompt.id.cmp(&b.prompt.id));
        let total = prompts.len();
        if let Some(cursor) = &query.cursor {
            prompts.retain(|own| own.prompt.id > *cursor);
        }
        let more = prompts.len() > query.limit;
        prompts.truncate(query.limit);
        Ok(PromptList {
            next_cursor: prompts
                .last()
                .filter(|_| more)
                .map(|own| own.prompt.id.clone()),
            items: prompts,
            total,
        })
    }

    /// A prompt of a voice that is not deleted.
    ///
    /// # Errors
    /// [`VoicesError::NoSuchPrompt`], or that the database does not respond.
    pub async fn prompt(&self, workspace: &str, id: &PromptId) -> Result<VoicePrompt, VoicesError> {
        let rows = with_pool!(self.database(), pool => {
            sqlx::query_as::<_, PromptRow>(select_prompts!(
                "WHERE p.id = $1 AND v.workspace = $2 AND v.deleted_at IS NULL"
            ))
            .bind(id.as_str())
            .bind(workspace)
            .fetch_all(pool)
            .await?
        });
        let found = row::voice_prompts(rows)?.into_iter().next();
        found.ok_or(VoicesError::NoSuchPrompt)
    }
}

impl PromptQuery {
    fn matches(&self, prompt: &Prompt) -> bool {
        let style = prompt.style.as_ref();
        let in_style = |name: &StyleName| style.is_some_and(|own| name.names(own));
        let as_intense =
            |key: &StyleKey| style.is_some_and(|own| own.intensity.as_ref() == Some(key));
        let speaks = |language: &Language| {
            prompt
                .language
                .as_ref()
                .is_some_and(|own| own.serves(language))
        };
        self.style.as_ref().is_none_or(in_style)
            && self.intensity.as_ref().is_none_or(as_intense)
            && name::has_tags(&prompt.tags, &self.tags)
            && self.language.as_ref().is_none_or(speaks)
            && self.text.as_deref().is_none_or(|text| {
                let words = prompt.transcript.iter().chain(&prompt.tags);
                name::contains_words(words.map(String::as_str), text)
            })
    }
}
