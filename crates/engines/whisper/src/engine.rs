//! The engine.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use mynah_audio::SampleRate;
use mynah_speech::pool::{Lease, Pool};
use mynah_speech::wait::{Interrupted, wait_for};
use mynah_speech::{
    Cancel, EngineHealth, EngineId, EngineInfo, Language, LanguageChoice, RecognitionHints,
    RecognitionOptions, Recognizer, RecognizerStream, SpeechError, Transcript,
};
use tokio::sync::oneshot;
use whisper_rs::WhisperState;

use crate::decode::{Decode, DecodeError};
use crate::model::WordTimes;
use crate::model_file::{FIX, ModelFile};
use crate::preview::{Preview, Previewer};
use crate::priority::Priority;
use crate::stream::{Stream, fits};
use crate::transcription::{Dropped, Transcription};
use crate::{clip, language, log};

/// Its name.
pub(crate) const ID: EngineId = EngineId::new("whisper");

/// How many decodes there may be, and how long one is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Threads that compute for one decode. 0, the default, means one per processor core.
    pub threads: usize,
    /// Decodes at once, at least 1. Each has buffers of its own beside the shared weights, which
    /// grow with the model. Default: 1.
    pub states: usize,
    /// How long the end of a segment waits for a decoder state before it fails with `Busy`. Default: 30 s.
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

/// The files of the engine and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhisperOptions {
    /// The model, a file of whisper.cpp.
    pub model: PathBuf,
    /// A small model that previews a segment in a language that it has, faster than the other one
    /// could. Final texts do not depend on it.
    pub preview_model: Option<PathBuf>,
    /// Whether the encoder computes its whole window of 30 s for every segment, as the original
    /// does, and not only as much as fits the segment.
    pub full_context: bool,
    /// Texts that a decode follows at once, 1 to 8. More have fewer errors and cost more; 1 follows
    /// the likeliest token.
    pub beam: usize,
    /// How many decodes there may be.
    pub limits: Limits,
}

