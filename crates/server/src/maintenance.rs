//! What every server does beside its requests: it follows the file of keys, and throws away what
//! is not needed any more.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::event;
use crate::guard::Authenticator;
use crate::keys::KeyStore;

/// How often the file of keys is read.
const KEYS_POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How often counters of callers who are gone, and old measurements, are thrown away.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(30);

/// Runs until it is dropped.
#[must_use = "dropping it ends the maintenance"]
pub(crate) struct Maintenance {
    _cleanup: DropGuard,
    /// The thread that follows the keys ends when this is gone.
    _follow: mpsc::Sender<()>,
}

/// Begins the maintenance of a server. Must be called within a tokio runtime.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn spawn_maintenance(
    authenticator: &Authenticator,
    metrics: PrometheusHandle,
) -> io::Result<Maintenance> {
    let (follow, ended) = mpsc::channel();
    let keys = authenticator.keys().clone();
    // A thread of its own: a revoked key must not wait for work that blocks.
    thread::Builder::new()
        .name("keys".into())
        .spawn(move || follow_keys(&keys, &ended))?;
    let stop = CancellationToken::new();
    let authenticator = authenticator.clone();
    let cleanup = async move {
        let mut ticks = tokio::time::interval(CLEANUP_INTERVAL);
        loop {
            ticks.tick().await;
            authenticator.tidy();
            metrics.run_upkeep();
        }
    };
    tokio::spawn(stop.clone().run_until_cancelled_owned(cleanup));
    Ok(Maintenance {
        _cleanup: stop.drop_guard(),
        _follow: follow,
    })
}

/// Reads the keys again and again. What is wrong is logged once, until it is something else.
fn follow_keys(keys: &KeyStore, ended: &mpsc::Receiver<()>) {
    let mut reported = None;
    while ended.recv_timeout(KEYS_POLL_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let wrong = keys.refresh().err().map(|error| error.to_string());
        if wrong != reported {
            match &wrong {
                Some(error) => tracing::error!(event = event::KEYS, error),
                None => tracing::info!(event = event::KEYS, "the keys can be read again"),
            }
            reported = wrong;
        }
    }
}
