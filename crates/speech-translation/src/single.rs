//! Each stage by itself, for one segment: for a runner that carries events between machines.

use std::time::Duration;

use mynah_audio::Clip;
use mynah_speech::{Cancel, Language, LanguageChoice, SpeechError, Transcript};
use tokio::sync::mpsc;

use crate::event::{HeardSegment, SegmentHeader, SpokenPart, TranslatedText};
use crate::failure::StageError;
use crate::recognize::Recognize;
use crate::speak::Speak;
use crate::stage::{Flow, Outlet, Stage, StageName};
use crate::{FailureCode, Interpreter, SessionOptions};

/// Parts of one segment's speech that may wait.
const WAITING_PARTS: usize = 16;

/// Why a stage could not do its work on one segment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SegmentError {
    /// The stable code.
    pub code: FailureCode,
    /// What happened, for people. Never what was said.
    pub message: String,
    /// Whether the same may go well later.
    pub transient: bool,
    /// Whether it was stopped by whoever asked.
    pub cancelled: bool,
}

impl SegmentError {
    fn new(error: &StageError, stage: StageName) -> Self {
        let transient = matches!(
            error,
            StageError::Timeout { .. } | StageError::Engine(SpeechError::Busy { .. })
        );
        Self {
            code: error.code(stage),
            message: error.to_string(),
            transient,
            cancelled: matches!(error, StageError::Engine(SpeechError::Cancelled)),
        }
    }
}

/// The speech of one segment, in parts of at most 500 ms. Dropping it stops the engine.
#[must_use = "dropping it stops the engine"]
pub struct SegmentSpeech {
    parts: mpsc::Receiver<Flow<SpokenPart>>,
    work: tokio::task::JoinHandle<Result<(), StageError>>,
    voice: Option<String>,
}

impl SegmentSpeech {
    /// Who speaks: `engine/voice`.
    pub fn voice(&self) -> Option<&str> {
        self.voice.as_deref()
    }

    /// The next part; none at the end.
    ///
    /// # Errors
    /// The engine's, after the parts that it made.
    pub async fn next(&mut self) -> Result<Option<Clip>, SegmentError> {
        while let Some(flow) = self.parts.recv().await {
            if let Flow::Event(SpokenPart::Speech { clip, .. }) = flow {
                return Ok(Some(clip));
            }
        }
        let end = (&mut self.work).await.unwrap_or_else(|_| {
            let engine = mynah_speech::EngineId::new("synthesis");
            let reason = "it broke".into();
            Err(SpeechError::Failed { engine, reason }.into())
        });
        match end {
            Ok(()) => Ok(None),
            Err(error) => Err(SegmentError::new(&error, StageName::Speak)),
        }
    }
}

impl Drop for SegmentSpeech {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl Interpreter {
    /// Recognizes a whole segment with one decode: what was said, and in which language, by the
    /// recognizer's own name. Where nobody said a word the text is empty, and there is a language
    /// only where one was named.
    ///
    /// # Errors
    /// [`SegmentError`].
    pub async fn recognize_segment(
        &self,
        clip: Clip,
        language: LanguageChoice,
        cancel: &Cancel,
    ) -> Result<(Transcript, Option<Language>), SegmentError> {
        let wrong = |error: StageError| SegmentError::new(&error, StageName::Recognize);
        let (engine, language) = self
            .recognizer(language)
            .await
            .map_err(|error| wrong(error.into()))?;
        let stage = Recognize {
            engine,
            engines: self.engines.clone(),
            min_confidence: self.settings.min_confidence,
            language: language.clone(),
            turns: self.turns.clone(),
            party: self.party.clone(),
            limit: self.settings.recognize_limit(),
            held: self.held.clone(),
        };
        let (sender, mut made) = mpsc::channel(1);
        let header = SegmentHeader::detached();
        let heard = HeardSegment { header, clip };
        stage
            .run(heard, &Outlet::new(sender), cancel)
            .await
            .map_err(wrong)?;
        // Nothing was made where nobody said a word.
        match made.recv().await {
            Some(Flow::Event(text)) => Ok((text.transcript, Some(text.language))),
            _ => Ok((Transcript::default(), language.named().cloned())),
        }
    }

    /// Translates the text of a segment. The text itself where both languages are the same.
    ///
    /// # Errors
    /// [`SegmentError`].
    pub async fn translate_segment(
        &self,
        text: &str,
        from: &Language,
        to: &Language,
        cancel: &Cancel,
    ) -> Result<String, SegmentError> {
        self.translating(to)
            .text(text, from, cancel)
            .await
            .map_err(|error| SegmentError::new(&error, StageName::Translate))
    }

    /// Begins to speak the translation of a segment. What cannot be said (`…`) has no part. The
    /// same seed says the same, also where an engine samples.
    ///
    /// # Errors
    /// [`SegmentError`], where nobody has the voice or the language.
    pub async fn speak_segment(
        &self,
        text: String,
        language: Language,
        wishes: &SessionOptions,
        seed: u64,
    ) -> Result<SegmentSpeech, SegmentError> {
        let speak = Speak {
            synthesis: Some(self.synthesis.clone()),
            voice: wishes.voice.clone(),
            reference: wishes.reference.clone(),
            language,
            wait: self.settings.speak_wait(),
            longest: self.settings.longest_speech(),
            delivery: wishes.delivery,
            seed: Some(seed),
        };
        let mut voice = None;
        if text.chars().any(char::is_alphanumeric) {
            let plan = speak
                .plan(self.synthesis.clone(), text.clone())
                .await
                .map_err(|error| SegmentError::new(&error, StageName::Speak))?;
            voice = Some(plan.voice().id.to_string());
        }
        let event = TranslatedText {
            header: SegmentHeader::detached(),
            source: String::new(),
            source_language: speak.language.clone(),
            translation: text,
        };
        let (sender, parts) = mpsc::channel(WAITING_PARTS);
        let work = tokio::spawn(async move {
            let cancel = Cancel::new();
            let _stop = cancel.clone().drop_guard();
            speak.run(event, &Outlet::new(sender), &cancel).await
        });
        Ok(SegmentSpeech { parts, work, voice })
    }

    /// The longest time that recognizing a segment may take.
    pub fn recognize_limit(&self) -> Duration {
        self.settings.recognize_limit()
    }
}
