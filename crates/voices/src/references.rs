//! Which rows name an object, and deleting the objects that none names.

use mynah_blobs::BlobId;
use mynah_database::{sqlx, transaction, with_pool};

use crate::VoicesError;
use crate::library::{Library, lock};

/// The number of rows that name an object.
macro_rules! count_references {
    ($connection:ident, $blob:expr) => {{
        let rows: i64 = sqlx::query_scalar(
            "SELECT (SELECT COUNT(*) FROM clips WHERE sha256 = $1) \
             + (SELECT COUNT(*) FROM tensors WHERE blob = $1)",
        )
        .bind($blob.as_str())
        .fetch_one(&mut *$connection)
        .await?;
        rows
    }};
}

/// Deletes the prompts `p` of a condition on an id with their clips, and the tensors of clips that no other
/// prompt has. Evaluates to the objects that they named.
macro_rules! delete_prompts {
    ($connection:ident, $condition:literal, $id:expr) => {{
        let clips: Vec<(String, String)> = sqlx::query_as(concat!(
            "SELECT c.id, c.sha256 FROM clips c JOIN prompts p ON p.clip_id = c.id WHERE ",
            $condition
        ))
        .bind($id.as_str())
        .fetch_all(&mut *$connection)
        .await?;
        sqlx::query(concat!("DELETE FROM prompts AS p WHERE ", $condition))
            .bind($id.as_str())
            .execute(&mut *$connection)
            .await?;
        let mut objects: Vec<String> = Vec::new();
        for (id, sha256) in clips {
            sqlx::query("DELETE FROM clips WHERE id = $1")
                .bind(&id)
                .execute(&mut *$connection)
                .await?;
            let tensors: Vec<String> = sqlx::query_scalar(
                "DELETE FROM tensors WHERE clip_sha256 = $1 \
                 AND NOT EXISTS (SELECT 1 FROM clips WHERE sha256 = $1) RETURNING blob",
            )
            .bind(&sha256)
            .fetch_all(&mut *$connection)
            .await?;
            objects.extend(tensors);
            objects.push(sha256);
        }
        let objects = objects.iter().filter_map(|blob| blob.parse().ok());
        objects.collect::<Vec<mynah_blobs::BlobId>>()
    }};
}
pub(crate) use delete_prompts;

impl Library {
    /// Whether a row names an object.
    pub(crate) async fn is_referenced(&self, blob: &BlobId) -> Result<bool, VoicesError> {
        let rows = with_pool!(self.database(), pool => {
            let mut connection = pool.acquire().await?;
            let connection = &mut *connection;
            count_references!(connection, blob)
        });
        Ok(rows > 0)
    }

    /// Deletes those of these objects that no row names, under the lock that every row which names one is
    /// written under.
    pub(crate) async fn delete_unreferenced(&self, blobs: &[BlobId]) -> Result<(), VoicesError> {
        for blob in blobs {
            transaction!(self.database(), connection => {
                lock!(connection);
                let rows = count_references!(connection, blob);
                if rows == 0 {
                    self.blobs().delete(blob).await?;
                }
            });
        }
        Ok(())
    }
}
