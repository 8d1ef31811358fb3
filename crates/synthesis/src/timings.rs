//! Durations of the parts of a request.

use std::time::Duration;

use serde::Serialize;

/// Durations of the parts of a request. Complete once the stream has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timings {
    /// Waiting for worker slots, all chunks together.
    pub queue: Duration,
    /// From [`crate::Synthesis::speak`] to the first clip; none before it.
    pub first_audio: Option<Duration>,
    /// Engine time, all chunks together.
    pub engine: Duration,
    /// The duration of the audio so far.
    pub audio: Duration,
}
