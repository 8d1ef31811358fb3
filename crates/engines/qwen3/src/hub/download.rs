//! Fetching the files of a commit as blobs; a broken download is resumed.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::Qwen3Error;

use super::checksum::Checksum;
use super::client::{Client, FetchError, RemoteBody};
use super::layout::{CONFIG, RepositoryCache, create_parent};
use super::repository::{RemoteFile, Repository};
use super::{HubOptions, OnProgress, Progress, failed};

/// The bytes that are read before they are written and reported.
const BLOCK_BYTES: usize = 1 << 18;

/// The delay before the first retry; each later one is longer.
const MIN_RETRY_DELAY: Duration = Duration::from_millis(200);

/// Fetches what the snapshot of a commit lacks, and links it there.
pub(super) fn all(
    client: &Client<'_>,
    repository: &Repository,
    cache: &RepositoryCache,
    options: &HubOptions,
    progress: &mut OnProgress<'_>,
) -> Result<(), Qwen3Error> {
    let snapshot = cache.snapshot(&repository.commit);
    fs::create_dir_all(&snapshot).map_err(|source| failed(&snapshot, source))?;
    let mut download = Download {
        client,
        cache,
        commit: &repository.commit,
        attempts: options.attempts,
        reported: Progress {
            file: String::new(),
            file_bytes: 0,
            bytes: 0,
            total_bytes: repository.total_bytes(),
        },
        progress,
    };
    let mut fetched = Vec::new();
    for file in &repository.files {
        let bytes = match present(&snapshot, file) {
            Some(bytes) => bytes,
            None => {
                let (blob, bytes) = download.blob(file)?;
                fetched.push((blob, file.path.as_str()));
                bytes
            }
        };
        download.reported.bytes += bytes;
    }
    // A snapshot with a configuration is whole: that file is the last one.
    fetched.sort_by_key(|(_, path)| *path == CONFIG);
    for (blob, path) in fetched {
        cache.link(&blob, &snapshot, path)?;
    }
    Ok(())
}

/// The bytes of a file that a snapshot has.
pub(super) fn present(snapshot: &Path, file: &RemoteFile) -> Option<u64> {
    let bytes = length(&snapshot.join(&file.path))?;
    file.size.is_none_or(|size| size == bytes).then_some(bytes)
}

/// Repeats an attempt that fails for a transient reason; attempts that made progress count anew.
pub(super) fn with_retries<T>(
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
        tracing::debug!(reason, ?delay, "the request to the hub is repeated");
        std::thread::sleep(delay);
    }
}

struct Download<'a, 'p> {
    client: &'a Client<'a>,
    cache: &'a RepositoryCache,
    commit: &'a str,
    attempts: usize,
    reported: Progress,
    progress: &'a mut OnProgress<'p>,
}

impl Download<'_, '_> {
    /// The name of a file's blob, which is fetched where it is not in the cache, and its bytes.
    fn blob(&mut self, file: &RemoteFile) -> Result<(String, u64), Qwen3Error> {
        let checksum = match &file.checksum {
            Some(checksum) => Some(checksum.clone()),
            None => {
                let metadata = || self.client.metadata(self.commit, &file.path);
                let metadata = with_retries(self.attempts, metadata, || false);
                metadata.map_err(|error| self.error(file, error))?.checksum
            }
        };
        // A file without a hash is fetched under its path, and named after it is here.
        let name = checksum.as_ref().map_or_else(
            || file.path.replace('/', "--"),
            |it| it.blob_name().to_owned(),
        );
        let _lock = self.cache.lock(&name)?;
        let blob = self.cache.blob(&name);
        if checksum.is_some()
            && let Some(bytes) = length(&blob)
            && file.size.is_none_or(|size| size == bytes)
        {
            return Ok((name, bytes));
        }
        create_parent(&blob).map_err(|source| failed(&blob, source))?;
        let part = part_of(&blob);
        let bytes = self.fetch(file, &part, checksum.as_ref())?;
        let name = match checksum {
            Some(_) => name,
            None => Checksum::of_file(&part)
                .map_err(|source| failed(&part, source))?
                .blob_name()
                .to_owned(),
        };
        let blob = self.cache.blob(&name);
        fs::rename(&part, &blob).map_err(|source| failed(&blob, source))?;
        Ok((name, bytes))
    }

