//! Previews of an open segment: its last window is decoded again and again while it grows.
//!
//! A preview works beside finals and never before them: it is skipped while a final runs or waits,
//! and cancelled when one begins. One preview of the engine runs at a time; a segment that finds
//! another one running is decoded at a later push.

use std::sync::{Arc, OnceLock};

use mynah_speech::pool::{Lease, Pool};
use mynah_speech::{Cancel, RecognitionHints, SpeechError};
use tokio::sync::oneshot::{self, Receiver, error::TryRecvError};
use whisper_rs::WhisperState;

use crate::clip;
use crate::decode::{Decode, DecodeError, Detected};
use crate::language;
use crate::model_file::ModelFile;
use crate::priority::Priority;
use crate::windows::{Seam, seam};

/// New sound between the starts of two previews, at least, in samples: 300 ms.
const STEP: usize = clip::RATE * 3 / 10;
/// The least sound of a first preview, in samples: 500 ms.
const MIN_SAMPLES: usize = clip::RATE / 2;
/// Above this probability, a detected language is that of the later previews of the segment.
const MIN_LANGUAGE_PROBABILITY: f32 = 0.6;

/// The models of previews and their states, for all segments of an engine.
pub(crate) struct Previewer {
    main: Arc<ModelFile>,
    main_states: Pool<WhisperState>,
    small: Option<ModelFile>,
    small_states: Pool<WhisperState>,
    /// Whether the small model was found unusable, which is logged once.
    small_failed: OnceLock<()>,
    threads: usize,
    priority: Arc<Priority>,
    /// One preview at a time.
    slot: Pool<()>,
}

/// What a decode found.
struct Found {
    text: String,
    language: Option<Detected>,
}

/// A decode that runs. Dropping it cancels it.
struct Running {
    found: Receiver<Option<Found>>,
    /// The end of the window, and whether the window is complete.
    end: usize,
    complete: bool,
    cancel: Cancel,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// The preview of one segment. Dropping it ends it.
pub(crate) struct Preview {
    previewer: Arc<Previewer>,
    language: Option<i32>,
    hints: RecognitionHints,
    /// The text of complete windows, and where the open one begins.
    done: String,
    from: usize,
    /// How much sound the last decode had.
    seen: usize,
    published: String,
    running: Option<Running>,
}

impl Preview {
    pub(crate) fn new(
        previewer: Arc<Previewer>,
        language: Option<i32>,
        hints: RecognitionHints,
    ) -> Self {
        // The likeliest text alone: a preview is replaced soon.
        let hints = RecognitionHints {
            temperature: 0.0,
            ..hints
        };
        Self {
            previewer,
            language,
            hints,
            done: String::new(),
            from: 0,
            seen: 0,
            published: String::new(),
            running: None,
        }
    }

    /// Looks at all samples so far: takes the text of a decode that ended, and begins another one
    /// where there is enough new sound. Returns the text if it changed. Never waits.
    pub(crate) fn advance(&mut self, samples: &[f32]) -> Option<String> {
        let text = self.take_found();
        if self.running.is_none() && samples.len() >= (self.seen + STEP).max(MIN_SAMPLES) {
            self.start(samples);
        }
        let text = text.filter(|text| *text != self.published)?;
        self.published.clone_from(&text);
        Some(text)
    }

    fn take_found(&mut self) -> Option<String> {
        let running = self.running.as_mut()?;
        let found = match running.found.try_recv() {
            Err(TryRecvError::Empty) => return None,
            Ok(found) => found,
            Err(TryRecvError::Closed) => None,
        };
        let (end, complete) = (running.end, running.complete);
        self.running = None;
        let Found { text, language } = found?;
        let sure = |detected: &Detected| {
            let probability = detected.probability;
            probability.is_none_or(|probability| probability > MIN_LANGUAGE_PROBABILITY)
        };
        if self.language.is_none() {
            self.language = language.filter(sure).map(|detected| detected.number);
        }
        let unspaced = language.is_some_and(|detected| language::unspaced(detected.number));
        let space = !self.done.is_empty() && !text.is_empty() && !unspaced;
        let whole = format!("{}{}{text}", self.done, if space { " " } else { "" });
        if complete {
            self.done.clone_from(&whole);
            self.from = end;
        }
        Some(whole)
    }

