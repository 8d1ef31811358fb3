//! Lists of prompts.

use std::sync::Arc;

use mynah_database::{sqlx, with_pool};
use mynah_speech::{Language, StyleKey, StyleName};

use crate::library::Library;
use crate::row::{self, PromptRow, select_prompts};
use crate::search::Search;
use crate::{Prompt, PromptId, StoredVoice, VoiceKey, VoicesError};

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
        self.refresh().await?;
        let search = Search::new(query.text.as_deref(), &query.tags);
        let mut prompts = self.index().read_workspace(workspace, |voices| {
            let wanted =
                |voice: &StoredVoice| query.voice.as_ref().is_none_or(|id| voice.id == *id);
            let voices = voices.filter(|(_, searchable)| wanted(&searchable.voice));
            let prompts = voices.flat_map(|(_, searchable)| {
                let found = searchable
                    .prompts(&search)
                    .filter(|prompt| query.matches(prompt));
                // Only ids until it is known which ones are in this part of the list.
                found.map(|prompt| (prompt.id.clone(), Arc::clone(&searchable.voice)))
            });
            prompts.collect::<Vec<_>>()
        });
        prompts.sort_by(|(a, _), (b, _)| a.cmp(b));
        let total = prompts.len();
        if let Some(cursor) = &query.cursor {
            prompts.retain(|(id, _)| id > cursor);
        }
        let more = prompts.len() > query.limit;
        prompts.truncate(query.limit);
        let items = prompts.into_iter().filter_map(|(id, voice)| {
            let prompt = voice.prompts.iter().find(|prompt| prompt.id == id)?;
            Some(VoicePrompt {
                voice: voice.id.clone(),
                prompt: prompt.clone(),
            })
        });
        let items: Vec<_> = items.collect();
        let last = items.last().filter(|_| more);
        Ok(PromptList {
            next_cursor: last.map(|own| own.prompt.id.clone()),
            items,
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
    /// Whether a prompt is wanted, but for the words and tags that are searched.
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
            && self.language.as_ref().is_none_or(speaks)
    }
}
