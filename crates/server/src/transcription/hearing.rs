//! An upload being heard, segment by segment, in its own language or in English.

use std::sync::Arc;
use std::time::Duration;

use mynah_api::{TranscriptionSegment, TranscriptionTask, TranscriptionWord};
use mynah_audio::DecodeOptions;
use mynah_speech::{Cancel, Engines, Language};
use mynah_speech_translation::subtitles::{Cue, SubtitleSettings, cues};
use mynah_speech_translation::{Interpreter, RecognizedSegment, Transcription};

use super::order::Order;
use crate::blocking::{blocking, holding};
use crate::error::ApiError;
use crate::guard::Principal;
use crate::limit::UploadWork;
use crate::metric;
use crate::state::AppState;

/// An upload being heard. Dropping it stops the engine and frees its place.
pub(super) struct Hearing {
    transcription: Transcription,
    /// Holds the place as long as an engine works.
    interpreter: Interpreter,
    /// Into which language, where it is not the one that is spoken.
    translate: Option<Language>,
    /// Which engines work, in their order.
    pub(super) engines: String,
    /// How long the upload lasts.
    pub(super) duration: Duration,
    /// What of the upload was left out.
    pub(super) warnings: Vec<String>,
    /// Segments told so far.
    told: u64,
    /// How it is cut into subtitles, where they were asked for.
    subtitles: Option<SubtitleSettings>,
    principal: Principal,
}

/// What was said in one stretch of speech.
pub(super) struct Heard {
    pub(super) segment: TranscriptionSegment,
    pub(super) words: Vec<TranscriptionWord>,
    /// The same as subtitles, where they were asked for.
    pub(super) cues: Vec<Cue>,
}

impl Hearing {
    /// Decodes the upload, charges the caller for it and begins to listen.
    pub(super) async fn begin(
        state: &AppState,
        order: &mut Order,
        task: TranscriptionTask,
        principal: &Principal,
        work: UploadWork,
    ) -> Result<Self, ApiError> {
        check_engine(&state.engines, order)?;
        let limits = mynah_audio::DecodeLimits {
            max_bytes: state.settings.limits.upload_bytes,
            max_duration: Duration::from_secs(state.settings.limits.upload_seconds),
            ..mynah_audio::DecodeLimits::default()
        };
        let file = std::mem::take(&mut order.file);
        // At a session's rate, whatever the file's: half of the memory.
        let rate = mynah_speech_translation::SESSION_RATE;
        let (memory, track) = (state.decode_memory.clone(), order.track);
        let cancel = Cancel::new();
        let _stop = cancel.clone().drop_guard();
        let (decoded, work) = holding(work, move |_| {
            let cancelled = || cancel.is_cancelled();
            let options = DecodeOptions::new(limits).at(rate).track(track);
            let options = options.within(&memory).cancelled_by(&cancelled);
            mynah_audio::decode_with(&file, &options)
        })
        .await?;
        let decoded = decoded?;
        let clip = decoded.clip;
        let duration = clip.duration();
        work.decoded(duration);
        principal.used_sound(duration);
        metric::heard(duration);

        // The place and the memory are free when the last thread has come back, not when the client
        // has left.
        let interpreter = state.interpreter.for_client(principal.party());
        let interpreter = interpreter.with_permit(Arc::new((work, decoded.memory)));
        let transcription = interpreter.transcribe(clip, order.language.clone()).await?;
        let mut hearing = Self {
            engines: recognizer(&transcription, order)?,
            transcription,
            interpreter,
            translate: None,
            duration,
            warnings: decoded.notices,
            told: 0,
            subtitles: order.subtitles,
            principal: principal.clone(),
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
            if from.is_same_language(&english) {
                return Ok(());
            }
            let engines = state.engines.clone();
            let translator = blocking(move || translator(&engines, &from)).await??;
            self.engines = format!("{}, {translator}", self.engines);
        }
        self.translate = Some(english);
        Ok(())
    }

    /// What is spoken; none where nobody has said a word and no language was named.
    pub(super) fn language(&self) -> Option<&Language> {
        self.transcription.language()
    }

    /// The next stretch of speech; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Heard>, ApiError> {
        let segment = tokio::select! {
            biased;
            refusal = self.principal.revoked() => return Err(refusal.into()),
            segment = self.transcription.next() => segment,
        };
        let Some(segment) = segment else {
            return Ok(None);
        };
        let RecognizedSegment {
            start_ms,
            end_ms,
            transcript,
            language,
            ..
        } = segment?;
        let (text, language) = match &self.translate {
            None => (transcript.text, language),
            Some(english) => {
                let translation = self
                    .interpreter
                    .translate(&transcript.text, &language, english);
                (translation.await?, english.clone())
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
        let subtitles = self.subtitles.as_ref();
        let cues =
            subtitles.map(|limits| cues(&text, &words, &language, (start_ms, end_ms), limits));
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
            cues: cues.unwrap_or_default(),
        }))
    }
}

/// A model that is no alias names a recognizer.
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
fn recognizer(transcription: &Transcription, order: &Order) -> Result<String, ApiError> {
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
    if let Some((engine, ..)) = engines.translator_for(from, &english) {
        return Ok(engine.info().id.to_string());
    }
    let pairs: Vec<_> = engines
        .translators()
        .iter()
        .flat_map(|engine| engine.pairs())
        .filter(|(_, to)| to.is_same_language(&english))
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
