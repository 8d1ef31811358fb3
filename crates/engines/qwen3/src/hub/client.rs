//! What is asked of a hub, and what its answers mean.

use std::io::Read;
use std::time::Duration;

use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use crate::Qwen3Error;

use super::checksum::Checksum;
use super::repository::{ModelInfo, Repository};
use super::{HubId, HubOptions};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a hub may say nothing, before and within an answer.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// How often an answer may send us on.
const MAX_REDIRECTS: usize = 6;

/// The longest list of files that is read.
const MAX_LIST_BYTES: u64 = 8 << 20;

/// Why something did not come.
pub(super) enum Trouble {
    /// Another try may go through.
    Passing(String),
    /// None will.
    Lasting(Qwen3Error),
}

/// Asks one hub about one repository.
pub(super) struct Client<'a> {
    agent: Agent,
    options: &'a HubOptions,
    id: &'a HubId,
}

/// A file on its way.
pub(super) struct Incoming {
    /// Where within the file the body begins; none where the hub refused to begin there.
    pub(super) from: Option<u64>,
    /// The whole file's bytes, as the answer tells.
    pub(super) size: Option<u64>,
    pub(super) checksum: Option<Checksum>,
    pub(super) body: Box<dyn Read>,
}

impl<'a> Client<'a> {
    pub(super) fn new(options: &'a HubOptions, id: &'a HubId) -> Self {
        let tls = TlsConfig::builder()
            // The system's, so that a mirror with a certificate of its own can be reached.
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            // Followed here: a key must not go to whom a hub sends us on to, and what the hub says
            // about a file stands in its own answer.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(SILENCE_TIMEOUT))
            .timeout_per_read(Some(SILENCE_TIMEOUT))
            .user_agent(concat!("mynah/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Self { agent, options, id }
    }

    /// The commit that the revision stands for, and its files.
    pub(super) fn repository(&self) -> Result<Repository, Trouble> {
        let address = format!(
            "{}/api/models/{}/revision/{}?blobs=true",
            self.options.endpoint,
            self.id.repository(),
            self.id.revision().replace('/', "%2F"),
        );
        let (_, mut answer) = self.get(&address, None)?;
        let text = answer
            .body_mut()
            .with_config()
            .limit(MAX_LIST_BYTES)
            .read_to_vec()
            .map_err(|error| Trouble::Passing(format!("the list of files broke off: {error}")))?;
        let info: ModelInfo = serde_json::from_slice(&text).map_err(|error| {
            self.lasting(format!(
                "{} does not answer as a model hub does: {error}",
                self.options.endpoint
            ))
        })?;
        Repository::new(info).map_err(|reason| self.lasting(reason))
    }

    /// A file of a commit, from this byte on if the hub can.
    pub(super) fn file(&self, commit: &str, path: &str, from: u64) -> Result<Incoming, Trouble> {
        let address = format!(
            "{}/{}/resolve/{commit}/{path}",
            self.options.endpoint,
            self.id.repository(),
        );
        let (told, answer) = self.get(&address, (from > 0).then_some(from))?;
        let headers = answer.headers();
        let (begins, size) = match answer.status() {
            StatusCode::PARTIAL_CONTENT => {
                let (begins, whole) = header(headers, "content-range")
                    .and_then(content_range)
                    .unwrap_or_default();
                (Some(begins).filter(|begins| *begins == from), whole)
            }
            StatusCode::RANGE_NOT_SATISFIABLE => (None, None),
            _ => (
                Some(0),
                header(headers, "content-length").and_then(|n| n.parse().ok()),
            ),
        };
        Ok(Incoming {
            from: begins,
            size: told.size.or(size),
            checksum: told.checksum,
            body: Box::new(answer.into_body().into_reader()),
        })
    }

    /// Asks, and goes where the hub sends us.
    fn get(&self, address: &str, from: Option<u64>) -> Result<(Told, Response<Body>), Trouble> {
        let home = origin(address).to_owned();
        let mut address = address.to_owned();
        let mut told = Told::default();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.agent.get(&address);
            let at_home = origin(&address) == home;
            if let Some(token) = self.options.token.as_ref().filter(|_| at_home) {
                request = request.header("authorization", token.header());
            }
            if let Some(from) = from {
                request = request.header("range", format!("bytes={from}-"));
            }
            let answer = request.call().map_err(|error| {
                Trouble::Passing(format!("{} cannot be reached: {error}", origin(&address)))
            })?;
            if at_home {
                told.hear(answer.headers());
            }
            let status = answer.status();
            if status.is_success() || status == StatusCode::RANGE_NOT_SATISFIABLE {
                return Ok((told, answer));
            }
            if !status.is_redirection() {
                return Err(self.refused(status, answer.headers()));
            }
            let next = header(answer.headers(), "location").unwrap_or_default();
            address = follow(&address, next).ok_or_else(|| {
                self.lasting(format!("{home} sends us on to nowhere we would go"))
            })?;
        }
        Err(self.lasting(format!("{home} sends us in circles")))
    }

    /// What a status that is no success means.
    fn refused(&self, status: StatusCode, headers: &HeaderMap) -> Trouble {
        let endpoint = &self.options.endpoint;
        let repository = self.id.repository();
        let code = header(headers, "x-error-code").unwrap_or_default();
        let nowhere = || {
            format!(
                "{endpoint} has no model {repository} that is open to you; check the name, or set HF_TOKEN if it is private"
            )
        };
        let reason = match (status.as_u16(), code) {
            (_, "RevisionNotFound") => format!(
                "{repository} has no revision {}; leave out @ for the newest",
                self.id.revision()
            ),
            // Before the door is shut to it: a hub says 401 of what is not there, too.
            (401 | 403, code) if code != "RepoNotFound" => format!(
                "{endpoint} does not give {repository} to everybody; accept its terms at {endpoint}/{repository} and set HF_TOKEN"
            ),
            (_, "RepoNotFound") | (404, _) => nowhere(),
            (408 | 429 | 500..=599, _) => {
                return Trouble::Passing(format!("{endpoint} answers {status}"));
            }
            _ => format!("{endpoint} answers {status}"),
        };
        self.lasting(reason)
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> Qwen3Error {
        Qwen3Error::Hub {
            model: self.id.to_string(),
            reason: reason.into(),
        }
    }

    fn lasting(&self, reason: impl Into<String>) -> Trouble {
        Trouble::Lasting(self.error(reason))
    }
}

/// What a hub says about a file in its own answer.
#[derive(Default)]
struct Told {
    size: Option<u64>,
    checksum: Option<Checksum>,
}

impl Told {
    fn hear(&mut self, headers: &HeaderMap) {
        let size = header(headers, "x-linked-size").and_then(|size| size.parse().ok());
        self.size = self.size.or(size);
        let linked = header(headers, "x-linked-etag").and_then(Checksum::from_etag);
        // Without a link the tag is git's hash, or some server's own thing.
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

/// Where a redirect leads; never from a secret line to an open one.
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
    fn a_redirect_never_leaves_a_secret_line() {
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
