//! Why a session does not go on.

use tokio_tungstenite::tungstenite;

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
    pub(crate) const fn is_disconnect(&self) -> bool {
        matches!(self, Self::Connect(_) | Self::Broken(_))
    }
}

impl From<tungstenite::Error> for ClientError {
    fn from(error: tungstenite::Error) -> Self {
        Self::Broken(error.to_string())
    }
}
