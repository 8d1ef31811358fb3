//! The recorder of all metrics of the process, and the endpoint that renders them.

use std::sync::OnceLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::metric;

/// The bucket bounds of all histograms of seconds: from a request of a warm server to a slow
/// engine.
const SECONDS_BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0,
];
/// The content type of Prometheus's text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Installs the recorder once in a process, and returns the handle that renders the metrics. If
/// another recorder was installed before, the handle renders nothing.
pub fn install_recorder() -> PrometheusHandle {
    RECORDER
        .get_or_init(|| {
            let matcher = Matcher::Suffix("_seconds".into());
            let recorder = PrometheusBuilder::new()
                .set_buckets_for_metric(matcher, &SECONDS_BUCKETS)
                .unwrap_or_else(|_| unreachable!("the list of bounds is not empty"))
                .build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_ok() {
                metric::describe();
            }
            handle
        })
        .clone()
}

/// The route that Prometheus scrapes.
pub fn metrics_route<S: Clone + Send + Sync + 'static>() -> MethodRouter<S> {
    get(async || {
        let recorder = install_recorder();
        recorder.run_upkeep();
        ([(CONTENT_TYPE, TEXT_FORMAT)], recorder.render()).into_response()
    })
}
