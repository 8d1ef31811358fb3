//! The metrics of HTTP requests and connections.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram};
use metrics::{gauge, histogram};
use mynah_api::ErrorCode;

/// Their names.
pub mod names {
    /// Counter: responses, by `method`, `route` and `status`.
    pub const REQUESTS: &str = "mynah_http_requests_total";
    /// Histogram: seconds from a request's head to its response's head, by `route`.
    pub const DURATION: &str = "mynah_http_request_seconds";
    /// Gauge: requests whose response is not finished.
    pub const IN_FLIGHT: &str = "mynah_http_in_flight";
    /// Gauge: open connections.
    pub const CONNECTIONS: &str = "mynah_http_connections";
    /// Counter: connections beyond a limit, by `reason`: `all`, `address`. Health endpoints are
    /// served on them; other requests get 429.
    pub const CONNECTIONS_OVER_LIMIT: &str = "mynah_http_connections_over_limit_total";
    /// Counter: error responses, by `code`.
    pub const ERRORS: &str = "mynah_http_errors_total";
}

/// Counts one thing in a gauge until it is dropped.
pub struct GaugeGuard(&'static str);

impl GaugeGuard {
    /// Counts in the gauge of this name.
    pub fn new(name: &'static str) -> Self {
        gauge!(name).increment(1.0);
        Self(name)
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        gauge!(self.0).decrement(1.0);
    }
}

pub(crate) fn describe() {
    describe_counter!(names::REQUESTS, "Responses, by method, route and status.");
    describe_histogram!(
        names::DURATION,
        Unit::Seconds,
        "From a request's head to its response's head."
    );
    describe_gauge!(names::IN_FLIGHT, "Requests whose response is not finished.");
    describe_gauge!(names::CONNECTIONS, "Open connections.");
    describe_counter!(
        names::CONNECTIONS_OVER_LIMIT,
        "Connections beyond a limit, by reason."
    );
    describe_counter!(names::ERRORS, "Error responses, by code.");
}

pub(crate) fn over_limit(reason: &'static str) {
    counter!(names::CONNECTIONS_OVER_LIMIT, "reason" => reason).increment(1);
}

pub(crate) fn responded(method: &'static str, route: String, status: u16, took: Duration) {
    histogram!(names::DURATION, "route" => route.clone()).record(took);
    counter!(names::REQUESTS, "method" => method, "route" => route, "status" => status.to_string())
        .increment(1);
}

/// Counts an error response, or an error event in a stream.
pub fn error(code: ErrorCode) {
    counter!(names::ERRORS, "code" => code.as_str()).increment(1);
}
