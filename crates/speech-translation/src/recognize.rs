//! Recognition: the audio of a segment to its text.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mynah_audio::{Clip, resample};
use mynah_speech::{
    Cancel, EngineInfo, Language, LanguageChoice, RecognitionHints, RecognitionOptions, Recognizer,
    SpeechError, Transcript,
};

use crate::Interpreter;
use crate::blocking::blocking;
use crate::failure::{SegmentError, StageError};
use crate::metrics;
use crate::rejection::is_confident;
use crate::stage::StageName;

/// A recognizer for a language, by [`Interpreter::select_recognizer`].
#[derive(Clone)]
pub struct SelectedRecognizer {
    pub(crate) engine: Arc<dyn Recognizer>,
    pub(crate) language: LanguageChoice,
    pub(crate) hints: RecognitionHints,
}

impl SelectedRecognizer {
    /// The engine.
    pub fn engine(&self) -> &EngineInfo {
        self.engine.info()
    }

    /// The language by the engine's own name; `Auto` where the engine identifies it segment by
    /// segment.
    pub const fn language(&self) -> &LanguageChoice {
        &self.language
    }

    /// Whether hints have an effect on its text.
    pub fn takes_hints(&self) -> bool {
        self.engine.takes_hints()
    }

    /// The recognizer with hints for its text.
    #[must_use]
    pub fn with_hints(mut self, hints: RecognitionHints) -> Self {
        self.hints = hints;
        self
    }
}

/// What was recognized in a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognition {
    /// The text and its words; empty where the segment has no words.
    pub transcript: Transcript,
    /// The language by the recognizer's own name: as it was named, or as the engine identified it.
    /// None where it was not named and the segment has no words.
    pub language: Option<Language>,
    /// How long the segment waited for a permit.
    pub queued: Duration,
    /// How long the engine worked.
    pub took: Duration,
}

/// Recognizes a whole segment with one decode. Clients that wait for a permit are served in turn.
///
/// # Errors
/// [`SegmentError`] of the engine, of one that takes longer than the settings allow, or of a
/// cancelled call.
pub async fn recognize(
    interpreter: &Interpreter,
    recognizer: &SelectedRecognizer,
    clip: Clip,
    cancel: &Cancel,
) -> Result<Recognition, SegmentError> {
    let requested = Instant::now();
    let permit = interpreter.recognitions.acquire(&interpreter.client).await;
    let queued = requested.elapsed();

    let began = Instant::now();
    let options = RecognitionOptions {
        language: recognizer.language.clone(),
        preview: false,
        hints: recognizer.hints.clone(),
    };
    let engine = Arc::clone(&recognizer.engine);
    let (id, limit) = (engine.info().id, interpreter.settings.recognize_limit());
    let min_confidence = interpreter.settings.min_confidence;
    let work = move |cancel: &Cancel| {
        // Held until the engine has returned, also after its time limit.
        let _permit = permit;
        let clip = if clip.rate == engine.rate() {
            clip
        } else {
            resample(&clip, engine.rate())
        };
        let mut stream = engine.open(&options)?;
        stream.push(&clip.samples)?;
        let transcript = stream.finish(cancel)?;
        if is_confident(&transcript, min_confidence) {
            return Ok(transcript);
        }
        metrics::rejected();
        Ok(Transcript::default())
    };
    let transcript = blocking(id, limit, cancel, &interpreter.permit, work)
        .await
        .map_err(failed)?;
    let took = began.elapsed();
    let named = recognizer.language.named();
    // Audio that the detector took for speech.
    if transcript.text.trim().is_empty() {
        return Ok(Recognition {
            transcript: Transcript::default(),
            language: named.cloned(),
            queued,
            took,
        });
    }
    let language = named.or(transcript.language.as_ref()).cloned();
    if language.is_none() {
        let reason = "it did not report the language that it identified".into();
        return Err(failed(SpeechError::Failed { engine: id, reason }.into()));
    }
    Ok(Recognition {
        transcript,
        language,
        queued,
        took,
    })
}

fn failed(error: StageError) -> SegmentError {
    SegmentError::new(error, StageName::Recognize)
}
