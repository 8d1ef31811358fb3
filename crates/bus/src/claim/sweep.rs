//! Retention: objects go when they are old.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mynah_blobs::MAX_DURATION;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::store::KEY_DEPTH;
use super::{Store, StoreError};

/// How often the sweeper runs. Several sweepers may run at once.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

impl Store {
    /// Deletes objects of this shape that are older, and returns their number. What other programs put into the
    /// bucket stays.
    ///
    /// # Errors
    /// [`StoreError`]; some may be deleted all the same.
    pub async fn sweep(&self, older_than: Duration) -> Result<u64, StoreError> {
        let Some(backend) = &self.backend else {
            return Ok(0);
        };
        let at_least = older_than.max(MAX_DURATION);
        backend
            .delete_partial_files(&backend.prefix(), KEY_DEPTH, at_least)
            .await;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |since| since.as_millis() as i64);
        let before = now.saturating_sub(older_than.as_millis().try_into().unwrap_or(i64::MAX));
        let listed = self.own_objects(backend, &backend.prefix()).await?;
        let old = listed
            .into_iter()
            .filter(|meta| meta.last_modified.timestamp_millis() < before);
        let old = old.map(|meta| meta.location).collect();
        Ok(backend.delete(old).await?)
    }
}

/// Sweeps by the store's own retention until it is cancelled.
pub async fn run_sweeper(store: Store, stop: CancellationToken) {
    let older_than = store.settings().retention();
    while store.is_on() {
        match store.sweep(older_than).await {
            Ok(0) => {}
            Ok(objects) => info!(objects, "storage_swept"),
            Err(error) => warn!(reason = error.reason(), "storage_not_swept"),
        }
        let delay = tokio::time::sleep(SWEEP_INTERVAL);
        if stop.run_until_cancelled(delay).await.is_none() {
            return;
        }
    }
}
