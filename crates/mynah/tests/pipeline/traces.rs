//! One trace from a client's audio through every stage to what the client receives, as an
//! OpenTelemetry collector gets it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use mynah_bus::record::topic;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

use crate::client::send_recording;
use crate::cluster::TestCluster;
use crate::waiting::until;

type Spans = Arc<Mutex<Vec<Span>>>;

/// A collector: OTLP over HTTP, by the protocol's own types.
struct Collector {
    address: String,
    spans: Spans,
}

impl Collector {
    async fn start() -> Self {
        let spans = Spans::default();
        let routes = Router::new()
            .route("/v1/traces", post(export))
            .with_state(Arc::clone(&spans));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, spans }
    }

    fn spans(&self) -> Vec<Span> {
        self.spans
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn export(State(spans): State<Spans>, body: Bytes) {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let received = request
        .resource_spans
        .into_iter()
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans);
    let mut spans = spans.lock().unwrap_or_else(PoisonError::into_inner);
    spans.extend(received);
}

fn attribute<'s>(span: &'s Span, name: &str) -> Option<&'s str> {
    let found = span.attributes.iter().find(|own| own.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// The names of a span and its ancestors, up to the root; None where one is missing yet.
fn ancestry(spans: &HashMap<Vec<u8>, Span>, span: &Span) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut span = span;
    loop {
        let stage = attribute(span, "stage");
        names.push(stage.map_or_else(
            || span.name.clone(),
            |stage| format!("{} {stage}", span.name),
        ));
        if span.parent_span_id.is_empty() {
            return Some(names);
        }
        let parent = spans.get(&span.parent_span_id)?;
        assert_eq!(parent.trace_id, span.trace_id);
        span = parent;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_leads_from_a_client_through_every_stage() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let collector = Collector::start().await;
    let variables = [
        ("MYNAH_TELEMETRY__OTLP", collector.address.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "200"),
        ("MYNAH_GATEWAY__PAUSE_MS", "350"),
    ];
    let gateway = cluster.gateway_with(&variables);
    let stages = ["vad", "asr", "translate", "speak"];
    let _stages = stages.map(|stage| cluster.stage_with(stage, &variables));
    let (result, _) = send_recording(&gateway.address, &cluster.speech).await;
    assert!(result.closed && result.errors.is_empty(), "{result:?}");

    let path = until("a trace of the client's audio", async || {
        let spans = collector.spans();
        let by_id: HashMap<_, _> = spans
            .iter()
            .map(|span| (span.span_id.clone(), span.clone()))
            .collect();
        spans
            .iter()
            .filter(|span| {
                span.name == "deliver"
                    && attribute(span, "messaging.destination.name") == Some(topic::SYNTHESIZED)
            })
            .find_map(|span| ancestry(&by_id, span))
    })
    .await;
    let expected = [
        "deliver",
        "publish",
        "process speak",
        "publish",
        "process translate",
        "publish",
        "process asr",
        "publish",
        "process vad",
        "publish",
        "session",
    ];
    assert_eq!(path, expected);

    // Neither what was spoken nor what was translated leaves with a span.
    for span in collector.spans() {
        let text = format!("{span:?}").to_lowercase();
        for word in ["weather", "coffee", "tiempo", "estación"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}
