//! The names of this crate's metrics, and where they are written.

/// Metrics by their names.
pub mod names {
    /// Counter: objects that could not be put away or read back. Label: `reason`.
    pub const CLAIM_CHECK_FAILURES: &str = "mynah_bus_claim_check_failures_total";
}

pub(crate) fn claim_check_failed(reason: &'static str) {
    metrics::counter!(names::CLAIM_CHECK_FAILURES, "reason" => reason).increment(1);
}
