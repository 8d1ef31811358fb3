//! The metrics of connections.

use metrics::{counter, gauge};

/// Their names.
pub mod names {
    /// Gauge: open connections.
    pub const CONNECTIONS: &str = "mynah_http_connections";
    /// Counter: connections beyond a limit, by `reason`: `all`, `address`. They are answered with
    /// 429, or by health endpoints.
    pub const EXCESS_CONNECTIONS: &str = "mynah_http_excess_connections_total";
}

/// Counts one thing in a gauge until it is dropped.
pub struct Present(&'static str);

impl Present {
    /// Counts in the gauge of this name.
    pub fn new(name: &'static str) -> Self {
        gauge!(name).increment(1.0);
        Self(name)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        gauge!(self.0).decrement(1.0);
    }
}

pub(crate) fn excess(reason: &'static str) {
    counter!(names::EXCESS_CONNECTIONS, "reason" => reason).increment(1);
}
