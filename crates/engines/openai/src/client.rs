//! A request and what comes back, classed.

use std::time::Duration;

use mynah_secret::Secret;
use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode, header};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is read, in bytes.
const MAX_RESPONSE_BYTES: u64 = 4 << 20;
/// The longest pause that a server may request.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RequestError {
    /// The same may go well later, after this pause where the server requests one.
    Transient(String, Option<Duration>),
    /// The operator has to mend something: what is wrong, and what to do.
    Misconfigured(&'static str, &'static str),
    /// It never goes well like this.
    Permanent(String),
}

/// The endpoint. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ChatClient {
    agent: Agent,
    url: String,
    key: Secret,
}

impl ChatClient {
    pub(crate) fn new(base: &str, key: Secret, timeout: Duration) -> Self {
        let agent = mynah_http_client::config()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(timeout))
            .build()
            .new_agent();
        let url = format!("{}/chat/completions", base.trim_end_matches('/'));
        Self { agent, url, key }
    }

    /// Sends a body and returns what comes back. Blocking.
    pub(crate) fn request(&self, body: &[u8]) -> Result<Vec<u8>, RequestError> {
        let mut request = self
            .agent
            .post(&self.url)
            .header(header::CONTENT_TYPE, "application/json");
        if !self.key.is_empty() {
            let key = self.key.expose();
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let mut answer = request
            .send(body)
            .map_err(|error| transport_error(&error))?;
        if !answer.status().is_success() {
            return Err(status_error(answer.status(), answer.headers()));
        }
        let body = answer
            .body_mut()
            .with_config()
            .limit(MAX_RESPONSE_BYTES)
            .read_to_vec();
        body.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => {
                RequestError::Permanent("its answer has no end".into())
            }
            error => transport_error(&error),
        })
    }
}

fn transport_error(error: &ureq::Error) -> RequestError {
    let reason = match error {
        ureq::Error::Timeout(_) => "it did not answer in time",
        ureq::Error::HostNotFound => "its host is not known",
        ureq::Error::BadUri(_) => {
            return RequestError::Misconfigured("its address is no URL", "Set engines.openai.url.");
        }
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            return RequestError::Misconfigured(
                "its certificate is not trusted here",
                "Install the certificate's authority, or set engines.openai.url.",
            );
        }
        _ => "it can't be reached",
    };
    RequestError::Transient(reason.into(), None)
}

fn status_error(status: StatusCode, headers: &HeaderMap) -> RequestError {
    match status.as_u16() {
        401 | 403 => {
            RequestError::Misconfigured("it does not take the key", "Set engines.openai.key.")
        }
        404 => RequestError::Misconfigured(
            "it knows no such path or model",
            "Set engines.openai.url (with /v1) and engines.openai.model.",
        ),
        408 | 429 | 500..=599 => {
            let after = headers.get(header::RETRY_AFTER);
            let seconds = after.and_then(|own| own.to_str().ok()?.parse().ok());
            let pause = seconds.map(|own: u64| Duration::from_secs(own).min(MAX_RETRY_AFTER));
            RequestError::Transient(format!("it answers {}", status.as_u16()), pause)
        }
        status => RequestError::Permanent(format!("it answers {status}")),
    }
}
