//! What is written beside the files of a model.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::error::failed;
use crate::hub::is_plain;

use super::InstalledFile;

const MANIFEST: &str = "manifest.json";

/// The files of a model that is installed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) files: Vec<InstalledFile>,
    /// The folder of the files, where it is another one: in the cache of the hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) folder: Option<PathBuf>,
    /// The name at the hub with the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repository: Option<String>,
}

/// Digests that a hub stated at the first pull of a model, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pins {
    /// The commit of the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) commit: Option<String>,
    pub(crate) files: BTreeMap<String, String>,
}

impl Manifest {
    /// The manifest in a model's folder; none where the model is not installed.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, ModelError> {
        let path = folder.join(MANIFEST);
        let manifest: Option<Self> = read_json(&path)?;
        // Its paths are joined to folders.
        let plain = |manifest: &Self| manifest.files.iter().all(|file| is_plain(&file.path));
        match manifest {
            Some(manifest) if !plain(&manifest) => Err(damaged(&path, &"a path leaves the folder")),
            manifest => Ok(manifest),
        }
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), ModelError> {
        write_json(&folder.join(MANIFEST), self)
    }

    pub(crate) fn remove(folder: &Path) -> Result<(), ModelError> {
        let path = folder.join(MANIFEST);
        fs::remove_file(&path).map_err(|source| failed(&path, source))
    }
}

impl Pins {
    fn path(folder: &Path, id: &str) -> PathBuf {
        folder.join("pins").join(format!("{id}.json"))
    }

    pub(crate) fn read(folder: &Path, id: &str) -> Result<Self, ModelError> {
        Ok(read_json(&Self::path(folder, id))?.unwrap_or_default())
    }

    pub(crate) fn write(&self, folder: &Path, id: &str) -> Result<(), ModelError> {
        write_json(&Self::path(folder, id), self)
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ModelError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(source) => return Err(failed(path, source)),
    };
    let parsed = serde_json::from_slice(&text);
    parsed.map(Some).map_err(|error| damaged(path, &error))
}

/// Writes a file whole or not at all.
fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ModelError> {
    let folder = path.parent().unwrap_or(path);
    let write = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, value)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        sync_folder(folder)
    };
    write().map_err(|source| failed(path, source))
}

/// Makes names in a folder durable, where the system can.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

/// Also where a part of the path is a file.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> ModelError {
    let reason = format!("it is damaged: {error}");
    failed(path, io::Error::new(io::ErrorKind::InvalidData, reason))
}
