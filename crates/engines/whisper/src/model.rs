//! The loaded model, which all decodes share.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters};
use whisper_rs::{WhisperError, WhisperState};

use crate::file::Hyperparameters;

/// The thresholds below are compared here and not by the library, whose own measure of no speech
/// is taken at the wrong token of a multilingual prompt: a likelihood cannot be above this one.
const NO_SPEECH_THRESHOLD_OFF: f32 = 2.0;

/// Texts chosen by chance at each temperature, of which the best is taken. The original makes five,
/// which a processor without an accelerator pays for one by one.
const BEST_OF: i32 = 2;

/// How a decode chooses its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// Always the likeliest.
    Greedy,
    /// By chance, ever more freely while the result is bad.
    Sampled,
}

/// A model in memory.
pub(crate) struct Model {
    context: WhisperContext,
    hyperparameters: Hyperparameters,
    /// What is ready for each language: the library's parameters keep a copy of its name for ever.
    params: Mutex<HashMap<i32, FullParams<'static, 'static>>>,
}

impl Model {
    /// Reads a file that was checked. Takes long where it is large.
    pub(crate) fn load(
        path: &Path,
        hyperparameters: Hyperparameters,
    ) -> Result<Self, WhisperError> {
        let settings = WhisperContextParameters::default();
        let context = WhisperContext::new_with_params(path, settings)?;
        let params = Mutex::default();
        Ok(Self {
            context,
            hyperparameters,
            params,
        })
    }

    /// A state that remembers nothing, with buffers of its own.
    pub(crate) fn state(&self) -> Result<WhisperState, WhisperError> {
        self.context.create_state()
    }

    /// How many languages it tells apart.
    pub(crate) fn languages(&self) -> usize {
        self.hyperparameters.languages()
    }

    pub(crate) fn multilingual(&self) -> bool {
        self.hyperparameters.multilingual()
    }

    /// The token that begins everything.
    pub(crate) fn start(&self) -> i32 {
        self.context.token_sot()
    }

    /// The token of silence, whose likelihood after the start is that of no speech.
    pub(crate) fn no_speech(&self) -> i32 {
        self.context.token_nosp()
    }

    /// The token of a language.
    pub(crate) fn language(&self, number: i32) -> i32 {
        self.context.token_lang(number)
    }

    /// The first token that stands for no text.
    pub(crate) fn end(&self) -> i32 {
        self.context.token_eot()
    }

    /// Parameters of a decode: nothing is printed, nothing is remembered from an earlier one.
    pub(crate) fn params(
        &self,
        language: i32,
        strategy: Strategy,
        threads: i32,
    ) -> FullParams<'static, 'static> {
        let mut known = self.params.lock().unwrap_or_else(PoisonError::into_inner);
        let params = known.entry(language).or_insert_with(|| {
            let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: BEST_OF });
            params.set_language(whisper_rs::get_lang_str(language));
            params
        });
        let mut params = params.clone();
        params.set_n_threads(threads);
        // Each 30 s stand for themselves: a loop in one does not lead to a loop in the next.
        params.set_no_context(true);
        params.set_n_max_text_ctx(0);
        params.set_token_timestamps(true);
        params.set_suppress_blank(true);
        params.set_no_speech_thold(NO_SPEECH_THRESHOLD_OFF);
        params.set_print_special(false);
        params.set_print_progress(false);
        params.set_print_realtime(false);
        params.set_print_timestamps(false);
        // The original's steps: 0, then 0.2, 0.4 … 1.
        let (temperature, step) = match strategy {
            Strategy::Greedy => (0.0, 0.0),
            Strategy::Sampled => (0.2, 0.2),
        };
        params.set_temperature(temperature);
        params.set_temperature_inc(step);
        params
    }
}
