//! Why the work on a record failed, and what follows from it.

use mynah_bus::avro::DecodeError;
use mynah_bus::claim::StoreError;
use mynah_speech_translation::SegmentError;

/// The class of a failure: whether a retry may help, and what is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// The record breaks a rule. It never succeeds.
    Invalid,
    /// No engine or store of this replica can do it.
    Unsupported,
    /// Another service is unreachable for now.
    Transient,
    /// An engine is full or busy for now.
    Resource,
    /// A defect, or an engine that failed.
    Internal,
}

impl FailureClass {
    /// The name in headers and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
            Self::Transient => "transient",
            Self::Resource => "resource",
            Self::Internal => "internal",
        }
    }

    /// Whether the same may succeed later.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Transient | Self::Resource)
    }
}

/// The failure of a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Its class.
    pub class: FailureClass,
    /// A stable code, for clients and headers.
    pub code: String,
    /// A message for people. Never the text of a segment, and no secret.
    pub message: String,
}

impl Failure {
    /// The failure of a record that breaks a rule.
    pub fn invalid(code: &str, message: impl Into<String>) -> Self {
        Self {
            class: FailureClass::Invalid,
            code: code.into(),
            message: message.into(),
        }
    }

    /// The failure of a record whose reference audio has crashed a replica.
    pub(crate) fn crashed_while_decoding() -> Self {
        Self {
            class: FailureClass::Internal,
            code: "crashed_while_decoding".into(),
            message: "a replica crashed while it decoded the speaker reference of this session"
                .into(),
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

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let class = match &error {
            error if error.is_transient() => FailureClass::Transient,
            StoreError::Off { .. } | StoreError::NoStore => FailureClass::Unsupported,
            StoreError::Settings(_) => FailureClass::Internal,
            _ => FailureClass::Invalid,
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

/// Why the work on a record ended without success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    /// The record or an engine is at fault.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// A service did not recover within its time limit; a retry would only wait again.
    #[error("{0}")]
    Exhausted(Failure),
    /// The partition is revoked, or the process ends. Nothing is left to do.
    #[error("the partition is revoked")]
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
