//! The file that holds the hashes of keys.
//!
//! Keys decide who may come in, so the file is trusted only where its owner is: this user or the
//! superuser, and no one else may write it. It is replaced in one step by a file that was created
//! under a random name, so that a link which lies in the way is never written through.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::KeyRecord;

/// The largest file that is read, in bytes: room for 50 000 keys.
pub(super) const MAX_FILE_BYTES: u64 = 16 << 20;
/// What its owner alone may read and write.
const PRIVATE_FILE: u32 = 0o600;
/// What its owner alone may enter.
const PRIVATE_FOLDER: u32 = 0o700;
/// The bits of a mode by which a group or others may write.
const WRITABLE_BY_OTHERS: u32 = 0o022;
/// The names of files that are not in place yet begin and end so.
const DRAFT: (&str, &str) = (".keys-", ".new");

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    keys: Vec<KeyRecord>,
}

/// Which file was read, and what it held: neither time nor size tells a change for sure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Version {
    /// Device and inode; none where there is no file.
    inode: Option<(u64, u64)>,
    content: [u8; 32],
}

/// What was found.
#[derive(Debug)]
pub(super) enum Found {
    /// The version that is known already.
    Same,
    /// Another one. No records where there is no file.
    Other(Version, Vec<KeyRecord>),
}

/// Reads the file, unless it is the version that is known.
pub(super) fn read(path: &Path, known: Option<&Version>) -> io::Result<Found> {
    let (version, bytes) = match open(path) {
        Ok(file) => bytes(file)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => (Version::default(), Vec::new()),
        Err(error) => return Err(error),
    };
    if known == Some(&version) {
        return Ok(Found::Same);
    }
    if version.inode.is_none() {
        return Ok(Found::Other(version, Vec::new()));
    }
    let content: Content = serde_json::from_slice(&bytes).map_err(|error| damaged(&error))?;
    Ok(Found::Other(version, content.keys))
}

/// Reads, changes and writes the file while no other process does.
pub(super) fn change<T>(path: &Path, act: impl FnOnce(&mut Vec<KeyRecord>) -> T) -> io::Result<T> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    make_private(folder)?;
    let lock = lock(path.with_extension("json.lock"))?;
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Err(io::Error::other(
            "it is a link, and keys are not written through one; put the file itself there",
        ));
    }
    remove_drafts(folder)?;
    let mut keys = match read(path, None)? {
        Found::Other(_, keys) => keys,
        Found::Same => Vec::new(),
    };
    let outcome = act(&mut keys);
    write(path, folder, keys)?;
    drop(lock);
    Ok(outcome)
}

/// Opens it without waiting for the other end of a pipe.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(flags(OFlags::NONBLOCK))
        .open(path)
}

/// The file's bytes, where it can be trusted.
fn bytes(file: File) -> io::Result<(Version, Vec<u8>)> {
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    if !is_ours(found.uid()) {
        return Err(io::Error::other("it belongs to another user"));
    }
    if found.mode() & WRITABLE_BY_OTHERS != 0 {
        return Err(io::Error::other(
            "other users may write it; run `chmod go-w` on it",
        ));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other("it is larger than 16 MiB"));
    }
    let version = Version {
        inode: Some((found.dev(), found.ino())),
        content: Sha256::digest(&bytes).into(),
    };
    Ok((version, bytes))
}

/// Replaces the file in one step.
fn write(path: &Path, folder: &Path, keys: Vec<KeyRecord>) -> io::Result<()> {
    // Created anew under a random name, with the flag that refuses whatever lies there.
    let mut draft = tempfile::Builder::new()
        .prefix(DRAFT.0)
        .suffix(DRAFT.1)
        .permissions(Permissions::from_mode(PRIVATE_FILE))
        .tempfile_in(folder)?;
    serde_json::to_writer_pretty(&mut draft, &Content { keys })?;
    draft.write_all(b"\n")?;
    draft.as_file().sync_all()?;
    draft.persist(path).map_err(|error| error.error)?;
    // The name lasts only once the folder is written as well.
    File::open(folder)?.sync_all()
}

/// Removes what a process left that died while it wrote. Under the lock no other one writes.
fn remove_drafts(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(DRAFT.0) && name.ends_with(DRAFT.1) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes the folder, and closes it to others where it is this user's.
fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_FOLDER)
        .create(folder)?;
    let found = fs::metadata(folder)?;
    if found.uid() == rustix::process::geteuid().as_raw() {
        if found.mode() & 0o777 != PRIVATE_FOLDER {
            fs::set_permissions(folder, Permissions::from_mode(PRIVATE_FOLDER))?;
        }
        return Ok(());
    }
    if !is_ours(found.uid()) || found.mode() & WRITABLE_BY_OTHERS != 0 {
        return Err(io::Error::other(
            "its folder is another user's, or others may write it",
        ));
    }
    Ok(())
}

/// Holds the file until dropped.
fn lock(path: PathBuf) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE_FILE)
        .custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK))
        .open(path)?;
    file.lock()?;
    Ok(file)
}

/// Whether a file of this user is trusted.
fn is_ours(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

fn flags(flags: OFlags) -> i32 {
    flags.bits() as i32
}

/// What is wrong, without what stands there: a key in plain text may.
fn damaged(error: &serde_json::Error) -> io::Error {
    let (line, column) = (error.line(), error.column());
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("it is damaged at line {line}, column {column}"),
    )
}
