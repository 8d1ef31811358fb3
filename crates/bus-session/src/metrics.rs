//! The names of this crate's metrics, and the functions that record them.

use std::time::Duration;

/// Metrics by their names.
pub mod names {
    /// Histogram, seconds: from a chunk of audio to its acknowledgement by the bus.
    pub const PUBLISH_SECONDS: &str = "mynah_gateway_publish_seconds";
    /// Counter: faults of the bus, each survived or reported.
    pub const BUS_FAULTS: &str = "mynah_gateway_bus_faults_total";
    /// Counter: results that could not be used. Label: `reason`.
    pub const SKIPPED: &str = "mynah_gateway_skipped_total";
    /// Counter: results that were received again and not used. Label: `topic`.
    pub const REPEATED: &str = "mynah_gateway_repeated_total";
    /// Counter: sessions that did not read their results.
    pub const OVERFLOWS: &str = "mynah_gateway_overflows_total";
}

pub(crate) fn published(took: Duration) {
    metrics::histogram!(names::PUBLISH_SECONDS).record(took.as_secs_f64());
}

pub(crate) fn bus_fault() {
    metrics::counter!(names::BUS_FAULTS).increment(1);
}

pub(crate) fn skipped(reason: &'static str) {
    metrics::counter!(names::SKIPPED, "reason" => reason).increment(1);
}

pub(crate) fn repeated(topic: &'static str) {
    metrics::counter!(names::REPEATED, "topic" => topic).increment(1);
}

pub(crate) fn overflowed() {
    metrics::counter!(names::OVERFLOWS).increment(1);
}
