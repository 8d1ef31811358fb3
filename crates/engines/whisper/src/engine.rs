//! The engine.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use mynah_audio::SampleRate;
use mynah_speech::pool::{Lease, Pool};
use mynah_speech::wait::{Interrupted, wait_for};
use mynah_speech::{
    Cancel, EngineHealth, EngineId, EngineInfo, Language, LanguageChoice, RecognitionOptions,
    Recognizer, RecognizerStream, SpeechError, Transcript,
};
use tokio::sync::oneshot;
use whisper_rs::WhisperState;

use crate::decode::{Decode, DecodeError};
use crate::file::{self, FileError, Hyperparameters};
use crate::model::Model;
use crate::stream::{Stream, fits};
use crate::transcription::{Dropped, Transcription};
use crate::{clip, language, log};

/// Its name.
pub(crate) const ID: EngineId = EngineId::new("whisper");

/// What mends a missing or damaged model.
const FIX: &str = "Name a whole whisper.cpp model (`ggml-*.bin`) as `engines.whisper.model`.";

/// How many decodes there may be, and how long one is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Threads that compute for one decode. 0, the default, means one per processor core.
    pub threads: usize,
    /// Decodes at once, at least 1. Each has buffers of its own beside the shared weights, which
    /// grow with the model. Default: 1.
    pub states: usize,
    /// How long the end of a segment waits for a place before it is `Busy`. Default: 30 s.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            threads: 0,
            states: 1,
            wait: Duration::from_secs(30),
        }
    }
}

/// A Whisper model run by whisper.cpp. Cheap to clone.
#[derive(Clone)]
pub struct Whisper {
    shared: Arc<Shared>,
}

/// What the engine and its streams share.
pub(crate) struct Shared {
    path: PathBuf,
    limits: Limits,
    /// What the file says, once it was found whole.
    checked: OnceLock<Hyperparameters>,
    model: Mutex<Option<Arc<Model>>>,
    states: Pool<WhisperState>,
}

static INFO: EngineInfo = EngineInfo {
    id: ID,
    demo: false,
    about: "Whisper, a recognizer of up to a hundred languages, run by whisper.cpp.",
    licence: "MIT",
    packages: &[],
};

impl Whisper {
    /// The engine with the model in this file. Nothing is opened yet.
    pub fn new(model: impl AsRef<Path>, limits: Limits) -> Self {
        log::install();
        Self {
            shared: Arc::new(Shared {
                path: model.as_ref().to_owned(),
                limits,
                checked: OnceLock::new(),
                model: Mutex::default(),
                states: Pool::new(limits.states),
            }),
        }
    }

    /// Loads the model if that has not been done. Blocking.
    ///
    /// # Errors
    /// `Unavailable` where the file is no model.
    pub fn warm(&self) -> Result<(), SpeechError> {
        self.shared.model().map(drop)
    }

    /// The text of a whole clip, mono at 16 kHz, with what the trait has no room for: the language
    /// that was found and what was left out. Blocking.
    ///
    /// # Errors
    /// Those of [`Recognizer::open`] and [`RecognizerStream::finish`].
    pub fn transcribe(
        &self,
        samples: &[f32],
        language: &LanguageChoice,
        cancel: &Cancel,
    ) -> Result<Transcription, SpeechError> {
        fits(samples.len())?;
        let language = self.shared.number(language)?;
        let samples = samples.iter().copied().map(clip::clean).collect();
        self.shared.transcribe(samples, language, cancel)
    }
}

impl Recognizer for Whisper {
    fn info(&self) -> &EngineInfo {
        &INFO
    }

    fn health(&self) -> EngineHealth {
        match self.shared.hyperparameters() {
            Ok(_) => EngineHealth::Ready {
                version: Some(whisper_rs::WHISPER_CPP_VERSION.into()),
            },
            Err(error) => EngineHealth::Missing {
                reason: self.shared.reason(&error),
                fix: FIX.into(),
            },
        }
    }

    fn languages(&self) -> Vec<Language> {
        let hyperparameters = self.shared.hyperparameters();
        hyperparameters.map_or_else(
            |_| Vec::new(),
            |hyperparameters| language::all(hyperparameters.languages()),
        )
    }

    fn detects(&self) -> bool {
        self.shared
            .hyperparameters()
            .is_ok_and(|hyperparameters| hyperparameters.multilingual())
    }

    fn rate(&self) -> SampleRate {
        SampleRate::HZ_16000
    }

    fn open(&self, options: &RecognitionOptions) -> Result<Box<dyn RecognizerStream>, SpeechError> {
        let language = self.shared.number(&options.language)?;
        let (samples, engine) = (Vec::new(), Arc::clone(&self.shared));
        Ok(Box::new(Stream {
            samples,
            language,
            engine,
        }))
    }
}

