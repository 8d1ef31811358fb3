//! One file over HTTP: fetched to a part, resumed where it broke off, and checked.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::ModelError;
use crate::checksum::Checksum;
use crate::error::failed;
use crate::http::{FetchError, RemoteBody};

/// The bytes that are read before they are written and reported.
const BLOCK_BYTES: usize = 1 << 18;

/// The delay before the first retry; each later one is longer.
const MIN_RETRY_DELAY: Duration = Duration::from_millis(200);

/// The rate that a source must have over `RATE_WINDOW`, in bytes a second.
const MIN_RATE: u64 = 4_096;

/// The time over which the rate is measured.
const RATE_WINDOW: Duration = Duration::from_secs(30);

/// A file that is fetched.
pub(crate) struct Transfer<'a> {
    /// Its name in errors.
    pub(crate) name: &'a str,
    /// What arrived so far.
    pub(crate) part: &'a Path,
    /// The bytes of the whole file, where they are known.
    pub(crate) size: Option<u64>,
    pub(crate) checksum: Option<&'a Checksum>,
    /// Attempts in a row without a byte of progress.
    pub(crate) attempts: usize,
    /// An error of the source that does not go away.
    pub(crate) refuse: &'a dyn Fn(String) -> ModelError,
}

impl Transfer<'_> {
    /// Fetches the file, with retries, to a part that is then whole, and returns its bytes. `open`
    /// requests the body from a byte on; `report` gets the bytes so far and may cancel.
    pub(crate) fn run(
        &self,
        open: &mut dyn FnMut(u64) -> Result<RemoteBody, FetchError>,
        report: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<u64, FetchError> {
        let mut max_bytes = 0;
        with_retries(
            self.attempts,
            || self.attempt(open, report),
            || {
                let now = length(self.part).unwrap_or(0);
                let progressed = now > max_bytes;
                max_bytes = max_bytes.max(now);
                progressed
            },
        )
    }

    /// One attempt: what arrives is kept, and is whole where this succeeds.
    fn attempt(
        &self,
        open: &mut dyn FnMut(u64) -> Result<RemoteBody, FetchError>,
        report: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<u64, FetchError> {
        let mut start = length(self.part).unwrap_or(0);
        if self.size.is_some_and(|size| start > size) {
            remove(self.part)?;
            start = 0;
        }
        let is_whole = self.size.is_some_and(|size| start == size);
        if is_whole && start > 0 && self.checksum.is_some() {
            return self.check();
        }
        let RemoteBody {
            start: begins,
            size,
            mut body,
        } = open(start)?;
        let Some(begins) = begins else {
            // The part does not fit the file.
            remove(self.part)?;
            return Err(FetchError::Transient(
                "the server does not send the rest of the file".into(),
            ));
        };
        self.write(begins, self.size.or(size), &mut body, report)?;
        self.check()
    }

    fn write(
        &self,
        begins: u64,
        size: Option<u64>,
        body: &mut dyn Read,
        report: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), FetchError> {
        let io_error = |source| FetchError::Permanent(failed(self.part, source));
        let mut out = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(self.part)
            .map_err(io_error)?;
        out.set_len(begins).map_err(io_error)?;
        out.seek(SeekFrom::Start(begins)).map_err(io_error)?;
        let mut block = vec![0; BLOCK_BYTES];
        let mut written = begins;
        let mut rate = Rate::new(begins);
        loop {
            if report(written).is_break() {
                return Err(FetchError::Permanent(ModelError::Cancelled));
            }
            let read = body
                .read(&mut block)
                .map_err(|error| FetchError::Transient(format!("it broke off: {error}")))?;
            if read == 0 {
                break;
            }
            written += read as u64;
            if size.is_some_and(|size| written > size) {
                drop(out);
                remove(self.part)?;
                return Err(FetchError::Permanent((self.refuse)(format!(
                    "{} is longer than it is listed; it was discarded",
                    self.name
                ))));
            }
            out.write_all(&block[..read]).map_err(io_error)?;
            if rate.is_too_slow(written) {
                return Err(FetchError::Permanent((self.refuse)(format!(
                    "{} arrives at less than {MIN_RATE} bytes a second",
                    self.name
                ))));
            }
        }
        out.sync_data().map_err(io_error)?;
        match size {
            Some(size) if written < size => Err(FetchError::Transient(format!(
                "it broke off after {written} of {size} bytes"
            ))),
            _ => Ok(()),
        }
    }

    /// The bytes of a file with the right hash; one with another is removed.
    fn check(&self) -> Result<u64, FetchError> {
        let io_error = |source| FetchError::Permanent(failed(self.part, source));
        if let Some(checksum) = self.checksum
            && !checksum.matches(self.part).map_err(io_error)?
        {
            remove(self.part)?;
            return Err(FetchError::Permanent((self.refuse)(format!(
                "{} came with a wrong checksum and was discarded; try again, or another hub by HF_ENDPOINT",
                self.name
            ))));
        }
        let metadata = fs::metadata(self.part).map_err(io_error)?;
        Ok(metadata.len())
    }
}

/// The rate of a body, in windows.
struct Rate {
    since: Instant,
    bytes: u64,
}

impl Rate {
    fn new(bytes: u64) -> Self {
        Self {
            since: Instant::now(),
            bytes,
        }
    }

    fn is_too_slow(&mut self, bytes: u64) -> bool {
        let elapsed = self.since.elapsed();
        if elapsed < RATE_WINDOW {
            return false;
        }
        let slow = (bytes - self.bytes) / elapsed.as_secs().max(1) < MIN_RATE;
        *self = Self::new(bytes);
        slow
    }
}

/// Repeats an attempt that fails for a transient reason; progress resets the count.
pub(crate) fn with_retries<T>(
    attempts: usize,
    mut attempt: impl FnMut() -> Result<T, FetchError>,
    mut has_progressed: impl FnMut() -> bool,
) -> Result<T, FetchError> {
    let backoff = ExponentialBuilder::default()
        .with_min_delay(MIN_RETRY_DELAY)
        .with_max_times(attempts.saturating_sub(1))
        .with_jitter();
    let mut delays = backoff.build();
    loop {
        let reason = match attempt() {
            Err(FetchError::Transient(reason)) => reason,
            other => return other,
        };
        if has_progressed() {
            delays = backoff.build();
        }
        let Some(delay) = delays.next() else {
            return Err(FetchError::Transient(reason));
        };
        tracing::debug!(reason, ?delay, "the request is repeated");
        std::thread::sleep(delay);
    }
}

pub(crate) fn length(path: &Path) -> Option<u64> {
    File::open(path).ok()?.metadata().ok().map(|m| m.len())
}

fn remove(part: &Path) -> Result<(), FetchError> {
    match fs::remove_file(part) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(FetchError::Permanent(failed(part, source)))
        }
        _ => Ok(()),
    }
}
