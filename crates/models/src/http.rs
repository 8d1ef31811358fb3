//! Requests for files, with redirects and ranges.

use std::io::Read;
use std::time::Duration;

use mynah_secret::Secret;
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Agent, Body};

use crate::ModelError;
use crate::checksum::Checksum;

/// How long a connection attempt may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a server may send nothing, before and within a response.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 6;

/// Why a request failed.
#[derive(Debug)]
pub(crate) enum FetchError {
    /// A retry may succeed.
    Transient(String),
    /// No retry succeeds.
    Permanent(ModelError),
}

/// The body of a file, as it arrives.
pub(crate) struct RemoteBody {
    /// Where within the file the body begins; none where the server does not send that range.
    pub(crate) start: Option<u64>,
    /// The bytes of the whole file, where the response has them.
    pub(crate) size: Option<u64>,
    pub(crate) body: Box<dyn Read>,
}

/// Why there is no response with a body.
pub(crate) enum Refusal {
    Failed(FetchError),
    /// The status is no success.
    Status(StatusCode, Box<HeaderMap>),
    /// The redirects lead nowhere.
    Redirect(&'static str),
}

#[derive(Clone, Copy)]
pub(crate) enum Method {
    Get,
    Head,
}

/// A client. Redirects are followed here: a token must not go to another host, and a hub's own
/// response has what it knows of a file.
pub(crate) struct HttpClient(Agent);

impl HttpClient {
    pub(crate) fn new() -> Self {
        let agent = mynah_http_client::config()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(SILENCE_TIMEOUT))
            .timeout_per_read(Some(SILENCE_TIMEOUT))
            .build()
            .new_agent();
        Self(agent)
    }

    /// Sends a request and follows its redirects, `HEAD` until the first host has named the file's
    /// hash. The token goes to that host alone.
    pub(crate) fn send(
        &self,
        method: Method,
        address: &str,
        start: Option<u64>,
        token: &Secret,
    ) -> Result<(FileMetadata, Response<Body>), Refusal> {
        let home = origin(address).to_owned();
        let mut address = address.to_owned();
        let mut metadata = FileMetadata::default();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = match method {
                Method::Get => self.0.get(&address),
                Method::Head => self.0.head(&address),
            };
            let at_home = origin(&address) == home;
            if at_home && !token.is_empty() {
                request = request.header("authorization", format!("Bearer {}", token.expose()));
            }
            if let Some(start) = start {
                request = request.header("range", format!("bytes={start}-"));
            }
            let response = request.call().map_err(|error| {
                let reason = format!("{} cannot be reached: {error}", origin(&address));
                Refusal::Failed(FetchError::Transient(reason))
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
                return Err(Refusal::Status(
                    status,
                    Box::new(response.headers().clone()),
                ));
            }
            let next = header(response.headers(), "location").unwrap_or_default();
            address = follow(&address, next).ok_or(Refusal::Redirect(
                "redirects to an address that is not followed",
            ))?;
        }
        Err(Refusal::Redirect("redirects too often"))
    }

    /// A file, from this byte on if the server can.
    pub(crate) fn body(
        &self,
        address: &str,
        start: u64,
        token: &Secret,
    ) -> Result<RemoteBody, Refusal> {
        let range = (start > 0).then_some(start);
        let (metadata, response) = self.send(Method::Get, address, range, token)?;
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
}

/// What a host's own responses have of a file.
#[derive(Default)]
pub(crate) struct FileMetadata {
    pub(crate) size: Option<u64>,
    pub(crate) checksum: Option<Checksum>,
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

pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a status is one that a later request may not have.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500..=599)
}

/// First byte and whole length of `bytes 5-9/10`.
fn content_range(range: &str) -> Option<(u64, Option<u64>)> {
    let (span, whole) = range.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = span.split_once('-')?;
    Some((first.parse().ok()?, whole.parse().ok()))
}

/// Scheme, host and port of an address.
pub(crate) fn origin(address: &str) -> &str {
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
