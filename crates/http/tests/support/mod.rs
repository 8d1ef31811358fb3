//! Settings that the tests share.

use std::time::Duration;

use mynah_http::{ConnectionLimits, Networks};

/// How long anything may take before a test fails.
#[allow(dead_code, reason = "each test binary uses a part")]
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// Limits that no test reaches.
pub(crate) fn connection_limits() -> ConnectionLimits {
    ConnectionLimits {
        connections: 100,
        connections_per_address: 100,
        proxies: Networks::default(),
        head_timeout: TIMEOUT,
        stall_timeout: TIMEOUT,
    }
}
