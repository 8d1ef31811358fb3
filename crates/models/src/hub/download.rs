//! Fetching the files of a commit as blobs; a broken download is resumed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ModelError;
use crate::checksum::Checksum;
use crate::error::failed;
use crate::http::FetchError;
use crate::transfer::{Transfer, length, with_retries};

use super::client::Client;
use super::layout::{RepositoryCache, create_parent};
use super::repository::{RemoteFile, Repository};
use super::{HubOptions, OnProgress, Progress, Selection};

/// Fetches what the snapshot of a commit lacks, and links it there.
pub(super) fn all(
    client: &Client<'_>,
    repository: &Repository,
    cache: &RepositoryCache,
    selection: &Selection,
    options: &HubOptions,
    progress: &mut OnProgress<'_>,
) -> Result<(), ModelError> {
    let snapshot = cache.snapshot(&repository.commit);
    fs::create_dir_all(&snapshot).map_err(|source| failed(&snapshot, source))?;
    let mut download = Download {
        client,
        cache,
        commit: &repository.commit,
        attempts: options.attempts,
        bytes: 0,
        total_bytes: repository.total_bytes(),
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
        download.bytes += bytes;
    }
    // A snapshot with the first required file is whole: that file is the last one.
    let first = selection.required().first().map(String::as_str);
    fetched.sort_by_key(|(_, path)| Some(*path) == first);
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

struct Download<'a, 'p> {
    client: &'a Client<'a>,
    cache: &'a RepositoryCache,
    commit: &'a str,
    attempts: usize,
    /// The bytes of the files that are whole.
    bytes: u64,
    total_bytes: Option<u64>,
    progress: &'a mut OnProgress<'p>,
}

impl Download<'_, '_> {
    /// The name of a file's blob, which is fetched where it is not in the cache, and its bytes.
    fn blob(&mut self, file: &RemoteFile) -> Result<(String, u64), ModelError> {
        let checksum = match &file.checksum {
            Some(checksum) => Some(checksum.clone()),
            None => {
                let metadata = || self.client.metadata(self.commit, &file.path);
                let metadata = with_retries(self.attempts, metadata, || false);
                metadata.map_err(|error| self.error(file, error))?.checksum
            }
        };
        // A file without a hash is fetched under commit and path, and named by its hash once it is
        // here: a part of another commit must not be continued.
        let name = checksum.as_ref().map_or_else(
            || format!("{}--{}", self.commit, file.path.replace('/', "--")),
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
    ) -> Result<u64, ModelError> {
        let (client, commit) = (self.client, self.commit);
        let transfer = Transfer {
            name: &file.path,
            part,
            size: file.size,
            checksum,
            attempts: self.attempts,
            refuse: &|reason| client.error(reason),
        };
        let fetched = transfer.run(
            &mut |start| client.file(commit, &file.path, start),
            &mut |file_bytes| {
                (self.progress)(&Progress {
                    file: file.path.clone(),
                    file_bytes,
                    bytes: self.bytes + file_bytes,
                    total_bytes: self.total_bytes,
                })
            },
        );
        fetched.map_err(|error| self.error(file, error))
    }

    fn error(&self, file: &RemoteFile, error: FetchError) -> ModelError {
        match error {
            FetchError::Permanent(error) => error,
            FetchError::Transient(reason) => self.client.error(format!(
                "{} did not come: {reason}; try again, what has come is kept",
                file.path
            )),
        }
    }
}

/// The path of a blob until it is whole.
fn part_of(blob: &Path) -> PathBuf {
    let mut name = blob.as_os_str().to_owned();
    name.push(".incomplete");
    name.into()
}
