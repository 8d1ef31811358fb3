//! Keeping and deleting takes.

use mynah_blobs::BlobId;
use mynah_database::{sqlx, transaction};

use super::RecordedTake;
use crate::library::{Library, lock, now_ms};
use crate::{Clip, ClipId, Take, VoicesError};

/// The most takes of a workspace.
const MAX_TAKES: i64 = 100_000;

/// Deletes the takes `t` of a condition on an id with their clips, within a transaction that holds the lock.
/// Evaluates to the objects that they named.
macro_rules! delete_takes {
    ($connection:ident, $condition:literal, $id:expr) => {{
        let objects: Vec<String> = sqlx::query_scalar(concat!(
            "DELETE FROM clips AS c WHERE id IN (SELECT t.id FROM takes t WHERE ",
            $condition,
            ") RETURNING sha256"
        ))
        .bind($id.as_str())
        .fetch_all(&mut *$connection)
        .await?;
        let objects = objects.iter().filter_map(|blob| blob.parse().ok());
        objects.collect::<Vec<mynah_blobs::BlobId>>()
    }};
}
pub(crate) use delete_takes;

impl Library {
    /// Keeps a take. `by` is the id of the key that asked for it.
    ///
    /// # Errors
    /// [`VoicesError::NotFound`] where the kept voice that spoke was erased meanwhile, or another
    /// [`VoicesError`]; the take is not kept then.
    pub async fn keep_take(
        &self,
        workspace: &str,
        take: RecordedTake,
        by: Option<&str>,
    ) -> Result<Take, VoicesError> {
        let RecordedTake {
            id,
            details,
            flac,
            samples,
        } = take;
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (bytes, samples) = (number(flac.len()), number(samples));
        let now = now_ms();
        // Before the lock, which every change needs: a large file takes its time.
        let blob = self.blobs().put(flac.clone()).await?;
        transaction!(self.database(), connection => {
            lock!(connection);
            let takes: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM takes WHERE workspace = $1")
                .bind(workspace)
                .fetch_one(&mut *connection)
                .await?;
            if takes >= MAX_TAKES {
                return Err(VoicesError::TooManyTakes(MAX_TAKES));
            }
            if let Some(voice) = &details.kept_voice {
                // Erasing a voice erases its takes, so none may come after.
                let kept: i64 = sqlx::query_scalar(
                    "SELECT COUNT(*) FROM voices v WHERE id = $1 AND (speaker IS NOT NULL \
                     OR EXISTS (SELECT 1 FROM prompts WHERE voice_id = v.id))",
                )
                .bind(voice)
                .fetch_one(&mut *connection)
                .await?;
                if kept == 0 {
                    return Err(VoicesError::NotFound);
                }
            }
            sqlx::query(
                // A take is measured when a prompt is made of it.
                "INSERT INTO clips (id, workspace, sha256, bytes, samples, quality, created_at) \
                 VALUES ($1, $2, $3, $4, $5, 'null', $6)",
            )
            .bind(id.as_str())
            .bind(workspace)
            .bind(blob.as_str())
            .bind(bytes)
            .bind(samples)
            .bind(now)
            .execute(&mut *connection)
            .await?;
            sqlx::query(
                "INSERT INTO takes (id, workspace, text, spoken, voice, voice_id, of_person, language, style, \
                 instruct, seed, kept_by, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            )
            .bind(id.as_str())
            .bind(workspace)
            .bind(&details.text)
            .bind(&details.spoken)
            .bind(details.voice.to_string())
            .bind(details.kept_voice.as_deref())
            .bind(details.of_person)
            .bind(details.language.to_string())
            .bind(details.style.as_ref().map(ToString::to_string))
            .bind(details.instructions.as_deref())
            .bind(details.seed.map(u64::cast_signed))
            .bind(by)
            .bind(now)
            .execute(&mut *connection)
            .await?;
        });
        // The same speech may have been deleted in between; from now on the row protects the object.
        if !self.blobs().exists(&blob).await? {
            self.blobs().put(flac).await?;
        }
        Ok(Take {
            clip: Clip {
                id,
                blob,
                bytes,
                samples,
            },
            details,
            created_at: now,
        })
    }

    /// Deletes a take, for good. Prompts that were made of it have clips of their own.
    ///
    /// # Errors
    /// [`VoicesError::NoSuchClip`] where the workspace has no such take.
    pub async fn delete_take(&self, workspace: &str, id: &ClipId) -> Result<(), VoicesError> {
        self.take(workspace, id).await?;
        let objects: Vec<BlobId> = transaction!(self.database(), connection => {
            lock!(connection);
            delete_takes!(connection, "t.id = $1", id)
        });
        self.delete_unreferenced(&objects).await
    }
}
