//! Cloned voices that were saved as files, by file name.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::voices::CLONE;
use crate::Qwen3Error;
use crate::model::Model;
use crate::request::ClonePrompt;
use crate::voice::ClonedVoice;

/// The extension of a voice's file.
const FILE_EXTENSION: &str = "safetensors";

/// The folder of voices, and those that were read.
#[derive(Debug, Default)]
pub(super) struct SavedVoices {
    folder: Option<PathBuf>,
    loaded: Mutex<HashMap<String, LoadedVoice>>,
}

#[derive(Debug)]
struct LoadedVoice {
    changed: Option<SystemTime>,
    prompt: Arc<ClonePrompt>,
}

impl SavedVoices {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            loaded: Mutex::default(),
        }
    }

    /// The names of the voices, in order. None where there is no folder.
    pub(super) fn names(&self) -> Vec<String> {
        let files = self
            .folder
            .as_ref()
            .and_then(|folder| std::fs::read_dir(folder).ok());
        let mut names: Vec<String> = files
            .into_iter()
            .flatten()
            .filter_map(|file| {
                let path = file.ok()?.path();
                let voice = path
                    .extension()
                    .is_some_and(|extension| extension == FILE_EXTENSION);
                let name = path.file_stem()?.to_str()?.to_owned();
                (voice && name != CLONE).then_some(name)
            })
            .collect();
        names.sort_unstable();
        names
    }

    /// A voice by its name; None where there is no such file. It is read again where its file
    /// changed.
    pub(super) fn voice(
        &self,
        model: &Model,
        name: &str,
    ) -> Result<Option<Arc<ClonePrompt>>, Qwen3Error> {
        // The name comes from outside: only one that the folder lists is made into a path.
        if !self.names().iter().any(|saved| saved == name) {
            return Ok(None);
        }
        let Some(folder) = &self.folder else {
            return Ok(None);
        };
        let path = folder.join(format!("{name}.{FILE_EXTENSION}"));
        let changed = path.metadata().and_then(|file| file.modified()).ok();
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.get(name).filter(|known| known.changed == changed) {
            return Ok(Some(Arc::clone(&known.prompt)));
        }
        let voice = ClonedVoice::load(&path, model.identity())?;
        let prompt = Arc::new(voice.prompt);
        let known = LoadedVoice {
            changed,
            prompt: Arc::clone(&prompt),
        };
        loaded.insert(name.to_owned(), known);
        Ok(Some(prompt))
    }
}
