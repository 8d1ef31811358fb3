//! Clips and tensors for engines, which call from threads of their own.

use bytes::Bytes;
use mynah_blobs::{BlobError, BlobId, Blobs, digest};
use mynah_database::{Database, sqlx, transaction, with_pool};
use mynah_speech::{PromptCache, PromptKey, SpeechError};
use tokio::runtime::Handle;

use crate::VoicesError;
use crate::library::{LIBRARY, lock, now_ms};

/// The store of clips and tensors.
pub(crate) struct PromptStore {
    database: Database,
    blobs: Blobs,
    runtime: Handle,
}

impl PromptStore {
    pub(crate) fn new(database: Database, blobs: Blobs) -> Self {
        Self {
            database,
            blobs,
            runtime: Handle::current(),
        }
    }

    async fn stored(&self, key: &PromptKey<'_>) -> Result<Option<Bytes>, VoicesError> {
        let blob: Option<String> = with_pool!(self.database, pool => {
            sqlx::query_scalar(
                "SELECT blob FROM tensors \
                 WHERE clip_sha256 = $1 AND transcript_sha256 = $2 AND checkpoint = $3",
            )
            .bind(key.clip)
            .bind(transcript_digest(key))
            .bind(key.checkpoint)
            .fetch_optional(pool)
            .await?
        });
        let Some(blob) = blob else {
            return Ok(None);
        };
        let blob: BlobId = blob
            .parse()
            .map_err(|_| VoicesError::Corrupt("its tensors have no digest".into()))?;
        Ok(Some(self.blobs.get(&blob).await?))
    }

    async fn store(&self, key: &PromptKey<'_>, tensors: Vec<u8>) -> Result<(), VoicesError> {
        let tensors = Bytes::from(tensors);
        transaction!(self.database, connection => {
            // Neither the clip nor the object goes meanwhile.
            lock!(connection);
            let clips: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM clips WHERE sha256 = $1")
                .bind(key.clip)
                .fetch_one(&mut *connection)
                .await?;
            if clips == 0 {
                // The voice was erased while the engine read it.
                return Ok(());
            }
            let blob = self.blobs.put(tensors.clone()).await?;
            sqlx::query(
                "INSERT INTO tensors (clip_sha256, transcript_sha256, checkpoint, blob, created_at) \
                 VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (clip_sha256, transcript_sha256, checkpoint) \
                 DO UPDATE SET blob = excluded.blob, created_at = excluded.created_at",
            )
            .bind(key.clip)
            .bind(transcript_digest(key))
            .bind(key.checkpoint)
            .bind(blob.as_str())
            .bind(now_ms())
            .execute(&mut *connection)
            .await?;
        });
        Ok(())
    }
}

fn transcript_digest(key: &PromptKey<'_>) -> String {
    let transcript = key.transcript.map(|text| digest::hex(text.as_bytes()));
    transcript.unwrap_or_default()
}

impl PromptCache for PromptStore {
    fn clip(&self, sha256: &str) -> Result<Vec<u8>, SpeechError> {
        let lost = || SpeechError::invalid("voice", "the recording of this voice is lost");
        let id: BlobId = sha256.parse().map_err(|_| lost())?;
        match self.runtime.block_on(self.blobs.get(&id)) {
            Ok(bytes) => Ok(bytes.into()),
            Err(BlobError::Missing | BlobError::Tampered(_) | BlobError::TooLarge { .. }) => {
                tracing::error!(sha256, "the clip of a kept voice is lost");
                Err(lost())
            }
            Err(error) => Err(SpeechError::Busy {
                engine: LIBRARY,
                reason: error.to_string(),
            }),
        }
    }

    fn tensors(&self, key: &PromptKey<'_>) -> Option<Vec<u8>> {
        match self.runtime.block_on(self.stored(key)) {
            Ok(tensors) => tensors.map(Vec::from),
            Err(error) => {
                tracing::warn!(%error, "tensors of a kept voice cannot be read; they are made again");
                None
            }
        }
    }

    fn keep(&self, key: &PromptKey<'_>, tensors: Vec<u8>) {
        if let Err(error) = self.runtime.block_on(self.store(key, tensors)) {
            tracing::warn!(%error, "tensors of a kept voice cannot be kept");
        }
    }
}