    /// Fetches a file, with retries, to a part that is then whole.
    fn fetch(
        &mut self,
        file: &RemoteFile,
        part: &Path,
        checksum: Option<&Checksum>,
    ) -> Result<u64, Qwen3Error> {
        let mut longest = 0;
        let fetched = with_retries(
            self.attempts,
            || self.attempt(file, part, checksum),
            || {
                let now = length(part).unwrap_or(0);
                let progressed = now > longest;
                longest = longest.max(now);
                progressed
            },
        );
        fetched.map_err(|error| self.error(file, error))
    }

    fn error(&self, file: &RemoteFile, error: FetchError) -> Qwen3Error {
        match error {
            FetchError::Permanent(error) => error,
            FetchError::Transient(reason) => self.client.error(format!(
                "{} did not come: {reason}; try again, what has come is kept",
                file.path
            )),
        }
    }

    /// One attempt: what arrives is kept, and is whole where this succeeds.
    fn attempt(
        &mut self,
        file: &RemoteFile,
        part: &Path,
        checksum: Option<&Checksum>,
    ) -> Result<u64, FetchError> {
        let mut start = length(part).unwrap_or(0);
        if file.size.is_some_and(|size| start > size) {
            remove(part)?;
            start = 0;
        }
        let is_whole = file.size.is_some_and(|size| start == size);
        if is_whole && start > 0 && checksum.is_some() {
            return self.check(file, part, checksum);
        }
        let RemoteBody {
            start: begins,
            size,
            mut body,
        } = self.client.file(self.commit, &file.path, start)?;
        let Some(begins) = begins else {
            // The part does not fit the file.
            remove(part)?;
            return Err(FetchError::Transient(
                "the hub does not send the rest of the file".into(),
            ));
        };
        let size = file.size.or(size);
        self.write(file, part, begins, size, &mut body)?;
        self.check(file, part, checksum)
    }

    fn write(
        &mut self,
        file: &RemoteFile,
        part: &Path,
        begins: u64,
        size: Option<u64>,
        body: &mut dyn Read,
    ) -> Result<(), FetchError> {
        let io_error = |source| FetchError::Permanent(failed(part, source));
        let mut out = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(part)
            .map_err(io_error)?;
        out.set_len(begins).map_err(io_error)?;
        out.seek(SeekFrom::Start(begins)).map_err(io_error)?;
        let mut block = vec![0; BLOCK_BYTES];
        let mut written = begins;
        loop {
            self.report(file, written)?;
            let read = body
                .read(&mut block)
                .map_err(|error| FetchError::Transient(format!("it broke off: {error}")))?;
            if read == 0 {
                break;
            }
            written += read as u64;
            if size.is_some_and(|size| written > size) {
                drop(out);
                remove(part)?;
                return Err(FetchError::Permanent(self.client.error(format!(
                    "{} is longer than the hub lists it; it was discarded",
                    file.path
                ))));
            }
            out.write_all(&block[..read]).map_err(io_error)?;
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
    fn check(
        &self,
        file: &RemoteFile,
        part: &Path,
        checksum: Option<&Checksum>,
    ) -> Result<u64, FetchError> {
        let io_error = |source| FetchError::Permanent(failed(part, source));
        if let Some(checksum) = checksum
            && !checksum.matches(part).map_err(io_error)?
        {
            remove(part)?;
            return Err(FetchError::Permanent(self.client.error(format!(
                "{} came with a wrong checksum and was discarded; try again, or another hub by HF_ENDPOINT",
                file.path
            ))));
        }
        let metadata = fs::metadata(part).map_err(io_error)?;
        Ok(metadata.len())
    }

    fn report(&mut self, file: &RemoteFile, file_bytes: u64) -> Result<(), FetchError> {
        let now = Progress {
            file: file.path.clone(),
            file_bytes,
            bytes: self.reported.bytes + file_bytes,
            total_bytes: self.reported.total_bytes,
        };
        match (self.progress)(&now) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(FetchError::Permanent(Qwen3Error::Cancelled)),
        }
    }
}

/// The path of a blob until it is whole.
fn part_of(blob: &Path) -> PathBuf {
    let mut name = blob.as_os_str().to_owned();
    name.push(".incomplete");
    name.into()
}

fn length(path: &Path) -> Option<u64> {
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
