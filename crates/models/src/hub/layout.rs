//! The layout of Hugging Face's cache, which its Python package and other tools share:
//!
//! ```text
//! models--owner--name/blobs/<etag>                 the files, by SHA-256 or git's hash
//! models--owner--name/refs/<revision>              the commit of a branch or tag, as last resolved
//! models--owner--name/snapshots/<commit>/<path>    links to blobs
//! .locks/models--owner--name/<etag>.lock           held by the process that fetches a blob
//! ```
//!
//! Reference: <https://huggingface.co/docs/hub/local-cache>.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::ModelError;
use crate::error::failed;

use super::Selection;
use super::spec::{HubId, is_commit};

pub(super) const BLOBS: &str = "blobs";
pub(super) const REFS: &str = "refs";
pub(super) const SNAPSHOTS: &str = "snapshots";
const LOCKS: &str = ".locks";

/// Counts the temporary files of this process, for their names.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// The folder of one repository in the cache.
#[derive(Clone, Debug)]
pub(super) struct RepositoryCache {
    folder: PathBuf,
    locks: PathBuf,
}

impl RepositoryCache {
    pub(super) fn new(cache: &Path, id: &HubId) -> Self {
        let name = id.cache_folder();
        Self {
            folder: cache.join(&name),
            locks: cache.join(LOCKS).join(name),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn blob(&self, name: &str) -> PathBuf {
        self.folder.join(BLOBS).join(name)
    }

    pub(super) fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join(SNAPSHOTS).join(commit)
    }

    /// The snapshot of a revision, where all that is selected is here.
    pub(super) fn find(&self, revision: &str, selection: &Selection) -> Option<PathBuf> {
        let snapshot = self.snapshot(&self.commit_of(revision)?);
        selection.is_complete(&snapshot).then_some(snapshot)
    }

    /// The commit of a revision, as it was last resolved.
    pub(super) fn commit_of(&self, revision: &str) -> Option<String> {
        if is_commit(revision) {
            return Some(revision.to_owned());
        }
        let commit = fs::read_to_string(self.folder.join(REFS).join(revision)).ok()?;
        let commit = commit.trim();
        is_commit(commit).then(|| commit.to_owned())
    }

    /// Records the commit of a branch or tag.
    pub(super) fn write_ref(&self, revision: &str, commit: &str) -> Result<(), ModelError> {
        if is_commit(revision) || self.commit_of(revision).as_deref() == Some(commit) {
            return Ok(());
        }
        let path = self.folder.join(REFS).join(revision);
        let write = || {
            create_parent(&path)?;
            // Written whole or not at all.
            let beside = temporary_beside(&path);
            fs::write(&beside, commit)?;
            fs::rename(&beside, &path)
        };
        write().map_err(|source| failed(&path, source))
    }

    /// Blocks until no other process fetches this blob. The lock is released when the file is
    /// closed. Other tools use the same lock.
    pub(super) fn lock(&self, blob: &str) -> Result<File, ModelError> {
        let path = self.locks.join(format!("{blob}.lock"));
        let lock = || {
            create_parent(&path)?;
            let file = File::create(&path)?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(|source| failed(&path, source))
    }

    /// Makes a blob a file of a snapshot.
    pub(super) fn link(&self, blob: &str, snapshot: &Path, path: &str) -> Result<(), ModelError> {
        let target = snapshot.join(path);
        // Up from the file to the snapshot, and from there to the repository.
        let ups = path.split('/').count() + 1;
        let relative: PathBuf = std::iter::repeat_n("..", ups)
            .chain([BLOBS, blob])
            .collect();
        let link = || {
            create_parent(&target)?;
            // Never written to `target` itself: through a link that another caller has made there, a
            // copy would overwrite the blob.
            let beside = temporary_beside(&target);
            link_or_copy(&self.blob(blob), &relative, &beside, symlink)?;
            fs::rename(&beside, &target)?;
            // Renaming one hard link of a file to another leaves both.
            match fs::remove_file(&beside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        };
        link().map_err(|source| failed(&target, source))
    }
}

/// A name in the same folder that no other caller writes to.
fn temporary_beside(path: &Path) -> PathBuf {
    let number = WRITES.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".new-{}-{number}", std::process::id()))
}

/// Links to a blob; where symbolic links are impossible, by a hard link or a copy.
fn link_or_copy(
    blob: &Path,
    relative: &Path,
    target: &Path,
    symlink: impl Fn(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    symlink(relative, target)
        .or_else(|_| fs::hard_link(blob, target))
        .or_else(|_| fs::copy(blob, target).map(drop))
}

#[cfg(unix)]
fn symlink(relative: &Path, target: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(relative, target)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn create_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// The paths in a folder; none where it cannot be read.
pub(super) fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_are_copied_where_links_are_impossible() {
        let folder = tempfile::tempdir().expect("a folder");
        let (blob, target) = (folder.path().join("blob"), folder.path().join("file"));
        fs::write(&blob, "weights").expect("written");
        let impossible = |_: &Path, _: &Path| Err(io::ErrorKind::Unsupported.into());
        link_or_copy(&blob, Path::new("blob"), &target, impossible).expect("linked");
        assert!(!target.is_symlink());
        assert_eq!(fs::read_to_string(&target).expect("read"), "weights");
    }

    #[test]
    fn concurrent_links_keep_the_blob() {
        let folder = tempfile::tempdir().expect("a folder");
        let id = "own/er".parse().expect("an id");
        let cache = RepositoryCache::new(folder.path(), &id);
        let (blob, snapshot) = (cache.blob("b1"), cache.snapshot("c1"));
        create_parent(&blob).expect("a folder");
        fs::write(&blob, "weights").expect("written");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        cache.link("b1", &snapshot, "a/file").expect("linked");
                    }
                });
            }
        });
        assert_eq!(fs::read_to_string(&blob).expect("read"), "weights");
        let linked = snapshot.join("a/file");
        assert_eq!(fs::read_to_string(linked).expect("read"), "weights");
        let left = fs::read_dir(snapshot.join("a")).expect("a folder").count();
        assert_eq!(left, 1);
    }
}
