//! A model's file: checked once, loaded at first use, shared by all decodes.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use mynah_speech::SpeechError;

use crate::engine::ID;
use crate::file::{self, FileError, Hyperparameters};
use crate::model::{Model, WordTimes};

/// The fix for a missing or damaged model.
pub(crate) const FIX: &str = "Run `mynah models pull default`, or name a whole whisper.cpp model (`ggml-*.bin`) as `engines.whisper.model`";

/// A file and the model in it.
pub(crate) struct ModelFile {
    path: PathBuf,
    word_times: WordTimes,
    /// What the file says, once it was found whole.
    checked: OnceLock<Hyperparameters>,
    model: Mutex<Option<Arc<Model>>>,
}

impl ModelFile {
    pub(crate) fn new(path: PathBuf, word_times: WordTimes) -> Self {
        Self {
            path,
            word_times,
            checked: OnceLock::new(),
            model: Mutex::default(),
        }
    }

    /// What the model's file says. A file that was not whole is looked at again.
    pub(crate) fn hyperparameters(&self) -> Result<Hyperparameters, FileError> {
        if let Some(hyperparameters) = self.checked.get() {
            return Ok(*hyperparameters);
        }
        let hyperparameters = file::check(&self.path)?;
        Ok(*self.checked.get_or_init(|| hyperparameters))
    }

    /// The loaded model. A call while it is being loaded waits for it.
    pub(crate) fn model(&self) -> Result<Arc<Model>, SpeechError> {
        let mut model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = &*model {
            return Ok(Arc::clone(model));
        }
        let hyperparameters = self
            .hyperparameters()
            .map_err(|error| self.unavailable(&error))?;
        let loaded = Model::load(&self.path, hyperparameters, self.word_times);
        let loaded = loaded.map_err(|error| {
            tracing::warn!(%error, "whisper model not loaded");
            SpeechError::Failed {
                engine: ID,
                reason: format!("its model {} could not be loaded", self.name()),
            }
        })?;
        Ok(Arc::clone(model.insert(Arc::new(loaded))))
    }

    pub(crate) fn reason(&self, error: &FileError) -> String {
        format!("its model {}: {error}", self.name())
    }

    pub(crate) fn unavailable(&self, error: &FileError) -> SpeechError {
        SpeechError::Unavailable {
            engine: ID,
            reason: self.reason(error),
            fix: FIX.into(),
        }
    }

    /// The file's name, without its folders: paths of the machine are private.
    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }
}
