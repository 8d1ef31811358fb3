//! Why a request is not authenticated or exceeds a limit.

use std::time::Duration;

use crate::AudioBudgetExceeded;

/// When to retry while the key file cannot be read.
const KEYS_UNAVAILABLE_RETRY_DELAY: Duration = Duration::from_secs(5);

/// Why a request is refused. The client is at fault, except for
/// [`AuthError::KeysUnavailable`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// A key is required, and none was sent.
    #[error("this server requires a key: send `Authorization: Bearer KEY`")]
    MissingKey,
    /// No key has this value.
    #[error("this key is unknown or was revoked")]
    InvalidKey,
    /// The key was revoked while the request was being served.
    #[error("this key was revoked")]
    RevokedKey,
    /// The machine: the key file cannot be read, so it is not known which keys are valid.
    #[error("the keys of this server cannot be read; retry later")]
    KeysUnavailable,
    /// Too many requests of one key or address.
    #[error("too many requests; retry after the time in Retry-After")]
    RateLimited {
        /// When the next request is accepted.
        retry_after: Duration,
    },
    /// The client has used its seconds of audio.
    #[error("{0}")]
    AudioBudget(#[from] AudioBudgetExceeded),
}

impl AuthError {
    /// When to retry, where waiting helps.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::KeysUnavailable => Some(KEYS_UNAVAILABLE_RETRY_DELAY),
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::AudioBudget(exceeded) => Some(exceeded.retry_after),
            Self::MissingKey | Self::InvalidKey | Self::RevokedKey => None,
        }
    }
}
