//! Background work of every server with keys: following the key file, and removing counters that
//! are no longer needed.

use std::io;
use std::time::Duration;

use mynah_auth::{Authenticator, KeyWatcher};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::recorder::install_recorder;

/// How often unused counters and old measurements are removed.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(30);

/// Runs until it is dropped.
#[must_use = "dropping it ends the maintenance"]
pub struct Maintenance {
    _cleanup: DropGuard,
    _keys: KeyWatcher,
}

/// Starts the maintenance of a server, within a tokio runtime.
///
/// # Errors
/// The system provides no thread.
pub fn spawn_maintenance(authenticator: &Authenticator) -> io::Result<Maintenance> {
    let keys = KeyWatcher::spawn(authenticator.keys().clone())?;
    let stop = CancellationToken::new();
    let authenticator = authenticator.clone();
    let cleanup = async move {
        let mut ticks = tokio::time::interval(CLEANUP_INTERVAL);
        loop {
            ticks.tick().await;
            authenticator.remove_unused_counters();
            install_recorder().run_upkeep();
        }
    };
    tokio::spawn(stop.clone().run_until_cancelled_owned(cleanup));
    Ok(Maintenance {
        _cleanup: stop.drop_guard(),
        _keys: keys,
    })
}
