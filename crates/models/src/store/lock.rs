//! The lock of the folder.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::error::failed;
use crate::{Cancel, ModelError};

const LOCK: &str = ".lock";

const MIN_RETRY_DELAY: Duration = Duration::from_millis(20);
const MAX_RETRY_DELAY: Duration = Duration::from_millis(500);

/// Blocks until no other process fetches or removes models. The system releases the lock when the
/// file is closed, also where the process is killed.
pub(crate) fn lock(folder: &Path, cancel: &Cancel) -> Result<File, ModelError> {
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(|source| failed(&path, source))?;
    let delays = ExponentialBuilder::default()
        .with_min_delay(MIN_RETRY_DELAY)
        .with_max_delay(MAX_RETRY_DELAY)
        .without_max_times()
        .build();
    for delay in delays {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(failed(&path, source)),
            Err(TryLockError::WouldBlock) if cancel.is_cancelled() => break,
            Err(TryLockError::WouldBlock) => thread::sleep(delay),
        }
    }
    Err(ModelError::Cancelled)
}
