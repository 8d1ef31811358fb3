//! Where the files of the catalogue's models are, or will be once they are fetched.
//!
//! An engine gets the path of its model also where that is not installed yet: it is missing until the
//! file is there, and needs no restart then.

use std::path::{Path, PathBuf};

use mynah_models::{ModelsSettings, Store};

use crate::exit::CliError;

/// Whisper models, the most accurate first; the one that `mynah models pull default` fetches is used
/// where none is installed.
const WHISPER: [(&str, &str); 4] = [
    ("whisper-large-v3-turbo", "ggml-large-v3-turbo.bin"),
    ("whisper-small", "ggml-small.bin"),
    ("whisper-base", "ggml-base.bin"),
    ("whisper-tiny.en", "ggml-tiny.en.bin"),
];
/// The shared library of ONNX Runtime in its model's folder.
const ONNXRUNTIME: &str = "libonnxruntime.so";

const DEFAULT_WHISPER: usize = 2;
const PREVIEW_WHISPER: usize = 3;

/// The folder of the models. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct ModelFiles {
    folder: PathBuf,
}

impl ModelFiles {
    /// # Errors
    /// Where no folder is set and there is no home folder.
    pub(crate) fn new(settings: &ModelsSettings) -> Result<Self, CliError> {
        let folder = settings.folder().ok_or_else(|| {
            CliError::failed("there is no home folder to keep models in; set HOME or models.folder")
        })?;
        Ok(Self { folder })
    }

    pub(crate) fn store(&self) -> Store {
        Store::new(&self.folder)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The shared library of ONNX Runtime, where it is installed.
    pub(crate) fn onnxruntime(&self) -> Option<PathBuf> {
        Some(self.file("onnxruntime", ONNXRUNTIME)).filter(|path| path.is_file())
    }

    /// A file of a model.
    pub(crate) fn file(&self, model: &str, path: &str) -> PathBuf {
        self.folder.join(model).join(path)
    }

    /// The Whisper model that recognizes.
    pub(crate) fn whisper(&self) -> PathBuf {
        let path = |(model, file): &(&str, &str)| self.file(model, file);
        let installed = WHISPER.iter().map(path).find(|path| path.is_file());
        installed.unwrap_or_else(|| path(&WHISPER[DEFAULT_WHISPER]))
    }

    /// The Whisper model for previews of English, where it is installed.
    pub(crate) fn whisper_preview(&self) -> Option<PathBuf> {
        let (model, file) = WHISPER[PREVIEW_WHISPER];
        Some(self.file(model, file)).filter(|path| path.is_file())
    }
}
