//! Files in their places.

use std::fs::{self, File};
use std::path::Path;

use crate::catalogue::{Digest, ModelFile};
use crate::checksum::sha256;
use crate::error::failed;
use crate::source::Fetched;
use crate::store::sync_folder;
use crate::{InstalledFile, ModelError, hub};

/// A file that is in its place with the bytes of one of its sources.
pub(super) fn in_place(
    path: &Path,
    file: &ModelFile,
    pinned: Option<&str>,
) -> Result<Option<InstalledFile>, ModelError> {
    let Ok(metadata) = fs::metadata(path) else {
        return Ok(None);
    };
    let digest = sha256(path).map_err(|source| failed(path, source))?;
    let source = file.sources.iter().find(|source| match &source.digest {
        Digest::Sha256(own) => *own == digest,
        Digest::Stated => pinned == Some(digest.as_str()),
    });
    Ok(source.map(|source| InstalledFile {
        path: file.path.clone(),
        sha256: digest,
        bytes: metadata.len(),
        source: source.to_string(),
    }))
}

/// The files of a checkpoint, with their digests.
pub(super) fn checkpoint_files(
    folder: &Path,
    source: &str,
) -> Result<Vec<InstalledFile>, ModelError> {
    let mut files = Vec::new();
    for path in hub::files(folder) {
        let relative = path.strip_prefix(folder).ok().and_then(Path::to_str);
        // What was computed on it is not part of it.
        let Some(relative) = relative.filter(|it| hub::is_plain(it) && !it.starts_with("mynah/"))
        else {
            continue;
        };
        let io_error = |source| failed(&path, source);
        files.push(InstalledFile {
            path: relative.to_owned(),
            sha256: sha256(&path).map_err(io_error)?,
            bytes: fs::metadata(&path).map_err(io_error)?.len(),
            source: source.to_owned(),
        });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Moves a file to its place once all of it is on the disk.
pub(super) fn install(fetched: &Fetched, target: &Path) -> Result<(), ModelError> {
    let folder = target.parent().unwrap_or(target);
    let install = || {
        fs::create_dir_all(folder)?;
        File::open(&fetched.path)?.sync_all()?;
        fs::rename(&fetched.path, target)?;
        // Renaming one hard link of a file to another leaves both.
        match fs::remove_file(&fetched.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        sync_folder(folder)
    };
    install().map_err(|source| failed(target, source))
}
