//! Why a segment could not be interpreted.

use std::fmt;
use std::time::Duration;

use mynah_speech::{EngineId, SpeechError};

use crate::stage::StageName;

/// The stable code of a failed segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// The recognizer failed.
    RecognitionFailed,
    /// The translator failed.
    TranslationFailed,
    /// The synthesizer failed.
    SynthesisFailed,
    /// An engine is no longer installed, or cannot start.
    EngineUnavailable,
    /// No slot of an engine became free in time.
    EngineBusy,
    /// An engine took too long.
    EngineTimeout,
    /// An engine cannot do this after all.
    Unsupported,
}

impl FailureCode {
    /// The code in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RecognitionFailed => "recognition_failed",
            Self::TranslationFailed => "translation_failed",
            Self::SynthesisFailed => "synthesis_failed",
            Self::EngineUnavailable => "engine_unavailable",
            Self::EngineBusy => "engine_busy",
            Self::EngineTimeout => "engine_timeout",
            Self::Unsupported => "unsupported",
        }
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a stage failed on one segment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SegmentError {
    /// The stable code.
    pub code: FailureCode,
    /// A message for people. Never the text of a segment.
    pub message: String,
    /// Whether the same may succeed later.
    pub transient: bool,
    /// Whether the caller cancelled it.
    pub cancelled: bool,
    /// The engine's error.
    error: SpeechError,
}

impl SegmentError {
    pub(crate) fn new(error: StageError, stage: StageName) -> Self {
        let transient = matches!(
            error,
            StageError::Timeout { .. } | StageError::Engine(SpeechError::Busy { .. })
        );
        Self {
            code: error.code(stage),
            message: error.to_string(),
            transient,
            cancelled: matches!(error, StageError::Engine(SpeechError::Cancelled)),
            error: error.into(),
        }
    }

    /// The error of [`crate::Interpreter::select_recognizer`], as that of a segment.
    pub fn of_recognizer(error: SpeechError) -> Self {
        Self::new(error.into(), StageName::Recognize)
    }

    /// The error of a stage whose results have no receiver any more.
    pub(crate) fn cancelled(stage: StageName) -> Self {
        Self::new(SpeechError::Cancelled.into(), stage)
    }
}

impl From<SegmentError> for SpeechError {
    fn from(error: SegmentError) -> Self {
        error.error
    }
}

/// The failure of one engine call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StageError {
    /// The engine returned an error.
    #[error(transparent)]
    Engine(#[from] SpeechError),
    /// The engine took too long and was cancelled.
    #[error("{engine} had no result within {} s", limit.as_secs())]
    Timeout { engine: EngineId, limit: Duration },
}

impl StageError {
    fn code(&self, stage: StageName) -> FailureCode {
        match self {
            Self::Timeout { .. } => FailureCode::EngineTimeout,
            Self::Engine(SpeechError::Unavailable { .. }) => FailureCode::EngineUnavailable,
            Self::Engine(SpeechError::Busy { .. }) => FailureCode::EngineBusy,
            Self::Engine(SpeechError::Unsupported { .. }) => FailureCode::Unsupported,
            Self::Engine(_) => match stage {
                StageName::Recognize => FailureCode::RecognitionFailed,
                StageName::Translate => FailureCode::TranslationFailed,
                StageName::Synthesize => FailureCode::SynthesisFailed,
            },
        }
    }
}

impl From<StageError> for SpeechError {
    fn from(error: StageError) -> Self {
        let reason = error.to_string();
        match error {
            StageError::Engine(error) => error,
            StageError::Timeout { engine, .. } => Self::Failed { engine, reason },
        }
    }
}
