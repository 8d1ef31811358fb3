//! The loaded model, which all decodes share.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters};
use whisper_rs::{WhisperError, WhisperState};

use crate::alignment;
use crate::file::Hyperparameters;

/// The thresholds below are compared here and not by the library, whose own measure of no speech
/// is taken at the wrong token of a multilingual prompt: a likelihood cannot be above this one.
const NO_SPEECH_THRESHOLD_OFF: f32 = 2.0;

/// Texts chosen by chance at each temperature, of which the best is taken. The original makes five,
/// which a processor without an accelerator pays for one by one.
const BEST_OF: i32 = 2;

/// The longest prompt, in tokens: half of the text context, less the token that begins it.
const MAX_PROMPT_TOKENS: usize = 223;
/// The longest text of a prompt, in characters; more than the tokens hold. The library's tokenizer
/// needs stack for each character of a word.
const MAX_PROMPT_CHARS: usize = 1_000;

/// Whether words get times. They cost a pass of the decoder over each text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WordTimes {
    /// By cross-attention.
    Aligned,
    /// None.
    Off,
}

/// What distinguishes one decode of a window from another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    /// The language, by its number.
    pub(crate) language: i32,
    /// The encoder's context, in steps.
    pub(crate) context: usize,
    /// The most tokens of the text, if that is less than the model's own limit.
    pub(crate) max_tokens: Option<usize>,
    /// Texts that are followed at once while the temperature is 0; 1 follows the likeliest token.
    pub(crate) beam: usize,
    /// 0 takes the likeliest token always.
    pub(crate) temperature: f32,
    /// The prompt's tokens.
    pub(crate) prompt: &'a [i32],
    pub(crate) threads: usize,
}

/// A model in memory.
pub(crate) struct Model {
    context: WhisperContext,
    hyperparameters: Hyperparameters,
    /// What is ready for each language and beam: the library's parameters keep a copy of its name for ever.
    params: Mutex<HashMap<(i32, usize), FullParams<'static, 'static>>>,
}

impl Model {
    /// Reads a file that was checked. Takes long where it is large.
    pub(crate) fn load(
        path: &Path,
        hyperparameters: Hyperparameters,
        word_times: WordTimes,
    ) -> Result<Self, WhisperError> {
        let mut settings = WhisperContextParameters::default();
        if word_times == WordTimes::Aligned {
            settings.dtw_parameters(alignment::parameters(&hyperparameters));
        }
        let context = WhisperContext::new_with_params(path, settings)?;
        let params = Mutex::default();
        Ok(Self {
            context,
            hyperparameters,
            params,
        })
    }

    /// A new state, with buffers of its own.
    pub(crate) fn state(&self) -> Result<WhisperState, WhisperError> {
        self.context.create_state()
    }

    /// The number of languages that it distinguishes.
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

    /// The last tokens of a prompt, as many as the model takes.
    pub(crate) fn prompt(&self, text: &str) -> Result<Vec<i32>, WhisperError> {
        let chars: Vec<char> = text.trim().chars().filter(|c| *c != '\0').collect();
        let last = &chars[chars.len().saturating_sub(MAX_PROMPT_CHARS)..];
        if last.is_empty() {
            return Ok(Vec::new());
        }
        // A space begins a word, as it does in what the model writes.
        let text = format!(" {}", last.iter().collect::<String>());
        // No token is shorter than a byte; the binding does not survive a list that is too short.
        let mut tokens = self.context.tokenize(&text, text.len() + 1)?;
        tokens.drain(..tokens.len().saturating_sub(MAX_PROMPT_TOKENS));
        Ok(tokens)
    }

    /// Parameters of a decode of one window: nothing is printed, nothing is remembered from an
    /// earlier one.
    ///
    /// The model writes no times of its own: the library moves on within a window by them, skips
    /// sound that they miss, and ends the process where one is too small for the alignment.
    pub(crate) fn params<'a>(&self, attempt: &Attempt<'a>) -> FullParams<'static, 'a> {
        let language = attempt.language;
        let mut known = self.params.lock().unwrap_or_else(PoisonError::into_inner);
        let beam = if attempt.temperature > 0.0 {
            1
        } else {
            attempt.beam
        };
        let params = known.entry((language, beam)).or_insert_with(|| {
            let mut params = FullParams::new(strategy(beam));
            params.set_language(whisper_rs::get_lang_str(language));
            params
        });
        let mut params: FullParams<'static, 'a> = params.clone();
        params.set_n_threads(i32::try_from(attempt.threads).unwrap_or(1));
        params.set_audio_ctx(i32::try_from(attempt.context).unwrap_or(0));
        if let Some(tokens) = attempt.max_tokens {
            params.set_max_tokens(i32::try_from(tokens).unwrap_or(0));
        }
        // Each window stands for itself: a loop in one does not lead to a loop in the next.
        params.set_no_context(true);
        params.set_n_max_text_ctx(0);
        if !attempt.prompt.is_empty() {
            params.set_n_max_text_ctx(i32::try_from(MAX_PROMPT_TOKENS + 1).unwrap_or(0));
            params.set_tokens(attempt.prompt);
        }
        params.set_no_timestamps(true);
        params.set_single_segment(true);
        params.set_suppress_blank(true);
        // Notes, brackets and other signs of what is no speech, as the original does.
        params.set_suppress_nst(true);
        params.set_no_speech_thold(NO_SPEECH_THRESHOLD_OFF);
        params.set_print_special(false);
        params.set_print_progress(false);
        params.set_print_realtime(false);
        params.set_print_timestamps(false);
        // One temperature a call: the next one is chosen here, by the original's thresholds.
        params.set_temperature(attempt.temperature);
        params.set_temperature_inc(0.0);
        params
    }
}

fn strategy(beam: usize) -> SamplingStrategy {
    match i32::try_from(beam) {
        Ok(beam_size @ 2..) => SamplingStrategy::BeamSearch {
            beam_size,
            // The library has no other patience.
            patience: -1.0,
        },
        _ => SamplingStrategy::Greedy { best_of: BEST_OF },
    }
}
