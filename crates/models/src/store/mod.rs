//! The folder of the models that are installed.
//!
//! ```text
//! <id>/<path>           a file of a model
//! <id>/manifest.json    its files with their digests; written last
//! pins/<id>.json        digests that a hub stated at the first pull
//! .lock                 held while a model is fetched or removed
//! .staging/ .packages/  what a pull that broke off left, for the next one
//! ```

mod lock;
mod manifest;

use std::fs;
use std::path::{Path, PathBuf};

use crate::checksum::sha256;
use crate::error::failed;
use crate::hub::{self, HubOptions};
use crate::{Cancel, ModelError};

pub(crate) use lock::lock;
pub(crate) use manifest::{Manifest, Pins, sync_folder};

/// The folder of the models that are installed.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) folder: PathBuf,
}

/// A model that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its id.
    pub id: String,
    /// The folder of its files.
    pub folder: PathBuf,
    /// Its files.
    pub files: Vec<InstalledFile>,
    /// Its name at a hub with the commit, where its files are in the hub's cache.
    pub repository: Option<String>,
}

/// A file of a model that is installed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstalledFile {
    /// Its path within the model's folder.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub bytes: u64,
    /// Where it came from.
    pub source: String,
}

/// A file that is not as it was installed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Damage {
    /// Its path within the model's folder.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Installed {
    /// The bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The path of one of its files; none where it has no such file.
    pub fn file(&self, path: &str) -> Option<PathBuf> {
        let file = self.files.iter().find(|file| file.path == path)?;
        Some(self.folder.join(&file.path))
    }

    /// The path of the one file whose name ends so; none where there is none, or several.
    pub fn file_ending(&self, ending: &str) -> Option<PathBuf> {
        let mut found = self.files.iter().filter(|it| it.path.ends_with(ending));
        let file = found.next()?;
        found.next().is_none().then(|| self.folder.join(&file.path))
    }

    /// Files that are missing or of another size: what can be seen without reading them.
    pub fn missing(&self) -> Vec<&str> {
        let is_missing = |file: &&InstalledFile| {
            fs::metadata(self.folder.join(&file.path)).map_or(true, |it| it.len() != file.bytes)
        };
        let missing = self.files.iter().filter(is_missing);
        missing.map(|file| file.path.as_str()).collect()
    }
}

impl Store {
    /// The models in a folder, which need not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All models that were installed, by id. A file may be missing since: see
    /// [`Installed::missing`].
    ///
    /// # Errors
    /// `File` where the folder is there and cannot be read.
    pub fn installed(&self) -> Result<Vec<Installed>, ModelError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(failed(&self.folder, source)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|source| failed(&self.folder, source))?;
            ids.extend(entry.file_name().into_string().ok());
        }
        ids.sort_unstable();
        let mut all = Vec::new();
        for id in ids {
            all.extend(self.get(&id)?);
        }
        Ok(all)
    }

    /// A model, where it is installed.
    ///
    /// # Errors
    /// `File` where its manifest cannot be read.
    pub fn get(&self, id: &str) -> Result<Option<Installed>, ModelError> {
        if !hub::is_plain(id) || id.contains('/') {
            return Ok(None);
        }
        let folder = self.folder.join(id);
        Ok(Manifest::read(&folder)?.map(|manifest| Installed {
            id: id.to_owned(),
            folder: manifest.folder.unwrap_or(folder),
            files: manifest.files,
            repository: manifest.repository,
        }))
    }

    /// Compares every byte of a model with its digests.
    ///
    /// # Errors
    /// `NotInstalled`, `Cancelled`.
    pub fn verify(&self, id: &str, cancel: &Cancel) -> Result<Vec<Damage>, ModelError> {
        let model = self.required(id)?;
        let mut damages = Vec::new();
        for file in &model.files {
            if cancel.is_cancelled() {
                return Err(ModelError::Cancelled);
            }
            let reason = match sha256(&model.folder.join(&file.path)) {
                Ok(digest) if digest == file.sha256 => continue,
                Ok(_) => "its bytes are not those that were installed".to_owned(),
                Err(error) => format!("it cannot be read: {error}"),
            };
            damages.push(Damage {
                file: file.path.clone(),
                reason,
            });
        }
        Ok(damages)
    }

    /// Removes a model, and returns how many bytes that freed. A checkpoint in the hub's cache goes
    /// with it.
    ///
    /// # Errors
    /// `NotInstalled`, `File` where it cannot be removed, `Cancelled` while a pull is awaited.
    pub fn remove(&self, id: &str, hub: &HubOptions, cancel: &Cancel) -> Result<u64, ModelError> {
        self.required(id)?;
        let _lock = lock(&self.folder, cancel)?;
        let model = self.required(id)?;
        let folder = self.folder.join(id);
        // First the manifest: a model without one is not installed.
        Manifest::remove(&folder)?;
        fs::remove_dir_all(&folder).map_err(|source| failed(&folder, source))?;
        match &model.repository {
            // It may have been removed by other tools.
            Some(repository) => match hub::remove(&hub.cache, repository) {
                Err(ModelError::Hub { .. }) => Ok(0),
                freed => freed,
            },
            None => Ok(model.bytes()),
        }
    }

    fn required(&self, id: &str) -> Result<Installed, ModelError> {
        let found = self.get(id)?;
        found.ok_or_else(|| ModelError::NotInstalled {
            id: id.chars().take(64).collect(),
        })
    }
}
