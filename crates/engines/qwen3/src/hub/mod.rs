//! Models from a folder on this machine, or from a repository of a hub, fetched once and kept in
//! Hugging Face's cache.
//!
//! The endpoints are those of the Hugging Face Hub, which its mirrors serve too. A revision is
//! resolved to a commit, and a commit's files never change, so a cached model is used without a
//! request where a commit is named or the program is offline.

mod cached;
mod checksum;
mod client;
mod download;
mod layout;
mod options;
mod repository;
mod spec;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::Qwen3Error;

use client::{Client, FetchError};
use layout::RepositoryCache;
use repository::RemoteFile;

pub use cached::{CachedModel, list, remove};
pub use options::HubOptions;
pub use spec::{HubId, ModelSpec};

/// The progress of a download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The file that is being fetched.
    pub file: String,
    /// Its bytes so far.
    pub file_bytes: u64,
    /// The bytes of all files so far, those of earlier tries among them.
    pub bytes: u64,
    /// The bytes of all files, where the hub tells.
    pub total_bytes: Option<u64>,
}

/// Receives the progress of a download; [`ControlFlow::Break`] cancels it, and a later one resumes
/// there.
pub type OnProgress<'a> = dyn FnMut(&Progress) -> ControlFlow<()> + 'a;

/// The folder of a model. What is not on this machine is fetched first.
///
/// This blocks, for minutes where there is much to fetch: never call it on an async thread.
///
/// # Errors
/// `Hub` where the model cannot be fetched, `File` where it cannot be written, `Invalid` where the
/// spec is neither a folder nor a repository's name, `Cancelled` where `progress` cancels.
pub fn resolve(
    spec: &str,
    options: &HubOptions,
    progress: &mut OnProgress<'_>,
) -> Result<PathBuf, Qwen3Error> {
    let id = match spec.parse()? {
        ModelSpec::Folder(folder) => return Ok(folder),
        ModelSpec::Hub(id) => id,
    };
    let cache = RepositoryCache::new(&options.cache, &id);
    // The files of a commit never change, so no request is needed.
    if let Some(found) = cache.find(id.revision()).filter(|_| id.is_commit()) {
        return Ok(found);
    }
    if options.offline {
        return cache.find(id.revision()).ok_or_else(|| Qwen3Error::Hub {
            model: id.to_string(),
            reason: format!(
                "is not in {}, and the hub may not be asked; fetch it once without HF_HUB_OFFLINE",
                options.cache.display()
            ),
        });
    }
    let client = Client::new(options, &id);
    let listed = download::with_retries(options.attempts, || client.repository(), || false);
    let repository = match listed {
        Ok(repository) => repository,
        Err(FetchError::Permanent(error)) => return Err(error),
        Err(FetchError::Transient(reason)) => {
            // The revision as it was last resolved.
            return match cache.find(id.revision()) {
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
        download::all(&client, &repository, &cache, options, progress)?;
    }
    cache.write_ref(id.revision(), &repository.commit)?;
    Ok(snapshot)
}

fn failed(path: &Path, source: std::io::Error) -> Qwen3Error {
    Qwen3Error::File {
        path: path.to_owned(),
        source,
    }
}
