//! The clips of prompts and takes.

use bytes::Bytes;
use mynah_database::{sqlx, with_pool};

use crate::library::Library;
use crate::row::parsed;
use crate::{Clip, ClipId, VoicesError};

#[derive(sqlx::FromRow)]
struct ClipRow {
    id: String,
    sha256: String,
    bytes: i64,
    samples: i64,
}

impl Library {
    /// A clip of a workspace: that of a take, or of a prompt whose voice is not deleted.
    ///
    /// # Errors
    /// [`VoicesError::NoSuchClip`], or that the database does not respond.
    pub async fn clip(&self, workspace: &str, id: &ClipId) -> Result<Clip, VoicesError> {
        let row = with_pool!(self.database(), pool => {
            sqlx::query_as::<_, ClipRow>(
                "SELECT c.id, c.sha256, c.bytes, c.samples FROM clips c \
                 WHERE c.id = $1 AND c.workspace = $2 \
                 AND (EXISTS (SELECT 1 FROM takes t WHERE t.id = c.id) \
                      OR EXISTS (SELECT 1 FROM prompts p JOIN voices v ON v.id = p.voice_id \
                                 WHERE p.clip_id = c.id AND v.deleted_at IS NULL))",
            )
            .bind(id.as_str())
            .bind(workspace)
            .fetch_optional(pool)
            .await?
        });
        let row = row.ok_or(VoicesError::NoSuchClip)?;
        Ok(Clip {
            id: parsed("clip", &row.id)?,
            blob: parsed("sha256", &row.sha256)?,
            bytes: row.bytes,
            samples: row.samples,
        })
    }

    /// The file of a clip: mono FLAC at 24 kHz.
    ///
    /// # Errors
    /// [`VoicesError::Blobs`].
    pub async fn clip_audio(&self, clip: &Clip) -> Result<Bytes, VoicesError> {
        Ok(self.blobs().get(&clip.blob).await?)
    }
}
