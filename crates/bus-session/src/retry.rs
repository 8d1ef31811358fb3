//! How failed work on the bus is repeated.

use std::time::Duration;

use backon::ConstantBuilder;

/// The delay before another request to an unreachable bus, registry or store.
pub(crate) const RETRY_DELAY: Duration = Duration::from_millis(200);

/// Repeats at this interval. The caller limits for how long.
pub(crate) fn each(delay: Duration) -> ConstantBuilder {
    ConstantBuilder::default()
        .with_delay(delay)
        .without_max_times()
}
