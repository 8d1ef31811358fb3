//! Fetching the files of a commit, each to where a broken download left off.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Qwen3Error, Result};

use super::cache::Snapshot;
use super::checksum::Checksum;
use super::client::{Client, Incoming, Trouble};
use super::repository::{RemoteFile, Repository};
use super::{HubOptions, OnProgress, Progress, failed};

/// What is read before it is written and told of.
const BLOCK_BYTES: usize = 1 << 18;

/// The wait before a second try; each further one is as much longer.
const BACKOFF: Duration = Duration::from_millis(200);

/// Fetches what a snapshot lacks.
pub(super) fn all(
    client: &Client<'_>,
    repository: &Repository,
    snapshot: &Snapshot,
    options: &HubOptions,
    progress: &mut OnProgress<'_>,
) -> Result<()> {
    let mut download = Download {
        client,
        commit: &repository.commit,
        told: Progress {
            file: String::new(),
            file_bytes: 0,
            bytes: 0,
            total_bytes: repository.total_bytes(),
        },
        progress,
    };
    for file in &repository.files {
        let target = snapshot.folder().join(&file.path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
        }
        // It has its name only once it was checked.
        let bytes = match length(&target) {
            Some(bytes) if file.size.is_none_or(|size| size == bytes) => bytes,
            _ => download.with_patience(file, &target, options.attempts)?,
        };
        download.told.bytes += bytes;
    }
    Ok(())
}

/// Tries again where that may help: the hub is asked, answers badly, or breaks off.
pub(super) fn patiently<T>(
    attempts: usize,
    mut attempt: impl FnMut() -> Result<T, Trouble>,
    mut came_further: impl FnMut() -> bool,
) -> Result<T, Trouble> {
    let mut tries = 0_u32;
    loop {
        match attempt() {
            Err(Trouble::Passing(reason)) => {
                tries = if came_further() { 1 } else { tries + 1 };
                if tries as usize >= attempts {
                    return Err(Trouble::Passing(reason));
                }
                tracing::debug!(tries, reason, "the hub is asked again");
                std::thread::sleep(BACKOFF * tries);
            }
            other => return other,
        }
    }
}

struct Download<'a, 'p> {
    client: &'a Client<'a>,
    commit: &'a str,
    told: Progress,
    progress: &'a mut OnProgress<'p>,
}

impl Download<'_, '_> {
    fn with_patience(&mut self, file: &RemoteFile, target: &Path, attempts: usize) -> Result<u64> {
        let part = part_of(target);
        let mut longest = 0;
        let outcome = patiently(
            attempts,
            || self.once(file, &part),
            || {
                let now = length(&part).unwrap_or(0);
                let further = now > longest;
                longest = longest.max(now);
                further
            },
        );
        match outcome {
            Ok(bytes) => {
                fs::rename(&part, target).map_err(|source| failed(target, source))?;
                Ok(bytes)
            }
            Err(Trouble::Lasting(error)) => Err(error),
            Err(Trouble::Passing(reason)) => Err(self.client.error(format!(
                "{} did not come: {reason}; try again, what has come is kept",
                file.path
            ))),
        }
    }

    /// One try: whatever comes is kept, and is whole where this succeeds.
    fn once(&mut self, file: &RemoteFile, part: &Path) -> Result<u64, Trouble> {
        let mut from = length(part).unwrap_or(0);
        let listed = file.sha256.clone().map(Checksum::Sha256);
        if file.size.is_some_and(|size| from > size) {
            remove(part)?;
            from = 0;
        }
        let came = file.size.is_some_and(|size| from == size);
        if let (true, Some(checksum)) = (came && from > 0, &listed) {
            return self.check(file, part, Some(checksum));
        }
        let Incoming {
            from: begins,
            size,
            checksum,
            mut body,
        } = self.client.file(self.commit, &file.path, from)?;
        let Some(begins) = begins else {
            // What is here does not fit what is there.
            remove(part)?;
            return Err(Trouble::Passing(
                "the hub does not know where we were".into(),
            ));
        };
        let size = file.size.or(size);
        self.write(file, part, begins, size, &mut body)?;
        self.check(file, part, listed.or(checksum).as_ref())
    }

    fn write(
        &mut self,
        file: &RemoteFile,
        part: &Path,
        begins: u64,
        size: Option<u64>,
        body: &mut dyn Read,
    ) -> Result<(), Trouble> {
        let broken = |source| Trouble::Lasting(failed(part, source));
        let mut out = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(part)
            .map_err(broken)?;
        out.set_len(begins).map_err(broken)?;
        out.seek(SeekFrom::Start(begins)).map_err(broken)?;
        let mut block = vec![0; BLOCK_BYTES];
        let mut written = begins;
        loop {
            self.tell(file, written)?;
            let read = body
                .read(&mut block)
                .map_err(|error| Trouble::Passing(format!("it broke off: {error}")))?;
            if read == 0 {
                break;
            }
            written += read as u64;
            if size.is_some_and(|size| written > size) {
                drop(out);
                remove(part)?;
                return Err(Trouble::Lasting(self.client.error(format!(
                    "{} is longer than the hub said; it was thrown away",
                    file.path
                ))));
            }
            out.write_all(&block[..read]).map_err(broken)?;
        }
        out.sync_data().map_err(broken)?;
        match size {
            Some(size) if written < size => Err(Trouble::Passing(format!(
                "it broke off after {written} of {size} bytes"
            ))),
            _ => Ok(()),
        }
    }

    /// The bytes of a file that is as promised; one that is not is removed.
    fn check(
        &self,
        file: &RemoteFile,
        part: &Path,
        checksum: Option<&Checksum>,
    ) -> Result<u64, Trouble> {
        let broken = |source| Trouble::Lasting(failed(part, source));
        if let Some(checksum) = checksum
            && !checksum.matches(part).map_err(broken)?
        {
            remove(part)?;
            return Err(Trouble::Lasting(self.client.error(format!(
                "{} came with a wrong checksum and was thrown away; try again, or another hub by HF_ENDPOINT",
                file.path
            ))));
        }
        let metadata = fs::metadata(part).map_err(broken)?;
        Ok(metadata.len())
    }

    fn tell(&mut self, file: &RemoteFile, file_bytes: u64) -> Result<(), Trouble> {
        let now = Progress {
            file: file.path.clone(),
            file_bytes,
            bytes: self.told.bytes + file_bytes,
            total_bytes: self.told.total_bytes,
        };
        match (self.progress)(&now) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Trouble::Lasting(Qwen3Error::Cancelled)),
        }
    }
}

/// Where a file lies until it is whole.
fn part_of(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn length(path: &Path) -> Option<u64> {
    File::open(path).ok()?.metadata().ok().map(|m| m.len())
}

fn remove(part: &Path) -> Result<(), Trouble> {
    match fs::remove_file(part) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(Trouble::Lasting(failed(part, source)))
        }
        _ => Ok(()),
    }
}
