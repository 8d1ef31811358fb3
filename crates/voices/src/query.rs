//! Lists of voices.

use std::collections::HashSet;

use mynah_database::{sqlx, with_pool};
use mynah_speech::{Language, StyleName, VoiceId, VoiceKind};

use crate::library::Library;
use crate::search::Search;
use crate::{Origin, StoredVoice, VoicesError};

/// Which voices are wanted. Every part that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoiceQuery {
    /// Words in the name, the description or the tags, in any case and with any accents.
    pub text: Option<String>,
    /// What it was made of.
    pub origin: Option<Origin>,
    /// All of these tags.
    pub tags: Vec<String>,
    /// A language that it speaks.
    pub language: Option<Language>,
    /// A style that it has a recording in.
    pub style: Option<StyleName>,
    /// The id of an engine that can speak with it.
    pub engine: Option<String>,
    /// Voices after the one with this id in the order of the list: a cursor of [`VoiceList`].
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceList {
    /// The voices, by their names.
    pub items: Vec<StoredVoice>,
    /// Where the next part begins; none at the end.
    pub next_cursor: Option<String>,
    /// How many voices there are in all parts.
    pub total: usize,
}

impl Library {
    /// The voices of a workspace that are not deleted, by their names. They are read from memory, after the
    /// changes of other processes.
    ///
    /// # Errors
    /// [`VoicesError`].
    pub async fn list(
        &self,
        workspace: &str,
        query: &VoiceQuery,
    ) -> Result<VoiceList, VoicesError> {
        self.refresh().await?;
        let after = match &query.cursor {
            Some(id) => Some(self.name_key(workspace, id).await?),
            None => None,
        };
        let engine = query.engine.as_deref().map(|own| self.voices_of(own));
        let search = Search::new(query.text.as_deref(), &query.tags);
        Ok(self.index().read_workspace(workspace, |voices| {
            let (mut total, mut items) = (0, Vec::new());
            let mut more = false;
            for (name_key, searchable) in voices {
                let voice = &*searchable.voice;
                if !searchable.has(&search) || !query.matches(voice, engine.as_ref()) {
                    continue;
                }
                total += 1;
                let is_after = after.as_deref().is_none_or(|after| name_key > after);
                if is_after && items.len() < query.limit {
                    items.push(voice.clone());
                } else {
                    more |= is_after;
                }
            }
            let last = items.last().filter(|_| more);
            VoiceList {
                next_cursor: last.map(|voice| voice.id.to_string()),
                items,
                total,
            }
        }))
    }

    /// The name of the voice at a cursor as it is compared, also of one that was deleted meanwhile.
    async fn name_key(&self, workspace: &str, cursor: &str) -> Result<String, VoicesError> {
        let name_key: Option<String> = with_pool!(self.database(), pool => {
            sqlx::query_scalar("SELECT name_key FROM voices WHERE workspace = $1 AND id = $2")
                .bind(workspace)
                .bind(cursor)
                .fetch_optional(pool)
                .await?
        });
        name_key.ok_or_else(|| VoicesError::field("cursor", "is not that of a list"))
    }

    /// What an engine speaks with now.
    fn voices_of(&self, engine: &str) -> EngineVoices {
        let engine = self.engines().synthesizer(engine);
        let voices = engine.map(|engine| engine.voices()).unwrap_or_default();
        EngineVoices {
            clones: voices.iter().any(|voice| voice.kind == VoiceKind::Cloned),
            ids: voices.into_iter().map(|voice| voice.id).collect(),
        }
    }
}

/// What an engine speaks with.
struct EngineVoices {
    /// Whether it speaks with the voice of a recording.
    clones: bool,
    ids: HashSet<VoiceId>,
}

impl VoiceQuery {
    /// Whether a voice is wanted, but for the words and tags that are searched.
    fn matches(&self, voice: &StoredVoice, engine: Option<&EngineVoices>) -> bool {
        let speaks = |language: &Language| {
            voice.languages.is_empty() || voice.languages.iter().any(|own| own.serves(language))
        };
        let speaks_by = |engine: &EngineVoices| match &voice.speaker {
            Some(speaker) => engine.ids.contains(speaker),
            None => engine.clones,
        };
        let in_style = |style: &StyleName| {
            let styles = voice.prompts.iter().filter_map(|own| own.style.as_ref());
            styles.into_iter().any(|own| style.names(own))
        };
        self.origin.is_none_or(|origin| voice.origin == origin)
            && self.language.as_ref().is_none_or(speaks)
            && engine.is_none_or(speaks_by)
            && self.style.as_ref().is_none_or(in_style)
    }
}