    fn start(&mut self, samples: &[f32]) {
        let open = &samples[self.from..];
        let seam = seam(open);
        let complete = !matches!(seam, Seam::End(_));
        let window = &open[..seam.samples()];
        let window = (!clip::is_silent(window)).then(|| window.to_vec());
        let Some(window) = window else {
            self.seen = samples.len();
            return;
        };
        let end = self.from + window.len();
        let started = self.previewer.start(window, self.language, &self.hints);
        if let Some((found, cancel)) = started {
            self.seen = samples.len();
            self.running = Some(Running {
                found,
                end,
                complete,
                cancel,
            });
        }
    }
}

impl Previewer {
    /// The previews of an engine with this model, and with a small one if there is one.
    pub(crate) fn new(
        main: Arc<ModelFile>,
        small: Option<ModelFile>,
        threads: usize,
        priority: Arc<Priority>,
    ) -> Self {
        Self {
            main,
            main_states: Pool::new(1),
            small,
            small_states: Pool::new(1),
            small_failed: OnceLock::new(),
            threads,
            priority,
            slot: Pool::new(1),
        }
    }

    /// Begins to decode a window in a thread of its own; none while a final or another preview
    /// runs.
    fn start(
        self: &Arc<Self>,
        window: Vec<f32>,
        language: Option<i32>,
        hints: &RecognitionHints,
    ) -> Option<(Receiver<Option<Found>>, Cancel)> {
        let slot = self.slot.try_acquire()?;
        let cancel = self.priority.preview()?;
        let (answer, found) = oneshot::channel();
        let (previewer, token, hints) = (Arc::clone(self), cancel.clone(), hints.clone());
        let thread = std::thread::Builder::new().name("whisper-preview".into());
        let started = thread.spawn(move || {
            let _slot = slot;
            let found = previewer.decode(&window, language, &hints, &token);
            if let Err(error) = &found {
                tracing::debug!(%error, "no preview");
            }
            // A segment that ended no longer waits for it.
            let _ = answer.send(found.ok());
        });
        started.ok().map(|_| (found, cancel))
    }

    fn decode(
        &self,
        window: &[f32],
        language: Option<i32>,
        hints: &RecognitionHints,
        cancel: &Cancel,
    ) -> Result<Found, PreviewError> {
        let (file, states) = match self.small(language) {
            Some(small) => (small, &self.small_states),
            None => (&*self.main, &self.main_states),
        };
        let model = file.model()?;
        // The slot admits one preview, so a state is free.
        let mut lease: Lease<WhisperState> = states.try_acquire().ok_or(PreviewError::NoState)?;
        let mut decode = Decode {
            model: &model,
            lease: &mut lease,
            threads: self.threads,
            full_context: false,
            beam: 1,
            cancel,
        };
        let (text, language) = decode.preview(window, language, hints)?;
        Ok(Found { text, language })
    }

    /// The small model, where it can be used and has the language.
    fn small(&self, language: Option<i32>) -> Option<&ModelFile> {
        let small = self.small.as_ref()?;
        let number = usize::try_from(language?).ok()?;
        match small.hyperparameters() {
            Ok(hyperparameters) => (number < hyperparameters.languages()).then_some(small),
            Err(error) => {
                self.small_failed.get_or_init(|| {
                    let reason = small.reason(&error);
                    tracing::warn!(%reason, "previews use the main model");
                });
                None
            }
        }
    }
}

/// Why a decode has no text.
#[derive(Debug, thiserror::Error)]
enum PreviewError {
    #[error(transparent)]
    Model(#[from] SpeechError),
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("no state is free")]
    NoState,
}
