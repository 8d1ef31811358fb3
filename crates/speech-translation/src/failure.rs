//! Why a segment could not be interpreted.

use std::fmt;
use std::time::Duration;

use mynah_speech::{EngineId, SpeechError};

use crate::SegmentHeader;
use crate::stage::StageName;

/// The stable code of a failed segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// The recognizer failed at its work.
    RecognitionFailed,
    /// The translator failed at its work.
    TranslationFailed,
    /// The synthesizer failed at its work.
    SynthesisFailed,
    /// An engine is not installed any more, or cannot start.
    EngineUnavailable,
    /// Every place at an engine stayed taken.
    EngineBusy,
    /// An engine took too long.
    EngineTimeout,
    /// An engine cannot do this after all.
    Unsupported,
}

impl FailureCode {
    /// The code as it stands in an event.
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

/// Why a stage could not do its work on one event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StageError {
    /// The engine says so.
    #[error(transparent)]
    Engine(#[from] SpeechError),
    /// The engine took too long and was told to stop.
    #[error("{engine} had no answer within {} s", limit.as_secs())]
    Timeout { engine: EngineId, limit: Duration },
}

impl StageError {
    pub(crate) fn code(&self, stage: StageName) -> FailureCode {
        match self {
            Self::Timeout { .. } => FailureCode::EngineTimeout,
            Self::Engine(SpeechError::Unavailable { .. }) => FailureCode::EngineUnavailable,
            Self::Engine(SpeechError::Busy { .. }) => FailureCode::EngineBusy,
            Self::Engine(SpeechError::Unsupported { .. }) => FailureCode::Unsupported,
            Self::Engine(_) => match stage {
                StageName::Recognize => FailureCode::RecognitionFailed,
                StageName::Translate => FailureCode::TranslationFailed,
                StageName::Speak => FailureCode::SynthesisFailed,
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

/// A segment that failed, on its way past the later stages.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) header: SegmentHeader,
    pub(crate) stage: StageName,
    pub(crate) error: StageError,
}
