//! The metrics of this room, and the recorder of those of all rooms.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use mynah_api::ErrorCode;
pub(crate) use mynah_http::metric::Present;

/// Their names.
pub mod names {
    /// Counter: answers, by `method`, `route` and `status`.
    pub const REQUESTS: &str = "mynah_http_requests_total";
    /// Histogram: seconds from a request's head to its answer's head, by `route`.
    pub const DURATION: &str = "mynah_http_request_seconds";
    /// Gauge: requests whose answer is not finished.
    pub const IN_FLIGHT: &str = "mynah_http_in_flight";
    pub use mynah_http::metric::names::{CONNECTIONS, EXCESS_CONNECTIONS};
    /// Counter: errors, by `code`.
    pub const ERRORS: &str = "mynah_http_errors_total";
    /// Histogram: seconds spent encoding one answer's sound, by `format`.
    pub const ENCODING: &str = "mynah_http_encoding_seconds";
    /// Counter: milliseconds of sound uploaded and heard.
    pub const HEARD: &str = "mynah_http_heard_milliseconds_total";

    /// All of them.
    pub const ALL: [&str; 8] = [
        REQUESTS,
        DURATION,
        IN_FLIGHT,
        CONNECTIONS,
        EXCESS_CONNECTIONS,
        ERRORS,
        ENCODING,
        HEARD,
    ];
}

/// The bounds of all histograms of seconds: from what a warm server needs to what a slow engine may.
const SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0,
];

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to record what all rooms measure, once in a process, and gives the handle that renders
/// it. Where somebody else installed a recorder before, the handle renders nothing.
pub(crate) fn install() -> PrometheusHandle {
    RECORDER
        .get_or_init(|| {
            let matcher = Matcher::Suffix("_seconds".into());
            let recorder = PrometheusBuilder::new()
                .set_buckets_for_metric(matcher, &SECONDS)
                .unwrap_or_else(|_| unreachable!("the list of bounds is not empty"))
                .build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_ok() {
                describe();
            }
            handle
        })
        .clone()
}

fn describe() {
    describe_counter!(names::REQUESTS, "Answers, by method, route and status.");
    describe_histogram!(
        names::DURATION,
        Unit::Seconds,
        "From a request's head to its answer's."
    );
    describe_gauge!(names::IN_FLIGHT, "Requests whose answer is not finished.");
    describe_gauge!(names::CONNECTIONS, "Open connections.");
    describe_counter!(
        names::EXCESS_CONNECTIONS,
        "Connections beyond a limit, by reason."
    );
    describe_counter!(names::ERRORS, "Errors, by code.");
    describe_histogram!(
        names::ENCODING,
        Unit::Seconds,
        "Spent encoding one answer's sound."
    );
    describe_counter!(
        names::HEARD,
        Unit::Milliseconds,
        "Sound uploaded and heard."
    );
}

pub(crate) fn answered(method: &'static str, route: String, status: u16, took: Duration) {
    histogram!(names::DURATION, "route" => route.clone()).record(took);
    counter!(names::REQUESTS, "method" => method, "route" => route, "status" => status.to_string())
        .increment(1);
}

pub(crate) fn refused(code: ErrorCode) {
    counter!(names::ERRORS, "code" => code.as_str()).increment(1);
}

pub(crate) fn encoded(format: &'static str, took: Duration) {
    histogram!(names::ENCODING, "format" => format).record(took);
}

pub(crate) fn heard(sound: Duration) {
    counter!(names::HEARD).increment(u64::try_from(sound.as_millis()).unwrap_or(u64::MAX));
}
