//! Errors of a bus.

/// An error of a bus.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// The bus is unreachable, or too slow, for now. A retry may help.
    #[error("the bus can't be reached: {0}")]
    Unreachable(String),
    /// The caller's record is too large for the bus.
    #[error("a record of {bytes} bytes is larger than the {limit} that the bus takes")]
    TooLarge {
        /// The record's size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The topic does not exist. `mynah pipeline init` creates it.
    #[error("there is no topic {0}; `mynah pipeline init` creates it")]
    NoTopic(String),
    /// The bus refuses the request; the message says why.
    #[error("{0}")]
    Refused(String),
    /// The bus, or the partition for this consumer, is closed.
    #[error("the bus is closed")]
    Closed,
}

impl BusError {
    /// Whether a retry may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}
