//! The engine.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use mynah_speech::model_cache::{ModelCache, ModelLease};
use mynah_speech::pool::Pool;
use mynah_speech::wait::Interrupted;
use mynah_speech::{Cancel, EngineHealth, EngineInfo, Language, SpeechError, Translator};

use crate::error::{FIX, ID, ModelError};
use crate::model::LoadedModel;
use crate::model_files::ModelFiles;

/// The longest text taken at once, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// How long a caller waits for its turn before it fails with `Busy`.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// What the engine is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Folders of models, or of such folders. A model's folder has one direction and is named after
    /// it, such as `bergamot-en-pt`; it holds `model.*.bin`, `vocab.*.spm` (or `srcvocab.*.spm` and
    /// `trgvocab.*.spm`) and, where there is one, `lex.*.bin`. They are looked through at each call, so
    /// that models can be added while the program runs.
    pub models: Vec<PathBuf>,
    /// Texts that are translated at the same time, each by its caller's thread. 0 means one per
    /// processor core.
    pub concurrency: usize,
}

/// Translation by the models of Firefox.
pub struct Bergamot {
    info: EngineInfo,
    folders: Vec<PathBuf>,
    models: ModelCache<PathBuf, LoadedModel>,
    permits: Pool<()>,
}

impl Bergamot {
    /// The engine. Nothing is read yet.
    pub fn new(options: Options) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let concurrency = match options.concurrency {
            0 => cores(),
            own => own,
        };
        Self {
            info: EngineInfo {
                id: ID,
                demo: false,
                about: "Bergamot: the translation models of Firefox, computed on the processor.",
                licence: "MPL-2.0",
                packages: &[],
            },
            folders: options.models,
            models: ModelCache::new(usize::MAX),
            permits: Pool::new(concurrency),
        }
    }

    /// Loads the model of a direction, so that its first translation need not.
    ///
    /// # Errors
    /// As [`Translator::translate`].
    pub fn warm(&self, from: &Language, to: &Language) -> Result<(), SpeechError> {
        self.model(&self.files(from, to)?, &Cancel::new())?;
        Ok(())
    }

    /// The model of these files. All that were needed stay in memory: each has some 40 MB.
    fn model(
        &self,
        files: &ModelFiles,
        cancel: &Cancel,
    ) -> Result<ModelLease<LoadedModel>, ModelError> {
        let load = || LoadedModel::load(files);
        self.models.lease(&files.folder, cancel, load)
    }

    /// The model for exactly these languages, or else one that serves.
    fn files(&self, from: &Language, to: &Language) -> Result<ModelFiles, SpeechError> {
        let all = ModelFiles::find(&self.folders);
        if all.is_empty() {
            return Err(SpeechError::Unavailable {
                engine: ID,
                reason: "no model is installed".into(),
                fix: FIX.into(),
            });
        }
        let exact = all.iter().find(|own| own.from == *from && own.to == *to);
        let serves = |own: &&ModelFiles| own.from.serves(from) && own.to.serves(to);
        if let Some(files) = exact.or_else(|| all.iter().find(serves)) {
            return Ok(files.clone());
        }
        let known: Vec<_> = all
            .iter()
            .map(|own| format!("{}→{}", own.from, own.to))
            .collect();
        Err(SpeechError::Unsupported {
            param: "language",
            message: format!("bergamot has no {from}→{to}; it has {}", known.join(", ")),
        })
    }
}

impl Translator for Bergamot {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        if ModelFiles::find(&self.folders).is_empty() {
            return EngineHealth::Missing {
                reason: "no model is installed".into(),
                fix: FIX.into(),
            };
        }
        EngineHealth::Ready { version: None }
    }

    fn pairs(&self) -> Vec<(Language, Language)> {
        let all = ModelFiles::find(&self.folders);
        all.into_iter().map(|own| (own.from, own.to)).collect()
    }

    fn translate(
        &self,
        text: &str,
        from: &Language,
        to: &Language,
        cancel: &Cancel,
    ) -> Result<String, SpeechError> {
        if text.len() > MAX_BYTES {
            return Err(SpeechError::Invalid {
                param: "text",
                message: format!("a text to translate may have {MAX_BYTES} bytes at most"),
            });
        }
        let files = self.files(from, to)?;
        let permit = self
            .permits
            .acquire(Some(Instant::now() + MAX_WAIT), cancel);
        let _permit = permit.map_err(|interrupted| match interrupted {
            Interrupted::Cancelled => SpeechError::Cancelled,
            Interrupted::TimedOut => SpeechError::Busy {
                engine: ID,
                reason: format!("its turn did not come within {} s", MAX_WAIT.as_secs()),
            },
        })?;
        Ok(self.model(&files, cancel)?.translate(text, cancel)?)
    }
}
