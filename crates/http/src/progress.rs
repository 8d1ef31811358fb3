//! How much of what was sent the other side has taken.

use std::sync::{Arc, Weak};

/// What a transport knows of the bytes that its peer has taken. That a write is finished says
/// little: a send buffer of megabytes takes all of an answer, and is then not writable for minutes
/// although its peer reads as fast as the sound plays.
pub trait Progress: Send + Sync {
    /// Bytes that the peer has acknowledged since the connection began. It never decreases, and
    /// stands still exactly while the peer takes nothing.
    fn acknowledged_bytes(&self) -> u64;
}

/// The progress of a connection, for those who send over it without having its socket. In the
/// extensions of every request that [`crate::serve`] hands on. Does not keep the connection open.
#[derive(Clone)]
pub struct PeerProgress(Weak<dyn Progress>);

impl PeerProgress {
    /// The progress of this connection.
    pub fn new<T: Progress + 'static>(connection: &Arc<T>) -> Self {
        let weak: Weak<T> = Arc::downgrade(connection);
        Self(weak)
    }
}

impl Progress for PeerProgress {
    /// As the connection says; 0 once it is closed.
    fn acknowledged_bytes(&self) -> u64 {
        self.0
            .upgrade()
            .map_or(0, |connection| connection.acknowledged_bytes())
    }
}
