//! A thread that reads the key file again and again.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::KeyStore;

/// How often the key file is read.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The value of the log field `event`: the key file could not be read (`error`), or can be read
/// again.
const LOG_EVENT: &str = "keys";

/// Reads the key file until it is dropped.
#[must_use = "dropping it stops the watcher"]
pub struct KeyWatcher {
    /// The thread ends when this is dropped.
    _stop: mpsc::Sender<()>,
}

impl KeyWatcher {
    /// Starts a thread for a store. It is a thread of its own because a revoked key must not wait
    /// for work that blocks.
    ///
    /// # Errors
    /// The system provides no thread.
    pub fn spawn(keys: KeyStore) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        thread::Builder::new()
            .name("keys".into())
            .spawn(move || watch(&keys, &stopped))?;
        Ok(Self { _stop: stop })
    }
}

/// Reads the keys again and again. An error is logged once, until it changes.
fn watch(keys: &KeyStore, stopped: &mpsc::Receiver<()>) {
    let mut logged = None;
    while stopped.recv_timeout(POLL_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let error = keys.refresh().err().map(|error| error.to_string());
        if error != logged {
            match &error {
                Some(error) => tracing::error!(event = LOG_EVENT, error),
                None => tracing::info!(event = LOG_EVENT, "the keys can be read again"),
            }
            logged = error;
        }
    }
}
