//! Requests to a hub, and the meaning of its responses.

use std::io::Read;
use std::time::Duration;

use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Agent, Body};

use crate::Qwen3Error;

use super::checksum::Checksum;
use super::repository::{ModelInfo, Repository};
use super::{HubId, HubOptions};

/// How long a connection attempt may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a hub may send nothing, before and within a response.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 6;

/// The longest list of files that is read.
const MAX_LIST_BYTES: u64 = 8 << 20;

/// Why a request failed.
pub(super) enum FetchError {
    /// A retry may succeed.
    Transient(String),
    /// No retry succeeds.
    Permanent(Qwen3Error),
}

/// A client of one hub for one repository.
pub(super) struct Client<'a> {
    agent: Agent,
    options: &'a HubOptions,
    id: &'a HubId,
}

/// The body of a file, as it arrives.
pub(super) struct RemoteBody {
    /// Where within the file the body begins; none where the hub does not send that range.
    pub(super) start: Option<u64>,
    /// The bytes of the whole file, where the response has them.
    pub(super) size: Option<u64>,
    pub(super) body: Box<dyn Read>,
}

impl<'a> Client<'a> {
    pub(super) fn new(options: &'a HubOptions, id: &'a HubId) -> Self {
        // Redirects are followed in `send`: a key must not go to another host, and the hub's own
        // response has what it knows of a file.
        let agent = mynah_http_client::config()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(SILENCE_TIMEOUT))
            .timeout_per_read(Some(SILENCE_TIMEOUT))
            .build()
            .new_agent();
        Self { agent, options, id }
    }

    /// The commit that the revision stands for, and its files.
    pub(super) fn repository(&self) -> Result<Repository, FetchError> {
        let address = format!(
            "{}/api/models/{}/revision/{}?blobs=true",
            self.options.endpoint,
            self.id.repository(),
            self.id.revision().replace('/', "%2F"),
        );
        let (_, mut response) = self.send(Method::Get, &address, None)?;
        let text = response
            .body_mut()
            .with_config()
            .limit(MAX_LIST_BYTES)
            .read_to_vec()
            .map_err(|error| {
                FetchError::Transient(format!("the list of files broke off: {error}"))
            })?;
        let info: ModelInfo = serde_json::from_slice(&text).map_err(|error| {
            self.permanent(format!(
                "{} does not respond as a model hub does: {error}",
                self.options.endpoint
            ))
        })?;
        Repository::new(info).map_err(|reason| self.permanent(reason))
    }

    /// What the hub knows of a file of a commit.
    pub(super) fn metadata(&self, commit: &str, path: &str) -> Result<FileMetadata, FetchError> {
        let (metadata, _) = self.send(Method::Head, &self.address(commit, path), None)?;
        Ok(metadata)
    }

    /// A file of a commit, from this byte on if the hub can.
    pub(super) fn file(
        &self,
        commit: &str,
        path: &str,
        start: u64,
    ) -> Result<RemoteBody, FetchError> {
        let range = (start > 0).then_some(start);
        let (metadata, response) = self.send(Method::Get, &self.address(commit, path), range)?;
        let headers = response.headers();
        let (begins, size) = match response.status() {
            StatusCode::PARTIAL_CONTENT => {
                let (begins, whole) = header(headers, "content-range")
                    .and_then(content_range)
                    .unwrap_or_default();
                (Some(begins).filter(|begins| *begins == start), whole)
            }
            StatusCode::RANGE_NOT_SATISFIABLE => (None, None),
            _ => (
                Some(0),
                header(headers, "content-length").and_then(|n| n.parse().ok()),
            ),
        };
        Ok(RemoteBody {
            start: begins,
            size: metadata.size.or(size),
            body: Box::new(response.into_body().into_reader()),
        })
    }

    fn address(&self, commit: &str, path: &str) -> String {
        let (endpoint, repository) = (&self.options.endpoint, self.id.repository());
        format!("{endpoint}/{repository}/resolve/{commit}/{path}")
    }

    /// Sends a request and follows its redirects, `HEAD` until the hub has named the file's hash.
    fn send(
        &self,
        method: Method,
        address: &str,
        start: Option<u64>,
    ) -> Result<(FileMetadata, Response<Body>), FetchError> {
        let home = origin(address).to_owned();
        let mut address = address.to_owned();
        let mut metadata = FileMetadata::default();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = match method {
                Method::Get => self.agent.get(&address),
                Method::Head => self.agent.head(&address),
            };
            let at_home = origin(&address) == home;
            let token = &self.options.token;
            if at_home && !token.is_empty() {
                request = request.header("authorization", format!("Bearer {}", token.expose()));
            }
            if let Some(start) = start {
                request = request.header("range", format!("bytes={start}-"));
            }
            let response = request.call().map_err(|error| {
                FetchError::Transient(format!("{} cannot be reached: {error}", origin(&address)))
            })?;
            if at_home {
                metadata.update(response.headers());
            }
            let status = response.status();
            let found = matches!(method, Method::Head) && metadata.checksum.is_some();
            if status.is_success()
                || status == StatusCode::RANGE_NOT_SATISFIABLE
                || (found && status.is_redirection())
            {
                return Ok((metadata, response));
            }
            if !status.is_redirection() {
                return Err(self.status_error(status, response.headers()));
            }
            let next = header(response.headers(), "location").unwrap_or_default();
            address = follow(&address, next).ok_or_else(|| {
                self.permanent(format!(
                    "{home} redirects to an address that is not followed"
                ))
            })?;
        }
        Err(self.permanent(format!("{home} redirects too often")))
    }

    /// The meaning of a status that is no success.
    fn status_error(&self, status: StatusCode, headers: &HeaderMap) -> FetchError {
        let endpoint = &self.options.endpoint;
        let repository = self.id.repository();
        let code = header(headers, "x-error-code").unwrap_or_default();
        let not_found = || {
            format!(
                "{endpoint} has no model {repository} that is open to you; check the name, or set HF_TOKEN if it is private"
            )
        };
        let reason = match (status.as_u16(), code) {
            (_, "RevisionNotFound") => format!(
                "{repository} has no revision {}; leave out @ for the newest",
                self.id.revision()
            ),
            // A hub answers 401 also for a repository that does not exist.
            (401 | 403, code) if code != "RepoNotFound" => format!(
                "{repository} is gated at {endpoint}; accept its terms at {endpoint}/{repository} and set HF_TOKEN"
            ),
            (_, "RepoNotFound") | (404, _) => not_found(),
            (408 | 429 | 500..=599, _) => {
                return FetchError::Transient(format!("{endpoint} answers {status}"));
            }
            _ => format!("{endpoint} answers {status}"),
        };
        self.permanent(reason)
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> Qwen3Error {
        Qwen3Error::Hub {
            model: self.id.to_string(),
            reason: reason.into(),
        }
    }

    fn permanent(&self, reason: impl Into<String>) -> FetchError {
        FetchError::Permanent(self.error(reason))
    }
}