impl WhisperOptions {
    /// The options of this model alone, with default limits.
    pub fn new(model: impl Into<PathBuf>) -> Self {
        Self {
            model: model.into(),
            preview_model: None,
            full_context: false,
            beam: 1,
            limits: Limits::default(),
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
    model: Arc<ModelFile>,
    full_context: bool,
    beam: usize,
    limits: Limits,
    states: Pool<WhisperState>,
    priority: Arc<Priority>,
    previewer: Arc<Previewer>,
}

static INFO: EngineInfo = EngineInfo {
    id: ID,
    demo: false,
    about: "Whisper, a recognizer of up to a hundred languages, run by whisper.cpp.",
    licence: "MIT",
    packages: &[],
};

impl Whisper {
    /// The engine with these files. Nothing is opened yet.
    pub fn new(options: WhisperOptions) -> Self {
        log::install();
        let limits = options.limits;
        let model = Arc::new(ModelFile::new(options.model, WordTimes::Aligned));
        let small = options.preview_model;
        let small = small.map(|path| ModelFile::new(path, WordTimes::Off));
        let priority = Arc::new(Priority::default());
        let previewer = Previewer::new(
            Arc::clone(&model),
            small,
            threads(limits),
            Arc::clone(&priority),
        );
        Self {
            shared: Arc::new(Shared {
                model,
                full_context: options.full_context,
                beam: options.beam,
                limits,
                states: Pool::new(limits.states),
                priority,
                previewer: Arc::new(previewer),
            }),
        }
    }

    /// Loads the model if that has not been done. Blocking.
    ///
    /// # Errors
    /// `Unavailable` where the file is no model.
    pub fn warm(&self) -> Result<(), SpeechError> {
        self.shared.model.model().map(drop)
    }

    /// The text of a whole clip, mono at 16 kHz, with what the trait has no room for: the
    /// probability of the language that was found and what was left out. Blocking.
    ///
    /// # Errors
    /// Those of [`Recognizer::open`] and [`RecognizerStream::finish`].
    pub fn transcribe(
        &self,
        samples: &[f32],
        language: &LanguageChoice,
        hints: &RecognitionHints,
        cancel: &Cancel,
    ) -> Result<Transcription, SpeechError> {
        fits(samples.len())?;
        let language = self.shared.number(language)?;
        let samples = samples.iter().copied().map(clip::clean).collect();
        let segment = SegmentToDecode {
            samples,
            language,
            hints: hints.clone(),
        };
        self.shared.transcribe(segment, cancel)
    }
}

impl Recognizer for Whisper {
    fn info(&self) -> &EngineInfo {
        &INFO
    }

    fn health(&self) -> EngineHealth {
        match self.shared.model.hyperparameters() {
            Ok(_) => EngineHealth::Ready {
                version: Some(whisper_rs::WHISPER_CPP_VERSION.into()),
            },
            Err(error) => EngineHealth::Missing {
                reason: self.shared.model.reason(&error),
                fix: FIX.into(),
            },
        }
    }

    fn languages(&self) -> Vec<Language> {
        let hyperparameters = self.shared.model.hyperparameters();
        hyperparameters.map_or_else(
            |_| Vec::new(),
            |hyperparameters| language::all(hyperparameters.languages()),
        )
    }

    fn detects(&self) -> bool {
        self.shared
            .model
            .hyperparameters()
            .is_ok_and(|hyperparameters| hyperparameters.multilingual())
    }

    fn takes_hints(&self) -> bool {
        true
    }

    fn rate(&self) -> SampleRate {
        SampleRate::HZ_16000
    }

    fn open(&self, options: &RecognitionOptions) -> Result<Box<dyn RecognizerStream>, SpeechError> {
        let language = self.shared.number(&options.language)?;
        let preview = options.preview.then(|| {
            let previewer = Arc::clone(&self.shared.previewer);
            Preview::new(previewer, language, options.hints.clone())
        });
        Ok(Box::new(Stream {
            segment: SegmentToDecode {
                samples: Vec::new(),
                language,
                hints: options.hints.clone(),
            },
            preview,
            engine: Arc::clone(&self.shared),
        }))
    }
}

/// Clean samples and what is known of them.
pub(crate) struct SegmentToDecode {
    pub(crate) samples: Vec<f32>,
    /// The language's number; none is found out.
    pub(crate) language: Option<i32>,
    pub(crate) hints: RecognitionHints,
}

impl Shared {
    /// The number of a language that this model has; none where it is to be detected.
    fn number(&self, language: &LanguageChoice) -> Result<Option<i32>, SpeechError> {
        let hyperparameters = self.model.hyperparameters();
        let hyperparameters = hyperparameters.map_err(|error| self.model.unavailable(&error))?;
        let Some(language) = language.named() else {
            return Ok(None);
        };
        if let Some(number) = language::number(language, hyperparameters.languages()) {
            return Ok(Some(number));
        }
        let message = if hyperparameters.multilingual() {
            let count = hyperparameters.languages();
            format!("whisper has {count} languages, and {language} is none of them")
        } else {
            format!("this whisper model recognizes English (en), not {language}")
        };
        Err(SpeechError::Unsupported {
            param: "language",
            message,
        })
    }

    /// The text of a segment. The work is done in a thread of its own, so that a cancelled call
    /// returns at once.
    pub(crate) fn transcribe(
        self: &Arc<Self>,
        segment: SegmentToDecode,
        cancel: &Cancel,
    ) -> Result<Transcription, SpeechError> {
        if clip::is_silent(&segment.samples) {
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
        let running = self.priority.begin_final();
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
            let result = shared.work(&mut lease, &segment, &token);
            drop(lease);
            drop(running);
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
        segment: &SegmentToDecode,
        cancel: &Cancel,
    ) -> Result<Transcription, SpeechError> {
        let model = self.model.model()?;
        let mut decode = Decode {
            model: &model,
            lease,
            threads: threads(self.limits),
            full_context: self.full_context,
            beam: self.beam,
            cancel,
        };
        let transcription = decode
            .transcribe(&segment.samples, segment.language, &segment.hints)
            .map_err(|error| match error {
                DecodeError::Cancelled => SpeechError::Cancelled,
                error => failed(error.to_string()),
            })?;
        if transcription.dropped != Dropped::default() {
            tracing::debug!(dropped = ?transcription.dropped, "whisper left something out");
        }
        Ok(transcription)
    }
}

/// More threads than this help no decode.
const MAX_THREADS: usize = 64;

/// Threads of one decode.
fn threads(limits: Limits) -> usize {
    let cores = || available_parallelism().map_or(2, NonZeroUsize::get);
    match limits.threads {
        0 => cores().min(MAX_THREADS),
        threads => threads,
    }
}

fn failed(reason: String) -> SpeechError {
    SpeechError::Failed { engine: ID, reason }
}
