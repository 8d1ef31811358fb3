//! One question to the endpoint. Blocking.

use std::io::Read as _;
use std::time::Duration;

use ureq::Agent;
use ureq::http::HeaderMap;
use ureq::tls::{RootCerts, TlsConfig};

use crate::key::Key;
use crate::refusal::{Trouble, of_status, unavailable};

/// The largest answer that is read, in bytes. A translation of the longest piece is far below.
pub(crate) const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The way to one endpoint. Cheap to clone; connections are shared and kept.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    address: String,
    key: Option<Key>,
}

impl Client {
    /// A client of the endpoint below `url`. An answer must be whole within `timeout`.
    pub(crate) fn new(url: &str, key: Option<Key>, timeout: Duration) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            // A key must not go to whom an endpoint sends us on to.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(timeout))
            .user_agent(concat!("mynah/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let address = format!("{}/chat/completions", url.trim_end_matches('/'));
        Self {
            agent,
            address,
            key,
        }
    }

    /// The body of the answer to a request with this body.
    pub(crate) fn ask(&self, body: &[u8]) -> Result<Vec<u8>, Trouble> {
        let mut request = self
            .agent
            .post(&self.address)
            .header("content-type", "application/json");
        if let Some(key) = &self.key {
            request = request.header("authorization", key.header());
        }
        let mut answer = request.send(body).map_err(|error| explain(&error))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(of_status(status.as_u16(), retry_after(answer.headers())));
        }
        let mut whole = Vec::new();
        answer
            .body_mut()
            .as_reader()
            .take(MAX_ANSWER_BYTES + 1)
            .read_to_end(&mut whole)
            .map_err(|_| Trouble::passing("the endpoint's answer broke off or came too slowly"))?;
        if whole.len() as u64 > MAX_ANSWER_BYTES {
            return Err(Trouble::Lasting(crate::refusal::failed(
                "the endpoint's answer is far too long",
            )));
        }
        Ok(whole)
    }
}

/// How long the endpoint asks to be left alone, where it says so in seconds (RFC 9110, 10.2.3).
/// A date is not heeded: it would take a clock that agrees with the endpoint's.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?.trim();
    Duration::try_from_secs_f64(seconds.parse().ok()?).ok()
}

/// What is told: nothing that a library wrote, as it may hold the address.
fn explain(error: &ureq::Error) -> Trouble {
    match error {
        ureq::Error::Timeout(_) => Trouble::passing("the endpoint did not answer in time"),
        ureq::Error::HostNotFound | ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            Trouble::Lasting(unavailable(
                "its endpoint has no address that can be found",
                "Check engines.openai_url",
            ))
        }
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => Trouble::Lasting(unavailable(
            "no safe connection to its endpoint came about",
            "Check the scheme of engines.openai_url and the endpoint's certificate",
        )),
        _ => Trouble::passing("the endpoint cannot be reached"),
    }
}
