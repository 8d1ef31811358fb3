//! Why a session does not go on.

use mynah_api::realtime::RealtimeError;
use tokio_tungstenite::tungstenite;

/// Codes of errors after which a gateway closes the connection while it keeps the session: the
/// connection or the bus was gone for a while.
const RECOVERABLE_CODES: [&str; 3] = ["bus_unavailable", "client_too_slow", "keepalive_timeout"];

/// Why a session does not go on.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not that of a gateway.
    #[error("{0} is no address of a gateway; write ws://HOST:PORT")]
    Address(String),
    /// The gateway is unreachable, or refused the connection.
    #[error("the gateway can't be reached: {0}")]
    Connect(String),
    /// The connection broke.
    #[error("the connection to the gateway broke: {0}")]
    Broken(String),
    /// The gateway reports an error.
    #[error("{code}: {message}")]
    Refused {
        /// Its stable code.
        code: String,
        /// What is wrong.
        message: String,
    },
    /// The gateway sent something that is not the protocol.
    #[error("the gateway sent something that is no event")]
    Protocol,
}

impl ClientError {
    /// Whether a session may go on over another connection.
    pub(crate) fn is_recoverable(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Broken(_) => true,
            Self::Refused { code, .. } => is_recoverable(code),
            Self::Address(_) | Self::Protocol => false,
        }
    }
}

/// Whether a session may go on over another connection after an error with this code.
pub(crate) fn is_recoverable(code: &str) -> bool {
    RECOVERABLE_CODES.contains(&code)
}

impl From<RealtimeError> for ClientError {
    fn from(error: RealtimeError) -> Self {
        let RealtimeError { code, message, .. } = error;
        Self::Refused { code, message }
    }
}

impl From<tungstenite::Error> for ClientError {
    fn from(error: tungstenite::Error) -> Self {
        Self::Broken(error.to_string())
    }
}
