//! Lists of takes.

use mynah_database::{sqlx, with_pool};

use super::{TakeRow, select_takes};
use crate::library::Library;
use crate::{ClipId, Take, VoiceKey, VoicesError};

/// Which takes are wanted. Every part that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakeQuery {
    /// The kept voice that spoke.
    pub voice: Option<VoiceKey>,
    /// Takes before this one: a cursor of [`TakeList`].
    pub cursor: Option<ClipId>,
    /// At most so many.
    pub limit: usize,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct TakeList {
    /// The takes, the latest first.
    pub items: Vec<Take>,
    /// Where the next part begins; none at the end.
    pub next_cursor: Option<ClipId>,
    /// How many takes there are in all parts.
    pub total: usize,
}

impl Library {
    /// The takes of a workspace, the latest first.
    ///
    /// # Errors
    /// [`VoicesError`].
    pub async fn takes(&self, workspace: &str, query: &TakeQuery) -> Result<TakeList, VoicesError> {
        let voice = query.voice.as_ref().map_or("", VoiceKey::as_str);
        let before = query.cursor.as_ref().map_or("", ClipId::as_str);
        let one_more = i64::try_from(query.limit.saturating_add(1)).unwrap_or(i64::MAX);
        let (rows, total) = with_pool!(self.database(), pool => {
            let rows = sqlx::query_as::<_, TakeRow>(select_takes!(
                "WHERE t.workspace = $1 AND ($2 = '' OR t.voice_id = $2) AND ($3 = '' OR t.id < $3) \
                 ORDER BY t.id DESC LIMIT $4"
            ))
            .bind(workspace)
            .bind(voice)
            .bind(before)
            .bind(one_more)
            .fetch_all(pool)
            .await?;
            let total: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM takes WHERE workspace = $1 AND ($2 = '' OR voice_id = $2)",
            )
            .bind(workspace)
            .bind(voice)
            .fetch_one(pool)
            .await?;
            (rows, total)
        });
        let takes: Result<Vec<_>, _> = rows.into_iter().map(TakeRow::take).collect();
        let mut items = takes?;
        let more = items.len() > query.limit;
        items.truncate(query.limit);
        Ok(TakeList {
            next_cursor: items
                .last()
                .filter(|_| more)
                .map(|take| take.clip.id.clone()),
            items,
            total: usize::try_from(total).unwrap_or_default(),
        })
    }

    /// A take.
    ///
    /// # Errors
    /// [`VoicesError::NoSuchClip`], or that the database does not respond.
    pub async fn take(&self, workspace: &str, id: &ClipId) -> Result<Take, VoicesError> {
        let row = with_pool!(self.database(), pool => {
            sqlx::query_as::<_, TakeRow>(select_takes!("WHERE t.id = $1 AND t.workspace = $2"))
                .bind(id.as_str())
                .bind(workspace)
                .fetch_optional(pool)
                .await?
        });
        row.ok_or(VoicesError::NoSuchClip)?.take()
    }
}
