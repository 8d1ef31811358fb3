//! The engine.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use mynah_speech::model_cache::{ModelCache, ModelLease};
use mynah_speech::{Cancel, EngineHealth, EngineId, EngineInfo, Language, SpeechError, Translator};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::catalogue::{Catalogue, Hop};
use crate::error::MarianError;
use crate::loaded_model::{Context, LoadedModel};

/// Its name.
const ID: EngineId = EngineId::new("marian");

/// What mends its absence.
const FIX: &str = "Put OPUS-MT models into the folder of engines.marian.models, one folder each, named \
                   like opus-mt-en-es";

/// The longest text taken at once, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// How the engine works.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of models, each a folder of its own.
    pub models: PathBuf,
    /// Threads that compute. 0 means one per processor core.
    pub threads: usize,
    /// Models that stay in memory. A translation through English uses two.
    pub loaded: usize,
}

impl Options {
    /// The models of a folder, with all cores and four models in memory.
    pub fn new(models: impl AsRef<Path>) -> Self {
        Self {
            models: models.as_ref().to_owned(),
            threads: 0,
            loaded: 4,
        }
    }
}

/// Translation by MarianMT models.
pub struct Marian {
    info: EngineInfo,
    catalogue: Catalogue,
    models: ModelCache<PathBuf, LoadedModel>,
    threads: usize,
    pool: OnceLock<Result<ThreadPool, String>>,
}

impl Marian {
    /// The engine. Nothing is read and no thread started yet.
    pub fn new(options: &Options) -> Self {
        let info = EngineInfo {
            id: ID,
            demo: false,
            about: "MarianMT: OPUS-MT models, computed on the processor.",
            licence: "MIT OR Apache-2.0",
            packages: &[],
        };
        Self {
            info,
            catalogue: Catalogue::new(&options.models),
            models: ModelCache::new(options.loaded),
            threads: options.threads,
            pool: OnceLock::new(),
        }
    }

    /// Loads what a direction takes, so that its first translation need not.
    ///
    /// # Errors
    /// `Unsupported` for a direction that no model has, `Unavailable` for a model that is damaged.
    pub fn warm(&self, from: &Language, to: &Language) -> Result<(), SpeechError> {
        for hop in self.route(from, to)? {
            self.model(&hop.folder, &Cancel::new())?;
        }
        Ok(())
    }

    /// The folders of the models in memory, the latest used last.
    pub fn loaded(&self) -> Vec<PathBuf> {
        self.models.keys()
    }

    fn model(
        &self,
        folder: &PathBuf,
        cancel: &Cancel,
    ) -> Result<ModelLease<LoadedModel>, SpeechError> {
        let load = || LoadedModel::read(folder);
        let leased = self.models.lease(folder, cancel, load);
        leased.map_err(|error| speech_error(&error))
    }

    fn route(&self, from: &Language, to: &Language) -> Result<Vec<Hop>, SpeechError> {
        if let Some(route) = self.catalogue.route(from, to) {
            return Ok(route);
        }
        let pairs = self.catalogue.pairs();
        if pairs.is_empty() {
            return Err(unavailable("no model is there".into()));
        }
        let known: Vec<String> = pairs.iter().map(|(a, b)| format!("{a}→{b}")).collect();
        Err(SpeechError::Unsupported {
            param: "language",
            message: format!("marian has no {from}→{to}; it has {}", known.join(", ")),
        })
    }

    fn pool(&self) -> Result<&ThreadPool, SpeechError> {
        let pool = self.pool.get_or_init(|| {
            ThreadPoolBuilder::new()
                .num_threads(self.threads)
                .thread_name(|number| format!("marian-{number}"))
                .build()
                .map_err(|error| error.to_string())
        });
        pool.as_ref().map_err(|reason| SpeechError::Failed {
            engine: ID,
            reason: reason.clone(),
        })
    }
}

impl Translator for Marian {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        if self.catalogue.pairs().is_empty() {
            return EngineHealth::Missing {
                reason: "no model is there".into(),
                fix: FIX.into(),
            };
        }
        EngineHealth::Ready { version: None }
    }

    fn pairs(&self) -> Vec<(Language, Language)> {
        self.catalogue.pairs()
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
        let mut text = text.to_owned();
        for hop in self.route(from, to)? {
            if cancel.is_cancelled() {
                return Err(SpeechError::Cancelled);
            }
            let model = self.model(&hop.folder, cancel)?;
            let context = Context {
                from: &hop.from,
                code: hop.code.as_deref(),
                cancel,
            };
            // In a pool of its own: its size is the engine's, and the callers' threads only wait.
            let translated = self.pool()?.install(|| model.translate(&text, &context));
            text = translated.map_err(|error| speech_error(&error))?;
        }
        Ok(text)
    }
}

fn speech_error(error: &MarianError) -> SpeechError {
    match error {
        MarianError::Cancelled => SpeechError::Cancelled,
        MarianError::Compute(reason) => SpeechError::Failed {
            engine: ID,
            reason: reason.clone(),
        },
        MarianError::Unreadable { .. }
        | MarianError::Damaged { .. }
        | MarianError::Unsupported { .. } => SpeechError::Unavailable {
            engine: ID,
            reason: error.to_string(),
            fix: "Fetch that model again".into(),
        },
    }
}

fn unavailable(reason: String) -> SpeechError {
    SpeechError::Unavailable {
        engine: ID,
        reason,
        fix: FIX.into(),
    }
}
