//! What runs beside the requests: the index follows other processes, uses are written, and what
//! nothing refers to is deleted.

use std::time::Duration;

use mynah_database::{sqlx, transaction, with_pool};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::change::restorable_since;
use crate::library::{Library, now_ms};
use crate::{VoiceKey, VoicesError, audit};

/// For how long a deleted voice can be restored.
pub const RESTORE_PERIOD: Duration = Duration::from_secs(24 * 3_600);

/// The age from which an object that nothing refers to is deleted: a row is written soon after.
const UNREFERENCED_AGE: Duration = Duration::from_secs(24 * 3_600);

/// How often the changes of other processes are looked for.
const REFRESH_INTERVAL: Duration = Duration::from_millis(500);

/// How often uses are written.
const USES_INTERVAL: Duration = Duration::from_secs(5);

/// How often deleted voices and objects are looked for.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(3_600);

/// Runs until it is stopped; writes the last uses then. To be stopped after the last speech.
pub async fn run_maintenance(library: Library, stop: CancellationToken) {
    let (library, stop) = (&library, &stop);
    let refresh = repeat(REFRESH_INTERVAL, stop, "voices_not_refreshed", || {
        library.refresh()
    });
    let uses = repeat(USES_INTERVAL, stop, "voice_uses_not_written", || {
        library.write_uses()
    });
    let cleanup = repeat(CLEANUP_INTERVAL, stop, "voices_not_cleaned_up", move || {
        // It may list many objects; what it has not deleted it finds the next time.
        let cleaned = stop.run_until_cancelled(library.clean_up());
        async move { cleaned.await.unwrap_or(Ok(())) }
    });
    tokio::join!(refresh, uses, cleanup);
    if let Err(error) = library.write_uses().await {
        tracing::warn!(%error, "voice_uses_not_written");
    }
}

/// Repeats work until it is stopped in between. Of failures in a row the first is logged.
async fn repeat<F: Future<Output = Result<(), VoicesError>>>(
    period: Duration,
    stop: &CancellationToken,
    failure: &'static str,
    work: impl Fn() -> F,
) {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        if stop.run_until_cancelled(interval.tick()).await.is_none() {
            return;
        }
        let done = work().await;
        if let Err(error) = &done
            && !failing
        {
            tracing::warn!(%error, "{failure}");
        }
        failing = done.is_err();
    }
}

impl Library {
    /// Writes the uses that were counted since the last time.
    ///
    /// # Errors
    /// [`VoicesError`]; the uses are written the next time.
    pub async fn write_uses(&self) -> Result<(), VoicesError> {
        let uses = self.index().take_uses();
        if uses.is_empty() {
            return Ok(());
        }
        let written = self.insert_uses(&uses).await;
        if written.is_err() {
            self.index().return_uses(uses);
        }
        written
    }

    async fn insert_uses(&self, uses: &[(String, String, i64)]) -> Result<(), VoicesError> {
        let now = now_ms();
        transaction!(self.database(), connection => {
            for (voice, key, times) in uses {
                let key = Some(key.as_str());
                audit::count!(connection, voice, audit::USED, key, now, *times);
            }
        });
        Ok(())
    }

    /// Erases voices that can no longer be restored, and deletes objects that nothing refers to.
    ///
    /// # Errors
    /// [`VoicesError`]; some may be deleted all the same.
    pub async fn clean_up(&self) -> Result<(), VoicesError> {
        let before = restorable_since(now_ms());
        let expired: Vec<(String, String)> = with_pool!(self.database(), pool => {
            sqlx::query_as(
                "SELECT id, workspace FROM voices v WHERE deleted_at < $1 \
                 AND (speaker IS NOT NULL OR EXISTS (SELECT 1 FROM prompts WHERE voice_id = v.id))",
            )
            .bind(before)
            .fetch_all(pool)
            .await?
        });
        for (id, workspace) in expired {
            let id: VoiceKey = id
                .parse()
                .map_err(|_| VoicesError::Corrupt("its id is invalid".into()))?;
            let erased = self.erase_if_deleted_before(Some(before), &workspace, &id, None);
            match erased.await {
                // It was restored meanwhile.
                Err(VoicesError::NotFound) => {}
                erased => erased?,
            }
        }
        let old = self.blobs().older_than(UNREFERENCED_AGE).await?;
        let mut unreferenced = Vec::new();
        for blob in old {
            if !self.is_referenced(&blob).await? {
                unreferenced.push(blob);
            }
        }
        self.delete_unreferenced(&unreferenced).await
    }
}
