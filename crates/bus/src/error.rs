//! What can go wrong on a bus.

/// Why the bus did not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// The bus, for now: nobody answers, or not in time. Trying again may help.
    #[error("the bus can't be reached: {0}")]
    Unreachable(String),
    /// The caller: the record is too large for the bus.
    #[error("a record of {bytes} bytes is larger than the {limit} that the bus takes")]
    TooLarge {
        /// The record's size.
        bytes: usize,
        /// What the bus takes.
        limit: usize,
    },
    /// The operator: the topic is not there. `mynah pipeline init` creates it.
    #[error("there is no topic {0}; `mynah pipeline init` creates it")]
    NoTopic(String),
    /// The caller: this reader's or member's time is over, or the session has too much on the bus.
    #[error("{0}")]
    Refused(String),
    /// The bus was closed.
    #[error("the bus is closed")]
    Closed,
}

impl BusError {
    /// Whether the same may go well later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}
