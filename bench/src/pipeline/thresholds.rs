//! The thresholds of the load test.

use crate::Threshold;

/// The first audio of a translation, from the last spoken sample.
pub(super) const MAX_FIRST_AUDIO: Threshold = Threshold::AtMost(1_500.0);
/// One hop over Kafka.
pub(super) const MAX_HOP: Threshold = Threshold::AtMost(20.0);
/// One hop within a process. Events count whole milliseconds, so that a hop under the bound of
/// 2.5 ms took at most 2.
pub(super) const MAX_HOP_IN_PROCESS: Threshold = Threshold::AtMost(2.5);
