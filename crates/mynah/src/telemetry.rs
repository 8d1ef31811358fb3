//! Traces: spans go to an OpenTelemetry collector where one is configured.

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ureq::Agent;

use crate::exit::CliError;

/// How long the collector may take for one batch of spans.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the end of the program waits for the last batch.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest answer of a collector, in bytes. It is empty, or names spans that were refused.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// Where traces go.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TelemetrySettings {
    /// The address of a collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`;
    /// `/v1/traces` is appended to it. Spans hold names, identifiers and times; no text, audio or
    /// keys. Unset, no spans are exported.
    pub(crate) otlp: Option<String>,
}

/// Exports spans while it exists; dropping it sends those that wait.
pub(crate) struct Telemetry(Option<SdkTracerProvider>);

impl Telemetry {
    /// # Errors
    /// The address is not one of HTTP.
    pub(crate) fn new(settings: &TelemetrySettings) -> Result<Self, CliError> {
        let Some(address) = &settings.otlp else {
            return Ok(Self(None));
        };
        let usage = |reason: String| CliError::bad_input(format!("telemetry.otlp: {reason}"));
        let base = address.trim_end_matches('/');
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(usage(
                "an address that begins with http:// or https://".into(),
            ));
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new())
            .with_endpoint(format!("{base}/v1/traces"))
            .build()
            .map_err(|error| usage(error.to_string()))?;
        let resource = Resource::builder_empty()
            .with_attribute(opentelemetry::KeyValue::new("service.name", "mynah"))
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                env!("CARGO_PKG_VERSION"),
            ))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_batch_exporter(exporter)
            .build();
        Ok(Self(Some(provider)))
    }

    /// What makes spans of `tracing` those of OpenTelemetry; None where none are exported.
    pub(crate) fn tracer(&self) -> Option<Tracer> {
        self.0.as_ref().map(|provider| provider.tracer("mynah"))
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.0
            && let Err(error) = provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT)
        {
            tracing::warn!(%error, "the last spans were not exported");
        }
    }
}

/// The collector, reached over HTTP by the exporter's own thread, which has no async runtime.
#[derive(Debug)]
struct Collector(Agent);

impl Collector {
    fn new() -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(EXPORT_TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self(Agent::new_with_config(config))
    }
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let answer = self.0.run(Request::from_parts(parts, body.to_vec()))?;
        let (parts, body) = answer.into_parts();
        let body = body
            .into_with_config()
            .limit(MAX_ANSWER_BYTES)
            .read_to_vec()?;
        Ok(Response::from_parts(parts, body.into()))
    }
}
