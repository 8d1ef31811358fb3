//! Lists of voices.

use std::collections::HashSet;

use mynah_database::{sqlx, with_pool};
use mynah_speech::{Language, StyleName, StyleRef};

use crate::library::Library;
use crate::row::{self, PromptRow, VoiceRow, select_prompts, select_voices};
use crate::{Origin, StoredVoice, VoicesError, name};

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
    /// The voices of a workspace that are not deleted, by their names.
    ///
    /// # Errors
    /// [`VoicesError`].
    pub async fn list(
        &self,
        workspace: &str,
        query: &VoiceQuery,
    ) -> Result<VoiceList, VoicesError> {
        let (rows, after) = with_pool!(self.database(), pool => {
            let rows = sqlx::query_as::<_, VoiceRow>(select_voices!(
                "WHERE v.workspace = $1 AND v.deleted_at IS NULL"
            ))
            .bind(workspace)
            .fetch_all(pool)
            .await?;
            let after: Option<String> = sqlx::query_scalar(
                "SELECT name_key FROM voices WHERE workspace = $1 AND id = $2",
            )
            .bind(workspace)
            .bind(query.cursor.as_deref().unwrap_or_default())
            .fetch_optional(pool)
            .await?;
            (rows, after)
        });
        let after = match (&query.cursor, after) {
            (None, _) => None,
            (Some(id), Some(name_key)) => Some((name_key, id.as_str())),
            (Some(_), None) => {
                return Err(VoicesError::field("cursor", "is not that of a list"));
            }
        };
        let mut voices = row::voices(rows, Vec::new())?;
        voices.retain(|voice| query.matches(voice));
        if let Some(style) = &query.style {
            let styled = self.voices_in_style(workspace, style).await?;
            voices.retain(|voice| styled.contains(voice.id.as_str()));
        }
        let total = voices.len();
        // The database's order is that of its own collation.
        voices.sort_by_cached_key(|voice| (voice.name.key(), voice.id.clone()));
        if let Some((name_key, id)) = after {
            voices.retain(|voice| (voice.name.key().as_str(), voice.id.as_str()) > (&name_key, id));
        }
        let more = voices.len() > query.limit;
        voices.truncate(query.limit);
        self.add_prompts(&mut voices).await?;
        let last = voices.last().filter(|_| more);
        Ok(VoiceList {
            next_cursor: last.map(|voice| voice.id.to_string()),
            items: voices,
            total,
        })
    }

    /// The ids of the voices that have a recording in a style.
    async fn voices_in_style(
        &self,
        workspace: &str,
        style: &StyleName,
    ) -> Result<HashSet<String>, VoicesError> {
        let styles: Vec<(String, String)> = with_pool!(self.database(), pool => {
            sqlx::query_as(
                "SELECT v.id, p.style FROM prompts p JOIN voices v ON v.id = p.voice_id \
                 WHERE v.workspace = $1 AND p.style IS NOT NULL",
            )
            .bind(workspace)
            .fetch_all(pool)
            .await?
        });
        let in_style = |name: &str| name.parse::<StyleRef>().is_ok_and(|own| style.names(&own));
        let voices = styles.into_iter().filter(|(_, name)| in_style(name));
        Ok(voices.map(|(voice, _)| voice).collect())
    }

    /// Reads the prompts of these voices.
    async fn add_prompts(&self, voices: &mut [StoredVoice]) -> Result<(), VoicesError> {
        with_pool!(self.database(), pool => {
            let mut connection = pool.acquire().await?;
            for voice in voices {
                let prompts = sqlx::query_as::<_, PromptRow>(select_prompts!("WHERE v.id = $1"))
                    .bind(voice.id.as_str())
                    .fetch_all(&mut *connection)
                    .await?;
                voice.prompts = row::prompts(prompts)?;
            }
        });
        Ok(())
    }
}

impl VoiceQuery {
    fn matches(&self, voice: &StoredVoice) -> bool {
        let speaks = |language: &Language| {
            voice.languages.is_empty() || voice.languages.iter().any(|own| own.serves(language))
        };
        self.origin.is_none_or(|origin| voice.origin == origin)
            && name::has_tags(&voice.tags, &self.tags)
            && self.language.as_ref().is_none_or(speaks)
            && self
                .text
                .as_deref()
                .is_none_or(|text| contains(voice, text))
    }
}

/// Whether every word is in the name, the description or a tag.
fn contains(voice: &StoredVoice, text: &str) -> bool {
    let own = [voice.name.as_str(), voice.description.as_str()];
    let own = own.into_iter().chain(voice.tags.iter().map(String::as_str));
    name::contains_words(own, text)
}
