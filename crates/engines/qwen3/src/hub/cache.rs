//! Models that were fetched: `owner--name/<commit>/…`, and beside the commits `refs/<revision>`,
//! which says what commit a branch or tag was when the hub was last asked.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Qwen3Error, Result};

use super::failed;
use super::repository::Repository;
use super::spec::{HubId, is_commit};

/// Held by the process that fetches into a repository's folder.
pub(super) const LOCK: &str = ".lock";

/// In a commit's folder once it is whole: each file's length and path, a line each.
const WHOLE: &str = ".complete";

const REFS: &str = "refs";

/// A model in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedModel {
    /// `owner/name`.
    pub repository: String,
    /// Its commit.
    pub commit: String,
    /// Branches and tags that stood for this commit when they were last asked for, in order.
    pub revisions: Vec<String>,
    /// What it takes on disk, unfinished files too.
    pub bytes: u64,
    /// Whether all of it is here.
    pub complete: bool,
    /// Its folder.
    pub folder: PathBuf,
}

/// The folder of one commit.
#[derive(Debug)]
pub(super) struct Snapshot(PathBuf);

impl Snapshot {
    pub(super) fn new(home: &Path, commit: &str) -> Self {
        Self(home.join(commit))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// The folder of what a revision stands for, where all of it is here.
    pub(super) fn find(home: &Path, revision: &str) -> Option<PathBuf> {
        let snapshot = Self::new(home, &commit_of(home, revision)?);
        snapshot.contents().map(|_| snapshot.0)
    }

    /// Whether all files of this commit are here.
    pub(super) fn is_whole(&self, repository: &Repository) -> bool {
        self.contents().is_some_and(|contents| {
            repository
                .files
                .iter()
                .all(|file| contents.contains(&file.path))
        })
    }

    /// Says that all files are here.
    pub(super) fn finish(&self, repository: &Repository) -> Result<()> {
        let mut lines = String::new();
        for file in &repository.files {
            let path = self.0.join(&file.path);
            let bytes = fs::metadata(&path)
                .map_err(|source| failed(&path, source))?
                .len();
            lines += &format!("{bytes} {}\n", file.path);
        }
        write(&self.0.join(WHOLE), &lines)
    }

    /// The paths of all files, where each is here and as long as it was.
    fn contents(&self) -> Option<Vec<String>> {
        let text = fs::read_to_string(self.0.join(WHOLE)).ok()?;
        text.lines()
            .map(|line| {
                let (bytes, path) = line.split_once(' ')?;
                let found = fs::metadata(self.0.join(path)).ok()?.len();
                (bytes.parse() == Ok(found)).then(|| path.to_owned())
            })
            .collect()
    }
}

/// The folder of a repository.
pub(super) fn home(cache: &Path, id: &HubId) -> PathBuf {
    cache.join(id.folder())
}

/// Keeps what commit a revision stands for.
pub(super) fn remember(home: &Path, revision: &str, commit: &str) -> Result<()> {
    if is_commit(revision) {
        return Ok(());
    }
    let refs = home.join(REFS);
    fs::create_dir_all(&refs).map_err(|source| failed(&refs, source))?;
    write(&refs.join(flat(revision)), commit)
}

fn commit_of(home: &Path, revision: &str) -> Option<String> {
    if is_commit(revision) {
        return Some(revision.to_owned());
    }
    let commit = fs::read_to_string(home.join(REFS).join(flat(revision))).ok()?;
    is_commit(&commit).then_some(commit)
}

/// A revision as a file's name. Two dashes are in none: see [`HubId`].
fn flat(revision: &str) -> String {
    revision.replace('/', "--")
}

/// Writes a small file at once or not at all.
fn write(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_file_name(".new");
    fs::write(&beside, text)
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|source| failed(path, source))
}

/// All models in a cache, by repository and commit.
///
/// # Errors
/// `File` where the cache is there and cannot be read.
pub fn list(cache: &Path) -> Result<Vec<CachedModel>> {
    let mut models = Vec::new();
    for home in folders(cache)? {
        let Some((owner, name)) = name_of(&home).and_then(|name| name.split_once("--")) else {
            continue;
        };
        let repository = format!("{owner}/{name}");
        for folder in folders(&home)? {
            let Some(commit) = name_of(&folder).filter(|name| is_commit(name)) else {
                continue;
            };
            models.push(CachedModel {
                repository: repository.clone(),
                commit: commit.to_owned(),
                revisions: revisions(&home, commit),
                bytes: bytes(&folder),
                complete: Snapshot::new(&home, commit).contents().is_some(),
                folder,
            });
        }
    }
    models.sort_by(|a, b| (&a.repository, &a.commit).cmp(&(&b.repository, &b.commit)));
    Ok(models)
}

/// Removes a model, or the one revision that is named, and says how many bytes that freed.
///
/// # Errors
/// `Hub` where it is not in the cache, `File` where it cannot be removed, `Invalid` where `spec` is
/// no hub's name: a folder of one's own is never removed.
pub fn remove(cache: &Path, spec: &str) -> Result<u64> {
    let id: HubId = spec.parse()?;
    let home = home(cache, &id);
    let missing = || Qwen3Error::Hub {
        model: id.to_string(),
        reason: format!("is not in {}", cache.display()),
    };
    let folder = match id.named_revision() {
        None => home.clone(),
        Some(revision) => home.join(commit_of(&home, revision).ok_or_else(missing)?),
    };
    if !folder.is_dir() {
        return Err(missing());
    }
    let freed = bytes(&folder);
    for revision in name_of(&folder).map_or_else(Vec::new, |commit| revisions(&home, commit)) {
        let path = home.join(REFS).join(flat(&revision));
        fs::remove_file(&path).map_err(|source| failed(&path, source))?;
    }
    fs::remove_dir_all(&folder).map_err(|source| failed(&folder, source))?;
    Ok(freed)
}

/// The revisions that stood for a commit, in order.
fn revisions(home: &Path, commit: &str) -> Vec<String> {
    let mut revisions: Vec<_> = fs::read_dir(home.join(REFS))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| fs::read_to_string(entry.path()).is_ok_and(|held| held == commit))
        .map(|entry| entry.file_name().to_string_lossy().replace("--", "/"))
        .filter(|revision| !revision.starts_with('.'))
        .collect();
    revisions.sort_unstable();
    revisions
}

fn folders(parent: &Path) -> Result<Vec<PathBuf>> {
    match fs::read_dir(parent) {
        Ok(entries) => Ok(entries
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.path())
            .collect()),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(failed(parent, source)),
    }
}

fn name_of(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// What lies in a folder, links not followed.
fn bytes(folder: &Path) -> u64 {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
