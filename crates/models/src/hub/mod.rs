//! Models from a folder on this machine, or from a repository of a hub, fetched once and kept in
//! Hugging Face's cache.
//!
//! The endpoints are those of the Hugging Face Hub, which its mirrors serve too. A revision is
//! resolved to a commit, and a commit's files never change, so a cached model is used without a
//! request where a commit is named or the program is offline.

mod cached;
mod client;
mod download;
mod layout;
mod options;
mod repository;
mod selection;
mod spec;

use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::ModelError;
use crate::http::FetchError;
use crate::transfer::with_retries;

use client::Client;
use layout::RepositoryCache;
use repository::RemoteFile;

pub(crate) use cached::files;
pub use cached::{CachedModel, list, remove};
pub use options::HubOptions;
pub(crate) use repository::is_plain;
pub use selection::Selection;
pub use spec::{HubId, ModelSpec};

/// The progress of a download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The file that is being fetched.
    pub file: String,
    /// Its bytes so far.
    pub file_bytes: u64,
    /// The bytes of all files so far, including those of earlier attempts.
    pub bytes: u64,
    /// The bytes of all files, where the hub lists them.
    pub total_bytes: Option<u64>,
}

/// Receives the progress of a download; [`ControlFlow::Break`] cancels it, and a later one resumes
/// there.
pub type OnProgress<'a> = dyn FnMut(&Progress) -> ControlFlow<()> + 'a;

/// The folder of a model, or its file where the spec names one. What is selected of it and not on
/// this machine is fetched first; of a file, that file alone.
///
/// This blocks, for minutes where there is much to fetch: never call it on an async thread.
///
/// # Errors
/// `Hub` where the model cannot be fetched, `File` where it cannot be written, `Invalid` where the
/// spec is neither a path on this machine nor a repository's name, `Cancelled` where `progress` cancels.
pub fn resolve(
    spec: &str,
    selection: &Selection,
    options: &HubOptions,
    progress: &mut OnProgress<'_>,
) -> Result<PathBuf, ModelError> {
    let id = match spec.parse()? {
        ModelSpec::Local(path) => return Ok(path),
        ModelSpec::Hub(id) => id,
    };
    let Some(file) = id.file() else {
        return snapshot_of(&id, selection, options, progress);
    };
    let selection = Selection::files(&[file]);
    let snapshot = snapshot_of(&id, &selection, options, progress)?;
    Ok(snapshot.join(file))
}

/// The folder of a repository's revision, with what is selected.
fn snapshot_of(
    id: &HubId,
    selection: &Selection,
    options: &HubOptions,
    progress: &mut OnProgress<'_>,
) -> Result<PathBuf, ModelError> {
    let cache = RepositoryCache::new(&options.cache, id);
    // The files of a commit never change, so no request is needed.
    if let Some(found) = cache
        .find(id.revision(), selection)
        .filter(|_| id.is_commit())
    {
        return Ok(found);
    }
    if options.offline {
        return cache.find(id.revision(), selection).ok_or_else(|| ModelError::Hub {
            model: id.to_string(),
            reason: format!(
                "is not in {}, and requests are forbidden; fetch it once without HF_HUB_OFFLINE",
                options.cache.display()
            ),
        });
    }
    let client = Client::new(options, id);
    let listed = with_retries(options.attempts, || client.repository(selection), || false);
    let repository = match listed {
        Ok(repository) => repository,
        Err(FetchError::Permanent(error)) => return Err(error),
        Err(FetchError::Transient(reason)) => {
            // The revision as it was last resolved.
            return match cache.find(id.revision(), selection) {
                Some(found) => {
                    tracing::warn!(
                        reason,
                        "the hub cannot be reached; the model in the cache is used"
                    );
                    Ok(found)
                }
                None => Err(client.error(reason)),
            };
        }
    };
    let snapshot = cache.snapshot(&repository.commit);
    let is_present = |file: &RemoteFile| download::present(&snapshot, file).is_some();
    if !repository.files.iter().all(is_present) {
        download::all(&client, &repository, &cache, selection, options, progress)?;
    }
    cache.write_ref(id.revision(), &repository.commit)?;
    Ok(snapshot)
}