impl Shared {
    /// What the model's file says. A file that was not whole is looked at again.
    fn hyperparameters(&self) -> Result<Hyperparameters, FileError> {
        if let Some(hyperparameters) = self.checked.get() {
            return Ok(*hyperparameters);
        }
        let hyperparameters = file::check(&self.path)?;
        Ok(*self.checked.get_or_init(|| hyperparameters))
    }

    /// The number of a language that this model has; none where it is to be detected.
    fn number(&self, language: &LanguageChoice) -> Result<Option<i32>, SpeechError> {
        let hyperparameters = self
            .hyperparameters()
            .map_err(|error| self.unavailable(&error))?;
        let Some(language) = language.named() else {
            return Ok(None);
        };
        if let Some(number) = language::number(language, hyperparameters.languages()) {
            return Ok(Some(number));
        }
        let message = if hyperparameters.multilingual() {
            let count = hyperparameters.languages();
            format!("whisper knows {count} languages, and {language} is none of them")
        } else {
            format!("this whisper model understands English (en), not {language}")
        };
        Err(SpeechError::Unsupported {
            param: "language",
            message,
        })
    }

    /// The loaded model. A call while it is being loaded waits for it.
    fn model(&self) -> Result<Arc<Model>, SpeechError> {
        let mut model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = &*model {
            return Ok(Arc::clone(model));
        }
        let hyperparameters = self
            .hyperparameters()
            .map_err(|error| self.unavailable(&error))?;
        let loaded = Model::load(&self.path, hyperparameters).map_err(|error| {
            tracing::warn!(%error, "whisper model not loaded");
            SpeechError::Failed {
                engine: ID,
                reason: format!("its model {} could not be loaded", self.file()),
            }
        })?;
        Ok(Arc::clone(model.insert(Arc::new(loaded))))
    }

    /// The text of clean samples. The work is done in a thread of its own, so that a cancelled call
    /// returns at once.
    pub(crate) fn transcribe(
        self: &Arc<Self>,
        samples: Vec<f32>,
        language: Option<i32>,
        cancel: &Cancel,
    ) -> Result<Transcription, SpeechError> {
        if clip::is_silent(&samples) {
            let dropped = Dropped {
                silent: 1,
                ..Dropped::default()
            };
            return Ok(Transcription {
                transcript: Transcript::default(),
                probability: None,
                dropped,
            });
        }
        let deadline = Instant::now() + self.limits.wait;
        let lease = self.states.acquire(Some(deadline), cancel);
        let mut lease = lease.map_err(|interrupted| match interrupted {
            Interrupted::Cancelled => SpeechError::Cancelled,
            Interrupted::TimedOut => SpeechError::Busy {
                engine: ID,
                reason: format!(
                    "no decoder came free within {} s",
                    self.limits.wait.as_secs()
                ),
            },
        })?;
        let (answer, answered) = oneshot::channel();
        let (shared, token) = (Arc::clone(self), cancel.clone());
        let thread = std::thread::Builder::new().name("whisper".into());
        let started = thread.spawn(move || {
            let result = shared.work(&mut lease, samples, language, &token);
            drop(lease);
            // A cancelled caller no longer waits for it.
            let _ = answer.send(result);
        });
        started.map_err(|_| failed("no thread could be started".into()))?;
        wait_for(answered, None, cancel)
            .map_err(|_| SpeechError::Cancelled)?
            .map_err(|_| failed("its thread crashed".into()))?
    }

    fn work(
        &self,
        lease: &mut Lease<WhisperState>,
        samples: Vec<f32>,
        language: Option<i32>,
        cancel: &Cancel,
    ) -> Result<Transcription, SpeechError> {
        let model = self.model()?;
        let cores = || available_parallelism().map_or(2, NonZeroUsize::get);
        let threads = match self.limits.threads {
            0 => cores().min(MAX_THREADS),
            threads => threads,
        };
        let mut decode = Decode {
            model: &model,
            lease,
            threads,
            cancel,
        };
        let transcription = decode
            .transcribe(samples, language)
            .map_err(|error| match error {
                DecodeError::Cancelled => SpeechError::Cancelled,
                error => failed(error.to_string()),
            })?;
        if transcription.dropped != Dropped::default() {
            tracing::debug!(dropped = ?transcription.dropped, "whisper left something out");
        }
        Ok(transcription)
    }

    /// The file's name, without its folders: paths of the machine are private.
    fn file(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    fn reason(&self, error: &FileError) -> String {
        format!("its model {}: {error}", self.file())
    }

    fn unavailable(&self, error: &FileError) -> SpeechError {
        SpeechError::Unavailable {
            engine: ID,
            reason: self.reason(error),
            fix: FIX.into(),
        }
    }
}

/// More threads than this help no decode.
const MAX_THREADS: usize = 64;

fn failed(reason: String) -> SpeechError {
    SpeechError::Failed { engine: ID, reason }
}
