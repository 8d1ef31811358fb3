//! The file that holds the hashes of keys.
//!
//! The file is trusted only if this user or the superuser owns it and no other user may write it.
//! It is replaced atomically by a file that was created under a random name, so that a symbolic
//! link at its path is never written through.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::KeyRecord;

/// The largest file that is read, in bytes: 50 000 keys.
pub(crate) const MAX_FILE_BYTES: u64 = 16 << 20;
/// Read and write for the owner alone.
const PRIVATE_FILE_MODE: u32 = 0o600;
/// Read, write and enter for the owner alone.
const PRIVATE_FOLDER_MODE: u32 = 0o700;
/// The bits of a mode by which a group or others may write.
const WRITABLE_BY_OTHERS: u32 = 0o022;
/// The prefix and suffix of files that are not in place yet.
const DRAFT_AFFIXES: (&str, &str) = (".keys-", ".new");

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    keys: Vec<KeyRecord>,
}

/// The identity and content of the file that was read: neither time nor size shows every change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version {
    /// Device and inode; none if there is no file.
    inode: Option<(u64, u64)>,
    content: [u8; 32],
}

/// What a read found.
#[derive(Debug)]
pub(crate) enum KeyFileContent {
    /// The version that is known already.
    Unchanged,
    /// Another version. No records if there is no file.
    Changed(Version, Vec<KeyRecord>),
}

/// Reads the file, unless it is the version that is known.
pub(crate) fn read(path: &Path, known: Option<&Version>) -> io::Result<KeyFileContent> {
    let (version, bytes) = match open(path) {
        Ok(file) => bytes(file)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => (Version::default(), Vec::new()),
        Err(error) => return Err(error),
    };
    if known == Some(&version) {
        return Ok(KeyFileContent::Unchanged);
    }
    if version.inode.is_none() {
        return Ok(KeyFileContent::Changed(version, Vec::new()));
    }
    let content: Content = serde_json::from_slice(&bytes).map_err(|error| damaged(&error))?;
    Ok(KeyFileContent::Changed(version, content.keys))
}

/// Reads, changes and writes the file under a lock between processes.
pub(crate) fn change<T>(path: &Path, edit: impl FnOnce(&mut Vec<KeyRecord>) -> T) -> io::Result<T> {
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
        KeyFileContent::Changed(_, keys) => keys,
        KeyFileContent::Unchanged => Vec::new(),
    };
    let outcome = edit(&mut keys);
    write(path, folder, keys)?;
    drop(lock);
    Ok(outcome)
}

/// Opens the file without waiting for the other end of a pipe.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(flags(OFlags::NONBLOCK))
        .open(path)
}

/// The bytes of a trusted file.
fn bytes(file: File) -> io::Result<(Version, Vec<u8>)> {
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if !is_trusted_owner(found.uid()) {
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

/// Replaces the file atomically.
fn write(path: &Path, folder: &Path, keys: Vec<KeyRecord>) -> io::Result<()> {
    // Created under a random name, with the flag that fails if the name exists.
    let mut draft = tempfile::Builder::new()
        .prefix(DRAFT_AFFIXES.0)
        .suffix(DRAFT_AFFIXES.1)
        .permissions(Permissions::from_mode(PRIVATE_FILE_MODE))
        .tempfile_in(folder)?;
    serde_json::to_writer_pretty(&mut draft, &Content { keys })?;
    draft.write_all(b"\n")?;
    draft.as_file().sync_all()?;
    draft.persist(path).map_err(|error| error.error)?;
    // The rename is durable only once the folder is synced as well.
    File::open(folder)?.sync_all()
}

/// Removes drafts of processes that died while writing. Under the lock no other process writes.
fn remove_drafts(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(DRAFT_AFFIXES.0) && name.ends_with(DRAFT_AFFIXES.1) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Creates the folder, and makes it private if this user owns it.
fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_FOLDER_MODE)
        .create(folder)?;
    let found = fs::metadata(folder)?;
    if found.uid() == rustix::process::geteuid().as_raw() {
        if found.mode() & 0o777 != PRIVATE_FOLDER_MODE {
            fs::set_permissions(folder, Permissions::from_mode(PRIVATE_FOLDER_MODE))?;
        }
        return Ok(());
    }
    if !is_trusted_owner(found.uid()) || found.mode() & WRITABLE_BY_OTHERS != 0 {
        return Err(io::Error::other(
            "its folder is another user's, or others may write it",
        ));
    }
    Ok(())
}

/// Locks a file until it is dropped.
fn lock(path: PathBuf) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE_FILE_MODE)
        .custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK))
        .open(path)?;
    file.lock()?;
    Ok(file)
}

/// Whether files of this user are trusted.
fn is_trusted_owner(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

fn flags(flags: OFlags) -> i32 {
    flags.bits() as i32
}

/// The position of a syntax error, without the text there, which may be a plain key.
fn damaged(error: &serde_json::Error) -> io::Error {
    let (line, column) = (error.line(), error.column());
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("it is damaged at line {line}, column {column}"),
    )
}