#[derive(Clone, Copy)]
enum Method {
    Get,
    Head,
}

/// What a hub's own responses have of a file.
#[derive(Default)]
pub(super) struct FileMetadata {
    pub(super) size: Option<u64>,
    pub(super) checksum: Option<Checksum>,
}

impl FileMetadata {
    fn update(&mut self, headers: &HeaderMap) {
        let size = header(headers, "x-linked-size").and_then(|size| size.parse().ok());
        self.size = self.size.or(size);
        let linked = header(headers, "x-linked-etag").and_then(Checksum::from_etag);
        // Without a link the tag is git's hash, or one of the server's own kind.
        let own = header(headers, "etag")
            .and_then(Checksum::from_etag)
            .filter(|checksum| matches!(checksum, Checksum::Git(_)));
        self.checksum = linked.or(self.checksum.take()).or(own);
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// First byte and whole length of `bytes 5-9/10`.
fn content_range(range: &str) -> Option<(u64, Option<u64>)> {
    let (span, whole) = range.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = span.split_once('-')?;
    Some((first.parse().ok()?, whole.parse().ok()))
}

/// Scheme, host and port of an address.
fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find(['/', '?', '#']);
    end.map_or(address, |end| &address[..host + end])
}

/// The address that a redirect leads to; never from https to http.
fn follow(from: &str, to: &str) -> Option<String> {
    if to.starts_with("https://") || (to.starts_with("http://") && from.starts_with("http://")) {
        Some(to.to_owned())
    } else if to.starts_with('/') && !to.starts_with("//") {
        Some(format!("{}{to}", origin(from)))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ranges_are_read() {
        assert_eq!(origin("https://h.co:8/a?b"), "https://h.co:8");
        assert_eq!(origin("http://h.co"), "http://h.co");
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        assert_eq!(content_range("bytes */10"), None);
    }

    #[test]
    fn redirects_never_leave_https() {
        assert_eq!(follow("https://a/b", "/c").as_deref(), Some("https://a/c"));
        assert_eq!(
            follow("https://a/b", "https://c/d").as_deref(),
            Some("https://c/d")
        );
        assert_eq!(follow("https://a/b", "http://c/d"), None);
        assert_eq!(follow("https://a/b", "//c/d"), None);
        assert_eq!(follow("https://a/b", "file:///d"), None);
        assert_eq!(follow("https://a/b", ""), None);
    }
}
