//! Requests to the registry: with a time limit, and retried only after transient faults.

use std::time::Duration;

use apache_avro::Schema;
use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, Response, StatusCode, redirect};
use serde_json::Value;

use super::RegistryOptions;
use super::address::Address;
use crate::avro::SchemaError;

/// The maximum size of a response, in bytes.
const MAX_ANSWER_BYTES: usize = 1 << 20;
/// The maximum number of characters that are repeated of the registry's reason.
const MAX_REASON_CHARS: usize = 200;
const MEDIA: &str = "application/vnd.schemaregistry.v1+json";

pub(super) struct Client {
    http: reqwest::Client,
    address: Address,
    options: RegistryOptions,
}

/// The registry's response to a request.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    body: Value,
}

/// Why there is no response, and whether a retry may help.
struct Fault {
    why: String,
    passes: bool,
}

impl Fault {
    fn passing(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            passes: true,
        }
    }

    fn lasting(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            passes: false,
        }
    }
}

impl From<Fault> for SchemaError {
    fn from(fault: Fault) -> Self {
        Self::Unreachable(fault.why)
    }
}

impl From<reqwest::Error> for Fault {
    /// Without the error's own message: it holds the address.
    fn from(error: reqwest::Error) -> Self {
        Self::passing(if error.is_timeout() {
            "no response in time"
        } else if error.is_connect() {
            "no connection"
        } else {
            "the connection broke"
        })
    }
}

impl Client {
    pub(super) fn new(options: RegistryOptions) -> Result<Self, SchemaError> {
        let address = Address::parse(&options.url)?;
        let mut http = reqwest::Client::builder()
            .timeout(options.timeout)
            .connect_timeout(options.timeout)
            // The password is sent to no other host.
            .redirect(redirect::Policy::none());
        if address.is_loopback() {
            http = http.no_proxy();
        }
        let http = http
            .build()
            .map_err(|_| SchemaError::Refused("there is no TLS for the schema registry".into()))?;
        Ok(Self {
            http,
            address,
            options,
        })
    }

    pub(super) async fn get(&self, path: &[&str]) -> Result<Answer, SchemaError> {
        self.request(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &[&str], body: &Value) -> Result<Answer, SchemaError> {
        self.request(Method::POST, path, Some(body)).await
    }

    pub(super) async fn put(&self, path: &[&str], body: &Value) -> Result<Answer, SchemaError> {
        self.request(Method::PUT, path, Some(body)).await
    }

    /// Whether it responds now. Not retried.
    pub(super) async fn ping(&self) -> Result<(), SchemaError> {
        let response = self.send(&Method::GET, &["subjects"], None).await?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status => Err(Fault::lasting(format!("it responds with {}", status.as_u16())).into()),
        }
    }

    /// Every request is idempotent: registering again changes nothing.
    async fn request(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Answer, SchemaError> {
        let once = || async {
            let response = self.send(&method, path, body).await?;
            read(response).await
        };
        let policy = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(1))
            .with_max_times(RegistryOptions::MAX_ATTEMPTS - 1)
            .with_jitter();
        let answer = once.retry(policy).when(|fault| fault.passes).await;
        Ok(answer?)
    }

    async fn send(
        &self,
        method: &Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Response, Fault> {
        let mut request = self
            .http
            .request(method.clone(), self.address.below(path))
            .header(ACCEPT, MEDIA);
        if let Some(user) = &self.options.user {
            request = request.basic_auth(user, Some(self.options.password.expose()));
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, MEDIA).body(body.to_string());
        }
        let response = request.send().await?;
        match response.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Fault::lasting(
                "it does not let us in; check its user and password",
            )),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Err(Fault::passing("it is too busy"))
            }
            status if status.is_server_error() => Err(Fault::passing(format!(
                "it responds with {}",
                status.as_u16()
            ))),
            status if status.is_redirection() => Err(Fault::lasting("it sends us elsewhere")),
            _ => Ok(response),
        }
    }
}

async fn read(mut response: Response) -> Result<Answer, Fault> {
    let status = response.status();
    let mut text = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if text.len() + piece.len() > MAX_ANSWER_BYTES {
            return Err(Fault::lasting("its response is too long"));
        }
        text.extend_from_slice(&piece);
    }
    let body = serde_json::from_slice(&text);
    // A proxy may respond with 404 too. Only the registry does in JSON.
    let body = body.map_err(|_| Fault::lasting("the server is no schema registry"))?;
    Ok(Answer { status, body })
}

impl Answer {
    /// The response; none where the registry does not have the subject or schema.
    pub(super) fn found(self) -> Result<Option<Self>, SchemaError> {
        if self.status == StatusCode::NOT_FOUND {
            // 40401 subject, 40402 version, 40403 schema.
            return match self.body["error_code"].as_u64() {
                Some(404 | 40_401..=40_499) => Ok(None),
                _ => Err(Fault::lasting("the server is no schema registry").into()),
            };
        }
        self.success().map(Some)
    }

    /// The response to a request that succeeded.
    pub(super) fn success(self) -> Result<Self, SchemaError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let reason = self.body["message"].as_str().map(short);
        let status = self.status.as_u16();
        Err(SchemaError::Refused(match reason {
            Some(reason) => format!("the schema registry refuses ({status}): {reason}"),
            None => format!("the schema registry refuses ({status})"),
        }))
    }

    pub(super) fn id(&self) -> Result<u32, SchemaError> {
        let id = self.body["id"].as_u64().and_then(|id| id.try_into().ok());
        id.ok_or_else(|| Fault::lasting("its response has no id").into())
    }

    pub(super) fn field(&self, name: &str) -> &Value {
        &self.body[name]
    }

    /// The schema in it. One that cannot be parsed is refused.
    pub(super) fn schema(&self) -> Result<Schema, SchemaError> {
        let Some(text) = self.body["schema"].as_str() else {
            return Err(Fault::lasting("its response has no schema").into());
        };
        let foreign = || SchemaError::Refused("the writer's schema is no Avro schema".into());
        if !matches!(self.body["schemaType"].as_str(), None | Some("AVRO")) {
            return Err(foreign());
        }
        Schema::parse_str(text).map_err(|_| foreign())
    }
}

/// The registry's reason without addresses, in one short line.
pub(super) fn short(reason: &str) -> String {
    let words = reason.split_whitespace();
    let plain = words.map(|word| if word.contains("://") { "…" } else { word });
    let line = plain.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_REASON_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_short_and_holds_no_address() {
        let reason = short("no\n field at http://u:p@host/x?y  here");
        assert_eq!(reason, "no field at … here");
        assert_eq!(
            short(&"ä".repeat(500)).chars().count(),
            MAX_REASON_CHARS + 1
        );
    }
}
