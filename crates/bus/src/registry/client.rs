//! Asking the registry: every question has a time, and is asked again only while a fault may pass.

use std::time::Duration;

use apache_avro::Schema;
use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, Response, StatusCode, redirect};
use serde_json::Value;

use super::RegistryOptions;
use super::address::Address;
use crate::avro::SchemaError;

/// The largest answer, in bytes.
const ANSWER_MAX: usize = 1 << 20;
/// The most characters that are repeated of a reason that the registry gives.
const REASON_MAX: usize = 200;
const MEDIA: &str = "application/vnd.schemaregistry.v1+json";

pub(super) struct Client {
    http: reqwest::Client,
    address: Address,
    options: RegistryOptions,
}

/// The registry's answer to a question that it understood.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    body: Value,
}

/// Why there is no answer, and whether it is worth asking again at once.
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
    /// Without the error's own words: they hold the address.
    fn from(error: reqwest::Error) -> Self {
        Self::passing(if error.is_timeout() {
            "no answer in time"
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
            // A password goes to nobody else.
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
        self.ask(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &[&str], body: &Value) -> Result<Answer, SchemaError> {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(super) async fn put(&self, path: &[&str], body: &Value) -> Result<Answer, SchemaError> {
        self.ask(Method::PUT, path, Some(body)).await
    }

    /// Whether it answers now. Asked once: whoever wants to know asks again.
    pub(super) async fn greet(&self) -> Result<(), SchemaError> {
        let response = self.send(&Method::GET, &["subjects"], None).await?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status => Err(Fault::lasting(format!("it answers {}", status.as_u16())).into()),
        }
    }

    /// Every question may be asked twice: registering what is registered changes nothing.
    async fn ask(
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
            .with_max_times(RegistryOptions::TRIES - 1)
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
            status if status.is_server_error() => {
                Err(Fault::passing(format!("it answers {}", status.as_u16())))
            }
            status if status.is_redirection() => Err(Fault::lasting("it sends us elsewhere")),
            _ => Ok(response),
        }
    }
}

async fn read(mut response: Response) -> Result<Answer, Fault> {
    let status = response.status();
    let mut text = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if text.len() + piece.len() > ANSWER_MAX {
            return Err(Fault::lasting("its answer is too long"));
        }
        text.extend_from_slice(&piece);
    }
    let body = serde_json::from_slice(&text);
    // Whatever stands before a registry may say 404, too. Only the registry says it in JSON.
    let body = body.map_err(|_| Fault::lasting("what answers is no schema registry"))?;
    Ok(Answer { status, body })
}

impl Answer {
    /// The answer, or none where the registry does not know what it was asked about.
    pub(super) fn found(self) -> Result<Option<Self>, SchemaError> {
        if self.status == StatusCode::NOT_FOUND {
            // 40401 subject, 40402 version, 40403 schema.
            return match self.body["error_code"].as_u64() {
                Some(404 | 40_401..=40_499) => Ok(None),
                _ => Err(Fault::lasting("what answers is no schema registry").into()),
            };
        }
        self.done().map(Some)
    }

    /// The answer, where the registry did what it was asked.
    pub(super) fn done(self) -> Result<Self, SchemaError> {
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
        id.ok_or_else(|| Fault::lasting("it answers without an id").into())
    }

    pub(super) fn field(&self, name: &str) -> &Value {
        &self.body[name]
    }

    /// The schema in it. One that we can't read stays so.
    pub(super) fn schema(&self) -> Result<Schema, SchemaError> {
        let Some(text) = self.body["schema"].as_str() else {
            return Err(Fault::lasting("it answers without a schema").into());
        };
        let foreign = || SchemaError::Refused("the writer's schema is no Avro schema".into());
        if !matches!(self.body["schemaType"].as_str(), None | Some("AVRO")) {
            return Err(foreign());
        }
        Schema::parse_str(text).map_err(|_| foreign())
    }
}

/// A reason in the registry's words, without addresses, in one short line.
pub(super) fn short(reason: &str) -> String {
    let words = reason.split_whitespace();
    let plain = words.map(|word| if word.contains("://") { "…" } else { word });
    let line = plain.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(REASON_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_short_and_holds_no_address() {
        let told = short("no\n field at http://u:p@host/x?y  here");
        assert_eq!(told, "no field at … here");
        assert_eq!(short(&"ä".repeat(500)).chars().count(), REASON_MAX + 1);
    }
}
