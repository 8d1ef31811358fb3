//! Why work on a record failed, and what follows from it.

use mynah_bus::avro::DecodeError;
use mynah_speech_translation::SegmentError;

/// The class of a failure: whether trying again may help, and who is to look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// The record breaks a rule. It never goes well.
    Invalid,
    /// Nobody here can do what it asks for.
    Unsupported,
    /// Something else does not answer for now.
    Transient,
    /// Something is full or busy for now.
    Resource,
    /// A defect, or an engine that broke.
    Internal,
}

impl FailureClass {
    /// Its name in headers and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
            Self::Transient => "transient",
            Self::Resource => "resource",
            Self::Internal => "internal",
        }
    }

    /// Whether the same may go well later.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Transient | Self::Resource)
    }
}

/// A failure that is about this record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Its class.
    pub class: FailureClass,
    /// A stable code, for clients and headers.
    pub code: String,
    /// What happened, for people. Never what was said, and no secret.
    pub message: String,
}

impl Failure {
    /// A record that breaks a rule.
    pub fn invalid(code: &str, message: impl Into<String>) -> Self {
        Self {
            class: FailureClass::Invalid,
            code: code.into(),
            message: message.into(),
        }
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        let class = if error.is_transient() {
            FailureClass::Transient
        } else {
            FailureClass::Invalid
        };
        Self {
            class,
            code: error.reason().into(),
            message: error.to_string(),
        }
    }
}

impl From<SegmentError> for Failure {
    fn from(error: SegmentError) -> Self {
        use mynah_speech_translation::FailureCode as Code;
        let class = match error.code {
            Code::EngineBusy | Code::EngineTimeout => FailureClass::Resource,
            Code::Unsupported | Code::EngineUnavailable => FailureClass::Unsupported,
            _ if error.transient => FailureClass::Transient,
            _ => FailureClass::Internal,
        };
        Self {
            class,
            code: error.code.as_str().into(),
            message: error.message,
        }
    }
}

/// Why a worker stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    /// The record is at fault, or an engine.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// Something was waited for that did not come back in the time there is; trying the same again
    /// would only wait once more.
    #[error("{0}")]
    Exhausted(Failure),
    /// The partition belongs to somebody else now, or the process ends. Nothing is to be done.
    #[error("the partition is gone")]
    PartitionLost,
}

impl From<SegmentError> for ProcessError {
    fn from(error: SegmentError) -> Self {
        if error.cancelled {
            Self::PartitionLost
        } else {
            Self::Failed(error.into())
        }
    }
}
