//! An upload being heard, segment by segment, in its own language or in English.

use std::time::Duration;

use mynah_api::{TranscriptionSegment, TranscriptionTask, TranscriptionWord};
use mynah_interpreter::{Interpreter, RecognisedSegment, Transcription};
use mynah_speech::{Engines, Language};

use super::order::Order;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::guard::Visitor;
use crate::limit::UploadWork;
use crate::metric;
use crate::state::AppState;

/// An upload being heard. Dropping it stops the engine and frees its place.
pub(super) struct Hearing {
    transcription: Transcription,
    translate: Option<(Interpreter, Language)>,
    /// Which engines work, in their order.
    pub(super) engines: String,
    /// How long the upload lasts.
    pub(super) duration: Duration,
    /// Segments told so far.
    told: u64,
    _work: UploadWork,
}

/// What was said in one stretch of speech.
pub(super) struct Heard {
    pub(super) segment: TranscriptionSegment,
    pub(super) words: Vec<TranscriptionWord>,
}

impl Hearing {
    /// Decodes the upload, charges the caller for it and begins to listen.
    pub(super) async fn begin(
        state: &AppState,
        order: &mut Order,
        task: TranscriptionTask,
        visitor: &Visitor,
        work: UploadWork,
    ) -> Result<Self, ApiError> {
        check_engine(&state.engines, order)?;
        let limits = mynah_audio::DecodeLimits {
            max_bytes: state.settings.limits.upload_bytes,
            max_duration: Duration::from_secs(state.settings.limits.upload_seconds),
            ..mynah_audio::DecodeLimits::default()
        };
        let file = std::mem::take(&mut order.file);
        // At the rate at which recognisers listen, whatever the file's: a third of the memory.
        let rate = mynah_audio::SampleRate::HZ_16000;
        let clip = blocking(move || mynah_audio::decode_at(&file, &limits, rate))
            .await??
            .clip;
        let duration = clip.duration();
        visitor.used_sound(duration);
        metric::heard(duration);

        let transcription = state
            .interpreter
            .transcribe(clip, order.language.clone())
            .await?;
        let mut hearing = Self {
            engines: recogniser(&transcription, order)?,
            transcription,
            translate: None,
            duration,
            told: 0,
            _work: work,
        };
        if task == TranscriptionTask::Translate {
            hearing.translate_to_english(state).await?;
        }
        Ok(hearing)
    }

    /// Arranges for English, where it is not English already.
    async fn translate_to_english(&mut self, state: &AppState) -> Result<(), ApiError> {
        let english = Language::english();
        if let Some(from) = self.transcription.language().cloned() {
            if from.primary() == english.primary() {
                return Ok(());
            }
            let engines = state.engines.clone();
            let translator = blocking(move || translator(&engines, &from)).await??;
            self.engines = format!("{}, {translator}", self.engines);
        }
        self.translate = Some((state.interpreter.clone(), english));
        Ok(())
    }

    /// What is spoken; none where nobody has said a word and no language was named.
    pub(super) fn language(&self) -> Option<&Language> {
        self.transcription.language()
    }

    /// The next stretch of speech; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Heard>, ApiError> {
        let Some(segment) = self.transcription.next().await else {
            return Ok(None);
        };
        let RecognisedSegment {
            start_ms,
            end_ms,
            transcript,
            language,
            ..
        } = segment?;
        let text = match &self.translate {
            None => transcript.text,
            Some((interpreter, english)) => {
                interpreter
                    .translate(&transcript.text, &language, english)
                    .await?
            }
        };
        let id = self.told;
        self.told += 1;
        // The times of words are of the words that were spoken, which a translation has not.
        let words = if self.translate.is_some() {
            Vec::new()
        } else {
            transcript.words
        };
        let words = words.into_iter().map(|word| TranscriptionWord {
            word: word.text,
            start: seconds(start_ms + word.start_ms),
            end: seconds(start_ms + word.end_ms),
        });
        Ok(Some(Heard {
            segment: TranscriptionSegment {
                id,
                start: seconds(start_ms),
                end: seconds(end_ms),
                text,
            },
            words: words.collect(),
        }))
    }
}

/// A model that is no alias names a recogniser.
fn check_engine(engines: &Engines, order: &Order) -> Result<(), ApiError> {
    let names: Vec<_> = engines
        .recognizers()
        .iter()
        .map(|engine| engine.info().id.as_str())
        .collect();
    match &order.engine {
        Some(engine) if !names.contains(&engine.as_str()) => Err(ApiError::Model(names.join(", "))),
        _ => Ok(()),
    }
}

/// Which engine listens. The one that was asked for must be the one that this language has.
fn recogniser(transcription: &Transcription, order: &Order) -> Result<String, ApiError> {
    let found = transcription.engine().id.to_string();
    match &order.engine {
        Some(wanted) if *wanted != found => Err(ApiError::Unsupported {
            param: "model",
            message: format!(
                "for {} it is {found} that listens here; ask for it or for an alias",
                order.language
            ),
        }),
        _ => Ok(found),
    }
}

/// Which engine translates into English.
fn translator(engines: &Engines, from: &Language) -> Result<String, ApiError> {
    let english = Language::english();
    if let Some(engine) = engines.translator_for(from, &english) {
        return Ok(engine.info().id.to_string());
    }
    let pairs: Vec<_> = engines
        .translators()
        .iter()
        .flat_map(|engine| engine.pairs())
        .filter(|(_, to)| to.primary() == english.primary())
        .map(|(from, to)| format!("{from} to {to}"))
        .collect();
    let there_are = match pairs.as_slice() {
        [] => "no engine here translates into English".to_owned(),
        pairs => format!("into English there are: {}", pairs.join(", ")),
    };
    Err(ApiError::Unsupported {
        param: "language",
        message: format!("{from} cannot be translated into English here; {there_are}"),
    })
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}
