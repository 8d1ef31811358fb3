//! Traces: spans go to an OpenTelemetry collector where one is configured.

use std::time::Duration;

use garde::Validate;
use mynah_settings::rule;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::EnvResourceDetector;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ureq::Agent;

use crate::exit::CliError;

/// The time limit of the export of one batch of spans.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum time that the end of the program takes to export the last batch.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum size of a collector's response, in bytes. It is empty, or names spans that were refused.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024;

/// Where traces go.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TelemetrySettings {
    /// The address of a collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`;
    /// `/v1/traces` is appended to it. Spans hold names, identifiers and times; no text, audio or
    /// keys. Unset, no spans are exported.
    #[garde(inner(custom(is_collector)))]
    pub(crate) otlp: Option<String>,
}

/// For a rule. The message never repeats the address: it may hold a password.
fn is_collector(address: &str, &(): &()) -> garde::Result {
    let is_http = address.starts_with("http://") || address.starts_with("https://");
    rule(is_http, "must begin with http:// or https://")(address, &())
}

/// Exports spans while it exists; dropping it exports those that are left, within a time limit.
pub(crate) struct Telemetry {
    /// None where no spans are exported.
    provider: Option<SdkTracerProvider>,
    shutdown_timeout: Duration,
}

impl Telemetry {
    /// `service` names the kind of process in a collector's views; `OTEL_SERVICE_NAME` and
    /// `OTEL_RESOURCE_ATTRIBUTES` replace it and add to it.
    ///
    /// # Errors
    /// The address is not one of HTTP.
    pub(crate) fn new(
        settings: &TelemetrySettings,
        service: &'static str,
    ) -> Result<Self, CliError> {
        let Some(address) = &settings.otlp else {
            return Ok(Self {
                provider: None,
                shutdown_timeout: SHUTDOWN_TIMEOUT,
            });
        };
        let usage = |reason: String| CliError::bad_input(format!("telemetry.otlp: {reason}"));
        let base = address.trim_end_matches('/');
        mynah_settings::check(settings)
            .map_err(|error| CliError::bad_input(error.within("telemetry").to_string()))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new())
            .with_endpoint(format!("{base}/v1/traces"))
            .build()
            .map_err(|error| usage(error.to_string()))?;
        let named = std::env::var("OTEL_SERVICE_NAME").ok();
        let name = named.filter(|name| !name.is_empty());
        let resource = Resource::builder_empty()
            .with_service_name(name.unwrap_or_else(|| service.to_owned()))
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                env!("CARGO_PKG_VERSION"),
            ))
            .with_detector(Box::new(EnvResourceDetector::new()))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_batch_exporter(exporter)
            .build();
        Ok(Self {
            provider: Some(provider),
            shutdown_timeout: SHUTDOWN_TIMEOUT,
        })
    }

    /// What makes spans of `tracing` those of OpenTelemetry; None where none are exported.
    pub(crate) fn tracer(&self) -> Option<Tracer> {
        let provider = self.provider.as_ref()?;
        Some(provider.tracer("mynah"))
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.provider
            && let Err(error) = provider.shutdown_with_timeout(self.shutdown_timeout)
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
        let config = mynah_http_client::config()
            .timeout_global(Some(EXPORT_TIMEOUT))
            .build();
        Self(Agent::new_with_config(config))
    }
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let response = self
            .0
            .run(Request::from_parts(parts, body.to_vec()))
            .inspect_err(|error| tracing::warn!(%error, "spans were not exported"))?;
        if !response.status().is_success() {
            tracing::warn!(
                status = response.status().as_u16(),
                "spans were not exported"
            );
        }
        let (parts, body) = response.into_parts();
        let body = body
            .into_with_config()
            .limit(MAX_RESPONSE_BYTES)
            .read_to_vec()?;
        Ok(Response::from_parts(parts, body.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Instant;

    use opentelemetry::trace::{Span as _, Tracer as _};

    use super::*;

    #[test]
    fn the_shutdown_timeout_bounds_the_export_at_exit() {
        // A collector that accepts connections and never responds.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let settings = TelemetrySettings {
            otlp: Some(format!("http://{}", listener.local_addr().unwrap())),
        };
        let mut telemetry = Telemetry::new(&settings, "test").unwrap();
        telemetry.shutdown_timeout = Duration::from_millis(200);
        telemetry.tracer().unwrap().start("span").end();
        let began = Instant::now();
        drop(telemetry);
        assert!(began.elapsed() < EXPORT_TIMEOUT / 2);
    }
}
