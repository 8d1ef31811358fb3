//! What was promised.

use crate::Bar;

/// The first sound of a translation, from the last spoken sample.
pub(super) const FIRST_SOUND: Bar = Bar::AtMost(1_500.0);
/// One hop over Kafka.
pub(super) const HOP: Bar = Bar::AtMost(20.0);
/// One hop within a process. Events count whole milliseconds, so that a hop under the bound of
/// 2.5 ms took at most 2.
pub(super) const HOP_IN_PROCESS: Bar = Bar::AtMost(2.5);

/// Whether a value keeps it.
pub(super) fn holds(bar: Bar, value: f64) -> bool {
    match bar {
        Bar::AtMost(most) => value <= most,
        Bar::Exactly(wanted) => (value - wanted).abs() < 1e-9,
    }
}
