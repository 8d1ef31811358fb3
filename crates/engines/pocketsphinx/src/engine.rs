//! The engine.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;
use std::time::Duration;

use mynah_audio::SampleRate;
use mynah_speech::{
    EngineHealth, EngineId, EngineInfo, Language, RecognitionOptions, Recognizer, RecognizerStream,
    SpeechError,
};

use crate::decoder::Decoder;
use crate::decoder_pool::DecoderPool;
use crate::library::Library;
use crate::model::Model;
use crate::preview::Preview;
use crate::stream::Segment;

/// Its name.
pub(crate) const ID: EngineId = EngineId::new("pocketsphinx");

/// What mends the absence of the library, and of the model.
const INSTALL_LIBRARY: &str = "Install it: apt-get install libpocketsphinx3";
const INSTALL_MODEL: &str = "Install it: apt-get install pocketsphinx-en-us";

/// Options of the search that gives the final text. Against the defaults, on twenty sentences by
/// three flite voices and on human clips, these halve the time and change the errors by half a
/// point: a tenth of the bound on active models, the two best Gaussians of a frame instead of
/// four, a lower price of a new word, and wider beams for the last phones of words.
const FINAL: &[(&str, &str)] = &[
    ("-maxhmmpf", "3000"),
    ("-topn", "2"),
    ("-wip", "0.4"),
    ("-lpbeam", "1e-50"),
    ("-lponlybeam", "1e-36"),
];

/// Options of the search for previews: its first pass alone, and narrower.
const PREVIEW: &[(&str, &str)] = &[
    ("-fwdflat", "no"),
    ("-bestpath", "no"),
    ("-maxhmmpf", "2000"),
];

/// How many decoders there may be, and how long one is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Decoders for final texts, at least 1; each holds about 91 MB. Default: one a core.
    pub decoders: usize,
    /// Decoders for previews, at least 1; each holds about 91 MB. Default: 1.
    pub previews: usize,
    /// How long the end of a segment waits for a decoder before it is `Busy`. Default: 30 s.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let decoders = available_parallelism().map_or(2, NonZeroUsize::get);
        Self {
            decoders,
            previews: 1,
            wait: Duration::from_secs(30),
        }
    }
}

/// English by PocketSphinx.
pub struct PocketSphinx {
    info: EngineInfo,
    /// Where the libraries lie; none means where the system's linker looks.
    folder: Option<PathBuf>,
    model: Model,
    limits: Limits,
    open: OnceLock<Open>,
}

/// What there is once the library was found.
struct Open {
    finals: DecoderPool,
    previews: DecoderPool,
}

impl PocketSphinx {
    /// The engine with its libraries in `folder`, or else where the system's linker finds them,
    /// and the English model in `model`. Nothing is opened yet.
    pub fn new(folder: Option<PathBuf>, model: impl AsRef<Path>) -> Self {
        let info = EngineInfo {
            id: ID,
            demo: true,
            about: "CMU PocketSphinx: a small English recognizer from before neural networks.",
            licence: "BSD-2-Clause",
            packages: &["libpocketsphinx3", "pocketsphinx-en-us"],
        };
        let model = Model::new(model.as_ref());
        Self {
            info,
            folder,
            model,
            limits: Limits::default(),
            open: OnceLock::new(),
        }
    }

    /// The engine with these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The pools, opening the library where that has not been done. What was not found is looked
    /// for again, so that it can be installed while the program runs.
    fn open_library(&self) -> Result<&Open, SpeechError> {
        if let Some(part) = self.model.missing_part() {
            let reason = format!("its English model lacks {part}");
            return Err(unavailable(reason, INSTALL_MODEL));
        }
        if let Some(open) = self.open.get() {
            return Ok(open);
        }
        let library = Library::open(self.folder.as_deref()).map_err(|error| {
            tracing::debug!(%error, "PocketSphinx library not opened");
            let reason = "its library libpocketsphinx.so.3 is not installed or cannot be opened";
            unavailable(reason.into(), INSTALL_LIBRARY)
        })?;
        let library = Arc::new(library);
        let pool = |name, size, options| {
            let (library, model) = (Arc::clone(&library), self.model.clone());
            DecoderPool::new(name, size, move || {
                Decoder::load(Arc::clone(&library), &model, options)
            })
        };
        Ok(self.open.get_or_init(|| Open {
            finals: pool("pocketsphinx", self.limits.decoders, FINAL),
            previews: pool("pocketsphinx-live", self.limits.previews, PREVIEW),
        }))
    }
}

impl Recognizer for PocketSphinx {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        match self.open_library() {
            Ok(_) => EngineHealth::Ready { version: None },
            Err(SpeechError::Unavailable { reason, fix, .. }) => {
                EngineHealth::Missing { reason, fix }
            }
            Err(error) => EngineHealth::Missing {
                reason: error.to_string(),
                fix: INSTALL_LIBRARY.into(),
            },
        }
    }

    fn languages(&self) -> Vec<Language> {
        if self.open_library().is_err() {
            return Vec::new();
        }
        ["en-US"]
            .iter()
            .filter_map(|tag| tag.parse().ok())
            .collect()
    }

    fn rate(&self) -> SampleRate {
        SampleRate::HZ_16000
    }

    fn open(&self, options: &RecognitionOptions) -> Result<Box<dyn RecognizerStream>, SpeechError> {
        // Its model is American, and the best there is for any English.
        let named = options.language.named();
        if named.is_none_or(|language| language.primary() != "en") {
            let message = format!(
                "pocketsphinx understands English (en), not {}",
                options.language
            );
            return Err(SpeechError::Unsupported {
                param: "language",
                message,
            });
        }
        let open = self.open_library()?;
        Ok(Box::new(Segment {
            samples: Vec::new(),
            finals: open.finals.clone(),
            preview: options.preview.then(|| Preview::new(open.previews.clone())),
            wait: self.limits.wait,
        }))
    }
}

fn unavailable(reason: String, fix: &str) -> SpeechError {
    SpeechError::Unavailable {
        engine: ID,
        reason,
        fix: fix.into(),
    }
}
