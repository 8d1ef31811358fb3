//! How failed work on the bus is repeated.

use std::time::Duration;

use backon::ConstantBuilder;

/// Repeats at this interval. The caller limits for how long.
pub(crate) fn each(delay: Duration) -> ConstantBuilder {
    ConstantBuilder::default()
        .with_delay(delay)
        .without_max_times()
}
