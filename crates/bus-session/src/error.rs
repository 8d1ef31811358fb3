//! Why a session over the bus ends early.

/// Why a session over the bus ends early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The bus, the schema registry or the object store: unreachable for too long.
    #[error("the bus between the stages is unreachable")]
    BusUnavailable,
    /// The detector stopped waiting for audio, or found a gap in it.
    #[error("the session was aborted by its detector: {0}")]
    Aborted(String),
    /// The client: more results wait than a session may have.
    #[error("more results wait than a session may have")]
    ResultsOverflow,
    /// Another connection to this process has resumed the session.
    #[error("another connection has resumed the session")]
    ResumedElsewhere,
    /// A defect of this crate.
    #[error("internal error")]
    Internal,
}
