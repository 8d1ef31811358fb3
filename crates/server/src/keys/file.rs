//! The file that holds the hashes of keys.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::KeyRecord;

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    keys: Vec<KeyRecord>,
}

/// What changes when the file does.
pub(super) type Stamp = Option<(SystemTime, u64)>;

/// The time and size of the file; none where there is no file.
pub(super) fn stamp(path: &Path) -> io::Result<Stamp> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some((metadata.modified()?, metadata.len()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// All records; none where there is no file.
pub(super) fn read(path: &Path) -> io::Result<Vec<KeyRecord>> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice::<Content>(&bytes)?.keys),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Replaces the file in one step; its owner alone may read it.
fn write(path: &Path, keys: Vec<KeyRecord>) -> io::Result<()> {
    let draft = path.with_extension("json.new");
    let mut file = private()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&draft)?;
    serde_json::to_writer_pretty(&mut file, &Content { keys })?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

/// Reads, changes and writes the file while no other process does.
pub(super) fn change<T>(path: &Path, act: impl FnOnce(&mut Vec<KeyRecord>) -> T) -> io::Result<T> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let lock = lock(path.with_extension("json.lock"))?;
    let mut keys = read(path)?;
    let outcome = act(&mut keys);
    write(path, keys)?;
    drop(lock);
    Ok(outcome)
}

/// Holds the file until dropped.
fn lock(path: PathBuf) -> io::Result<File> {
    let file = private()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    file.lock()?;
    Ok(file)
}

fn private() -> OpenOptions {
    #[allow(unused_mut, reason = "the mode exists on Unix alone")]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
