//! Voices as files: export and import.

mod check;
mod export;
mod import;
mod insert;
mod plan;
mod v1;

pub use export::PackageVersion;
pub use import::{ImportConflict, ImportOptions, ImportedVoice};

use crate::VoicesError;

/// Runs what reads or writes a file, or decodes, on a blocking thread.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, VoicesError> + Send + 'static,
) -> Result<T, VoicesError> {
    let done = tokio::task::spawn_blocking(act).await;
    done.map_err(|_| VoicesError::Corrupt("reading or writing a package failed".into()))?
}
