//! The transcription of an upload, segment by segment, in its own language or in English.

use std::sync::Arc;
use std::time::Duration;

use mynah_api::{TranscriptionSegment, TranscriptionTask, TranscriptionWord};
use mynah_audio::DecodeOptions;
use mynah_speech::{Cancel, Engines, Language};
use mynah_speech_translation::subtitles::{Cue, SubtitleSettings, cues};
use mynah_speech_translation::{Interpreter, RecognizedSegment, Transcription};

use super::validated_request::ValidatedTranscriptionRequest;
use crate::blocking::{blocking, holding};
use crate::error::ApiError;
use crate::metric;
use crate::state::AppState;
use crate::uploads::RunningUpload;
use mynah_auth::Principal;

/// The transcription of an upload. Dropping it stops the engine and frees its slot.
pub(super) struct UploadTranscription {
    transcription: Transcription,
    /// Holds the slot as long as an engine works.
    interpreter: Interpreter,
    /// The target language, if the transcript is translated.
    target: Option<Language>,
    /// The names of the engines, in the order of their work.
    pub(super) engines: String,
    /// The duration of the upload.
    pub(super) duration: Duration,
    /// What of the upload was left out.
    pub(super) warnings: Vec<String>,
    /// The id of the next segment.
    next_id: u64,
    /// The limits of subtitles, if they were requested.
    subtitles: Option<SubtitleSettings>,
    principal: Principal,
}

/// The transcript of one segment.
pub(super) struct TranscribedSegment {
    pub(super) segment: TranscriptionSegment,
    pub(super) words: Vec<TranscriptionWord>,
    /// The same as subtitles, if they were requested.
    pub(super) cues: Vec<Cue>,
}

impl UploadTranscription {
    /// Decodes the upload, charges the client for it and starts the recognition.
    pub(super) async fn start(
        state: &AppState,
        validated: &mut ValidatedTranscriptionRequest,
        task: TranscriptionTask,
        principal: &Principal,
        running: RunningUpload,
    ) -> Result<Self, ApiError> {
        check_engine(&state.engines, validated)?;
        let limits = mynah_audio::DecodeLimits {
            max_bytes: state.settings.limits.upload_bytes,
            max_duration: Duration::from_secs(state.settings.limits.upload_seconds),
            ..mynah_audio::DecodeLimits::default()
        };
        let file = std::mem::take(&mut validated.file);
        // At the rate of a session, whatever the file's: half of the memory.
        let rate = mynah_speech_translation::SESSION_RATE;
        let (memory, track) = (state.decode_memory.clone(), validated.track);
        let cancel = Cancel::new();
        let _stop = cancel.clone().drop_guard();
        let (decoded, running) = holding(running, move |_| {
            let cancelled = || cancel.is_cancelled();
            let options = DecodeOptions::new(limits).at(rate).track(track);
            let options = options.within(&memory).cancelled_by(&cancelled);
            mynah_audio::decode_with(&file, &options)
        })
        .await?;
        let decoded = decoded?;
        let clip = decoded.clip;
        let duration = clip.duration();
        running.decoded(duration);
        principal.charge_audio(duration);
        metric::recognized(duration);

        // The slot and the memory are freed when the last thread has finished, not when the client
        // has disconnected.
        let interpreter = state.interpreter.for_client(principal.client_key());
        let interpreter = interpreter.with_permit(Arc::new((running, decoded.memory)));
        let transcription = interpreter
            .transcribe_with_hints(clip, validated.language.clone(), validated.hints.clone())
            .await?;
        if !transcription.takes_hints() {
            let names = validated.hints.names().into_iter().map(str::to_owned);
            validated.ignored.splice(0..0, names);
        }
        let mut upload = Self {
            engines: recognizer(&transcription, validated)?,
            transcription,
            interpreter,
            target: None,
            duration,
            warnings: decoded.notices,
            next_id: 0,
            subtitles: validated.subtitles,
            principal: principal.clone(),
        };
        if task == TranscriptionTask::Translate {
            upload.translate_to_english(state).await?;
        }
        Ok(upload)
    }

    /// Selects a translator into English, unless the speech is English.
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
        self.target = Some(english);
        Ok(())
    }

    /// The spoken language; none without any speech and without a requested language.
    pub(super) fn language(&self) -> Option<&Language> {
        self.transcription.language()
    }

    /// The next segment; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<TranscribedSegment>, ApiError> {
        let segment = tokio::select! {
            biased;
            error = self.principal.revoked() => return Err(error.into()),
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
        let (text, language) = match &self.target {
            None => (transcript.text, language),
            Some(english) => {
                let translation = self
                    .interpreter
                    .translate(&transcript.text, &language, english);
                (translation.await?.text, english.clone())
            }
        };
        let id = self.next_id;
        self.next_id += 1;
        // The times of words belong to the spoken words, which a translation does not have.
        let words = if self.target.is_some() {
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
        Ok(Some(TranscribedSegment {
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

/// A model that is not an alias names a recognizer.
fn check_engine(
    engines: &Engines,
    validated: &ValidatedTranscriptionRequest,
) -> Result<(), ApiError> {
    let names: Vec<_> = engines
        .recognizers()
        .iter()
        .map(|engine| engine.info().id.as_str())
        .collect();
    match &validated.engine {
        Some(engine) if !names.contains(&engine.as_str()) => Err(ApiError::Model(names.join(", "))),
        _ => Ok(()),
    }
}

/// The name of the recognizer. A requested one must be the one of the language.
fn recognizer(
    transcription: &Transcription,
    validated: &ValidatedTranscriptionRequest,
) -> Result<String, ApiError> {
    let found = transcription.engine().id.to_string();
    match &validated.engine {
        Some(wanted) if *wanted != found => Err(ApiError::Unsupported {
            param: "model",
            message: format!(
                "{} is recognized by {found} on this server; request it or an alias",
                validated.language
            ),
        }),
        _ => Ok(found),
    }
}

/// The engine that translates into English; two that are chained have a plus sign between them.
fn translator(engines: &Engines, from: &Language) -> Result<String, ApiError> {
    let english = Language::english();
    if let Some(route) = engines.translation_route(from, &english) {
        let names: Vec<_> = route.engines.iter().map(ToString::to_string).collect();
        return Ok(names.join("+"));
    }
    let pairs: Vec<_> = engines
        .translators()
        .iter()
        .flat_map(|engine| engine.pairs())
        .filter(|(_, to)| to.is_same_language(&english))
        .map(|(from, to)| format!("{from} to {to}"))
        .collect();
    let available = match pairs.as_slice() {
        [] => "no engine of this server translates into English".to_owned(),
        pairs => format!("translators into English: {}", pairs.join(", ")),
    };
    Err(ApiError::Unsupported {
        param: "language",
        message: format!("{from} cannot be translated into English; {available}"),
    })
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}
