//! How many bytes the peer has acknowledged.

use std::sync::{Arc, Weak};

/// The progress of a transport's peer. A finished write is no measure: a send buffer of megabytes
/// accepts a whole response, and is then not writable for minutes although its peer reads as fast
/// as audio plays.
pub trait Progress: Send + Sync {
    /// Bytes that the peer has acknowledged since the connection began. It never decreases, and is
    /// constant exactly while the peer acknowledges nothing.
    fn acknowledged_bytes(&self) -> u64;
}

/// The progress of a connection, for code that sends over it without its socket. In the extensions
/// of every request of [`crate::serve`]. Does not keep the connection open.
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
    /// 0 once the connection is closed.
    fn acknowledged_bytes(&self) -> u64 {
        self.0
            .upgrade()
            .map_or(0, |connection| connection.acknowledged_bytes())
    }
}
