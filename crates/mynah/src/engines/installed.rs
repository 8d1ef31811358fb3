//! Where the files of the catalogue's models are, or will be once they are fetched.
//!
//! An engine gets the path of its model also where that is not installed yet: it is missing until the
//! file is there, and needs no restart then.

use std::path::{Path, PathBuf};

use mynah_models::{Catalogue, ModelsSettings, Store};

use crate::exit::CliError;

/// Whisper models of the catalogue, the most accurate first; the one that `mynah models pull default` fetches
/// is used where none is installed.
const WHISPER: [&str; 4] = [
    "whisper-large-v3-turbo",
    "whisper-small",
    "whisper-base",
    "whisper-tiny.en",
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
        let installed = WHISPER
            .iter()
            .filter_map(|model| self.only_file(model))
            .find(|path| path.is_file());
        let default = || self.only_file(WHISPER[DEFAULT_WHISPER]);
        // Without a path the model is reported as missing.
        installed.or_else(default).unwrap_or_default()
    }

    /// The Whisper model for previews of English, where it is installed.
    pub(crate) fn whisper_preview(&self) -> Option<PathBuf> {
        self.only_file(WHISPER[PREVIEW_WHISPER])
            .filter(|path| path.is_file())
    }

    /// The file of a model that has one.
    fn only_file(&self, model: &str) -> Option<PathBuf> {
        let file = Catalogue::builtin().get(model).ok()?.files().next()?;
        Some(self.file(model, &file.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_whisper_model_is_one_file_of_the_catalogue() {
        for id in WHISPER {
            let model = Catalogue::builtin().get(id).expect(id);
            assert_eq!(model.files().count(), 1, "{id}");
        }
    }

    #[test]
    fn the_most_accurate_installed_model_recognizes() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = ModelFiles {
            folder: folder.path().to_owned(),
        };
        assert!(
            files
                .whisper()
                .starts_with(folder.path().join("whisper-base"))
        );
        for id in ["whisper-tiny.en", "whisper-large-v3-turbo"] {
            let path = files.only_file(id).expect(id);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(&path, b"").expect("written");
            assert_eq!(files.whisper(), path);
        }
        assert!(files.whisper_preview().is_some());
    }
}
