//! The names of this crate's metrics, and the functions that record them.

use std::time::Duration;

/// Metrics by their names.
pub mod names {
    /// Counter: objects that could not be stored or read. Label: `reason`.
    pub const CLAIM_CHECK_FAILURES: &str = "mynah_bus_claim_check_failures_total";
    /// Counter: records that were published, or not. Labels: `topic`, `result` (`done` or `failed`).
    pub const PUBLISHED: &str = "mynah_bus_published_total";
    /// Histogram, seconds: from publishing until the bus had the record. Label: `topic`.
    pub const PUBLISH_SECONDS: &str = "mynah_bus_publish_seconds";
    /// Counter: faults that a client recovers from. Label: `client` (`producer`, `member`,
    /// `reader`).
    pub const FAULTS: &str = "mynah_bus_faults_total";
    /// Counter: partitions assigned to consumers or revoked from them. Labels: `group`, `change`
    /// (`assigned`, `revoked`, `lost`).
    pub const REBALANCED: &str = "mynah_bus_rebalanced_partitions_total";
}

pub(crate) fn published(topic: &str, took: Option<Duration>) {
    let result = if took.is_some() { "done" } else { "failed" };
    metrics::counter!(names::PUBLISHED, "topic" => topic.to_owned(), "result" => result)
        .increment(1);
    if let Some(took) = took {
        metrics::histogram!(names::PUBLISH_SECONDS, "topic" => topic.to_owned())
            .record(took.as_secs_f64());
    }
}

#[cfg(feature = "kafka")]
pub(crate) fn fault(client: &'static str) {
    metrics::counter!(names::FAULTS, "client" => client).increment(1);
}

pub(crate) fn rebalanced(group: &str, change: &'static str, partitions: usize) {
    metrics::counter!(names::REBALANCED, "group" => group.to_owned(), "change" => change)
        .increment(partitions as u64);
}

pub(crate) fn claim_check_failed(reason: &'static str) {
    metrics::counter!(names::CLAIM_CHECK_FAILURES, "reason" => reason).increment(1);
}
