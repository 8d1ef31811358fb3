//! The trace that a record belongs to: W3C trace context in its headers, by OpenTelemetry.

use std::fmt;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState};
use opentelemetry::{Context, SpanId, TraceId};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator};
use tracing::{Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::Headers;

/// A span of a trace, as the headers `traceparent` and `tracestate` name it
/// (<https://www.w3.org/TR/trace-context/>).
#[derive(Clone, PartialEq, Debug)]
pub struct TraceContext(SpanContext);

impl TraceContext {
    /// The span that published a record; None without a valid `traceparent`.
    pub fn extract(headers: &Headers) -> Option<Self> {
        let context = TraceContextPropagator::new()
            .extract_with_context(&Context::new(), &TextHeaders(headers));
        let span = context.span().span_context().clone();
        span.is_valid().then_some(Self(span))
    }

    /// Makes `span` a child of `parent`, or the root of a new trace, and returns its context.
    ///
    /// Without an OpenTelemetry layer in the subscriber `span` has no identifiers; then they are
    /// generated here, so that records carry their trace whether it is exported or not.
    pub fn of_span(span: &Span, parent: Option<&Self>) -> Self {
        if let Some(parent) = parent {
            // Fails without a layer only, and then the context below is not valid either.
            let _ = span.set_parent(Context::new().with_remote_span_context(parent.0.clone()));
        }
        let own = span.context().span().span_context().clone();
        if own.is_valid() {
            return Self(own);
        }
        let generator = RandomIdGenerator::default();
        let (trace, state) = match parent {
            Some(Self(parent)) => (parent.trace_id(), parent.trace_state().clone()),
            None => (generator.new_trace_id(), TraceState::default()),
        };
        let flags = parent.map_or(TraceFlags::SAMPLED, |parent| parent.0.trace_flags());
        let span = generator.new_span_id();
        Self(SpanContext::new(trace, span, flags, false, state))
    }

    /// Headers that carry this context as well.
    #[must_use]
    pub fn inject(&self, headers: Headers) -> Headers {
        let mut carrier = NewHeaders(headers);
        let context = Context::new().with_remote_span_context(self.0.clone());
        TraceContextPropagator::new().inject_context(&context, &mut carrier);
        carrier.0
    }

    /// The trace's identifier.
    pub fn trace_id(&self) -> TraceId {
        self.0.trace_id()
    }

    /// The span's identifier.
    pub fn span_id(&self) -> SpanId {
        self.0.span_id()
    }
}

/// The OpenTelemetry status of a span.
const STATUS_CODE: &str = "otel.status_code";
/// What describes a status that is an error.
const STATUS_DESCRIPTION: &str = "otel.status_description";

/// Gives a span the status of an error, described by a stable code. The span must have the empty fields
/// `otel.status_code` and `otel.status_description`.
pub fn record_failure(span: &Span, code: &str) {
    span.record(STATUS_CODE, "ERROR");
    span.record(STATUS_DESCRIPTION, code);
}

impl fmt::Display for TraceContext {
    /// The trace's identifier in hex, as collectors show it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.trace_id().fmt(f)
    }
}

struct TextHeaders<'h>(&'h Headers);

impl Extractor for TextHeaders<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.text(name)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name).collect()
    }
}

struct NewHeaders(Headers);

impl Injector for NewHeaders {
    fn set(&mut self, name: &str, value: String) {
        // The propagator sets an empty `tracestate` where there is none.
        if !value.is_empty() {
            self.0 = std::mem::take(&mut self.0).with(name, value);
        }
    }
}

/// The span of publishing a record to a topic, and its context for the record's headers.
pub fn publish_span(topic: &str, parent: Option<&TraceContext>) -> (Span, TraceContext) {
    let span = tracing::info_span!(
        "publish",
        otel.kind = "producer",
        messaging.destination.name = topic,
        otel.status_code = field::Empty,
        otel.status_description = field::Empty,
    );
    let context = TraceContext::of_span(&span, parent);
    (span, context)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::{Status, TracerProvider as _};
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
    use tracing::field;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::record::header::TRACEPARENT;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn with_parent(value: &str) -> Headers {
        Headers::default().with(TRACEPARENT, value.to_owned())
    }

    #[test]
    fn headers_survive_a_round_trip() {
        let headers = with_parent(PARENT).with("tracestate", "vendor=1");
        let context = TraceContext::extract(&headers).unwrap();
        assert_eq!(context.inject(Headers::default()), headers);
        let plain = with_parent(PARENT);
        let context = TraceContext::extract(&plain).unwrap();
        assert_eq!(context.inject(Headers::default()), plain);
    }

    #[test]
    fn a_child_has_its_parents_trace_without_a_subscriber() {
        let parent = TraceContext::extract(&with_parent(PARENT)).unwrap();
        let child = TraceContext::of_span(&Span::none(), Some(&parent));
        assert_eq!(child.trace_id(), parent.trace_id());
        assert_ne!(child.span_id(), parent.span_id());
        let sent = child.inject(Headers::default());
        assert_eq!(
            TraceContext::extract(&sent).unwrap().span_id(),
            child.span_id()
        );
        let root = TraceContext::of_span(&Span::none(), None);
        assert_ne!(root.trace_id(), parent.trace_id());
    }

    /// Keeps the spans that it is to export.
    #[derive(Clone, Debug, Default)]
    struct SpanStore(Arc<Mutex<Vec<SpanData>>>);

    impl SpanExporter for SpanStore {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.lock().unwrap().extend(batch);
            Ok(())
        }
    }

    #[test]
    fn failures_are_exported_as_the_status_of_an_error() {
        let store = SpanStore::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(store.clone())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for failed in [false, true] {
                let span = tracing::info_span!(
                    "work",
                    otel.status_code = field::Empty,
                    otel.status_description = field::Empty,
                );
                if failed {
                    record_failure(&span, "wrong_magic");
                }
            }
        });
        let spans = store.0.lock().unwrap();
        let statuses: Vec<_> = spans.iter().map(|span| span.status.clone()).collect();
        assert_eq!(statuses, [Status::Unset, Status::error("wrong_magic")]);
    }

    #[test]
    fn invalid_headers_have_no_context() {
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        ] {
            assert_eq!(TraceContext::extract(&with_parent(bad)), None, "{bad}");
        }
        assert_eq!(TraceContext::extract(&Headers::default()), None);
    }
}
