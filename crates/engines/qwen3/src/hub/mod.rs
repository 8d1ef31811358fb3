//! Where a model comes from: a folder on this machine, or a repository of a hub that is fetched
//! once and kept.
//!
//! The endpoints are those of the Hugging Face Hub, which its mirrors serve too. A revision is
//! resolved to a commit, and a commit's files never change, so what was fetched is used without
//! asking again where a commit is named or the hub may not be asked.

mod cache;
mod checksum;
mod client;
mod download;
mod options;
mod repository;
mod spec;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::{Qwen3Error, Result};

use cache::Snapshot;
use client::{Client, Trouble};

pub use cache::{CachedModel, list, remove};
pub use options::{HubOptions, Token};
pub use spec::{HubId, ModelSpec};

/// How far a download has come.
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

/// Is told how far a download has come; [`ControlFlow::Break`] cancels it, and a later one goes on
/// from there.
pub type OnProgress<'a> = dyn FnMut(&Progress) -> ControlFlow<()> + 'a;

/// The folder of a model. What is not on this machine is fetched first.
///
/// This blocks, for minutes where there is much to fetch: never call it on an async thread.
///
/// # Errors
/// `Hub` where the model cannot be had, `File` where it cannot be written, `Invalid` where the spec
/// is neither a folder nor a hub's name, `Cancelled` where `progress` said so.
pub fn resolve(spec: &str, options: &HubOptions, progress: &mut OnProgress<'_>) -> Result<PathBuf> {
    let id = match spec.parse()? {
        ModelSpec::Folder(folder) => return Ok(folder),
        ModelSpec::Hub(id) => id,
    };
    let home = cache::home(&options.cache, &id);
    // A commit is what it is: if it is here, nobody needs to be asked.
    if let Some(found) = Snapshot::find(&home, id.revision()).filter(|_| id.is_commit()) {
        return Ok(found);
    }
    if options.offline {
        return Snapshot::find(&home, id.revision()).ok_or_else(|| Qwen3Error::Hub {
            model: id.to_string(),
            reason: format!(
                "is not in {}, and the hub may not be asked; fetch it once without HF_HUB_OFFLINE",
                options.cache.display()
            ),
        });
    }
    let client = Client::new(options, &id);
    let asked = download::patiently(options.attempts, || client.repository(), || false);
    let repository = match asked {
        Ok(repository) => repository,
        Err(Trouble::Lasting(error)) => return Err(error),
        Err(Trouble::Passing(reason)) => {
            // What was the newest when the hub could be asked is better than nothing.
            return match Snapshot::find(&home, id.revision()) {
                Some(found) => {
                    tracing::warn!(
                        reason,
                        "the hub cannot be asked; the model in the cache is used"
                    );
                    Ok(found)
                }
                None => Err(client.error(reason)),
            };
        }
    };
    fs::create_dir_all(&home).map_err(|source| failed(&home, source))?;
    // One process fetches, the others wait for it and find the files.
    let lock = home.join(cache::LOCK);
    let held = fs::File::create(&lock).map_err(|source| failed(&lock, source))?;
    held.lock().map_err(|source| failed(&lock, source))?;
    let snapshot = Snapshot::new(&home, &repository.commit);
    if !snapshot.is_whole(&repository) {
        download::all(&client, &repository, &snapshot, options, progress)?;
        snapshot.finish(&repository)?;
    }
    cache::remember(&home, id.revision(), &repository.commit)?;
    Ok(snapshot.folder().to_owned())
}

fn failed(path: &Path, source: std::io::Error) -> Qwen3Error {
    Qwen3Error::File {
        path: path.to_owned(),
        source,
    }
}
