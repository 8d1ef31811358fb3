//! The models of a cache: listed and removed.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::ModelError;
use crate::error::failed;

use super::Selection;
use super::layout::{BLOBS, REFS, RepositoryCache, SNAPSHOTS, entries};
use super::spec::{HubId, is_commit};

/// A model in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedModel {
    /// `owner/name`.
    pub repository: String,
    /// Its commit.
    pub commit: String,
    /// Branches and tags that stood for this commit when they were last resolved, in order.
    pub revisions: Vec<String>,
    /// The bytes of its files.
    pub bytes: u64,
    /// Whether all that is selected is here.
    pub complete: bool,
    /// Its folder.
    pub folder: PathBuf,
}

/// All models in a cache, by repository and commit, also those that other tools fetched.
/// `selection` decides which are complete.
///
/// # Errors
/// `File` where the cache is there and cannot be read.
pub fn list(cache: &Path, selection: &Selection) -> Result<Vec<CachedModel>, ModelError> {
    let mut models = Vec::new();
    match fs::read_dir(cache) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(failed(cache, source));
        }
        _ => {}
    }
    for folder in entries(cache) {
        let repository = name_of(&folder)
            .and_then(|name| name.strip_prefix("models--")?.split_once("--"))
            .map(|(owner, name)| format!("{owner}/{name}"));
        let Some(repository) = repository else {
            continue;
        };
        for snapshot in entries(&folder.join(SNAPSHOTS)) {
            let Some(commit) = name_of(&snapshot).filter(|name| is_commit(name)) else {
                continue;
            };
            models.push(CachedModel {
                repository: repository.clone(),
                commit: commit.to_owned(),
                revisions: revisions(&folder, commit),
                bytes: files(&snapshot).iter().map(|file| length(file)).sum(),
                complete: selection.is_complete(&snapshot),
                folder: snapshot,
            });
        }
    }
    models.sort_by(|a, b| (&a.repository, &a.commit).cmp(&(&b.repository, &b.commit)));
    Ok(models)
}

/// Removes a model, or the one revision that is named, and returns how many bytes that freed. Blobs
/// that another revision uses stay.
///
/// # Errors
/// `Hub` where it is not in the cache, `File` where it cannot be removed, `Invalid` where `spec` is
/// not the name of a repository: a local folder is never removed, nor one file of several.
pub fn remove(cache: &Path, spec: &str) -> Result<u64, ModelError> {
    let id: HubId = spec.parse()?;
    if id.file().is_some() {
        return Err(ModelError::invalid(
            "model",
            format!(
                "{id} is one file of a repository; {} is removed as a whole",
                id.repository()
            ),
        ));
    }
    let repository = RepositoryCache::new(cache, &id);
    let folder = repository.folder();
    let missing = || ModelError::Hub {
        model: id.to_string(),
        reason: format!("is not in {}", cache.display()),
    };
    let remove_folder =
        |path: &Path| fs::remove_dir_all(path).map_err(|source| failed(path, source));
    let Some(revision) = id.named_revision() else {
        if !folder.is_dir() {
            return Err(missing());
        }
        let all = files(folder).into_iter().filter(|file| !file.is_symlink());
        let freed = all.map(|file| length(&file)).sum();
        remove_folder(folder)?;
        return Ok(freed);
    };
    let commit = repository.commit_of(revision).ok_or_else(missing)?;
    let snapshot = repository.snapshot(&commit);
    if !snapshot.is_dir() {
        return Err(missing());
    }
    let own = files(&snapshot)
        .into_iter()
        .filter(|file| !file.is_symlink());
    let mut freed: u64 = own.map(|file| length(&file)).sum();
    for revision in revisions(folder, &commit) {
        let path = folder.join(REFS).join(revision);
        fs::remove_file(&path).map_err(|source| failed(&path, source))?;
    }
    let blobs = linked(&snapshot);
    remove_folder(&snapshot)?;
    let used: HashSet<PathBuf> = entries(&folder.join(SNAPSHOTS))
        .iter()
        .flat_map(|other| linked(other))
        .collect();
    for blob in blobs.difference(&used) {
        freed += length(blob);
        fs::remove_file(blob).map_err(|source| failed(blob, source))?;
    }
    Ok(freed)
}

/// The blobs that a snapshot links to.
fn linked(snapshot: &Path) -> HashSet<PathBuf> {
    files(snapshot)
        .iter()
        .filter(|file| file.is_symlink())
        .filter_map(|file| file.canonicalize().ok())
        // Never a file elsewhere, whatever a link points to.
        .filter(|blob| blob.parent().and_then(name_of) == Some(BLOBS))
        .collect()
}

/// The revisions that stood for a commit, in order.
fn revisions(folder: &Path, commit: &str) -> Vec<String> {
    let refs = folder.join(REFS);
    let mut revisions: Vec<String> = files(&refs)
        .iter()
        .filter(|path| fs::read_to_string(path).is_ok_and(|held| held.trim() == commit))
        .filter(|path| name_of(path).is_some_and(|name| !name.starts_with('.')))
        .filter_map(|path| path.strip_prefix(&refs).ok()?.to_str().map(str::to_owned))
        .collect();
    revisions.sort_unstable();
    revisions
}

/// The files under a folder, links among them.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in entries(folder) {
        if path.is_dir() && !path.is_symlink() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn name_of(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// The bytes of a file, or of what it links to.
fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}
