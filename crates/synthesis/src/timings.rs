//! How long each part of a request took.

use std::time::Duration;

use serde::Serialize;

/// Where the time of a request went. Complete once the stream has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timings {
    /// Spent waiting for an engine because all were taken, all pieces together.
    pub queue: Duration,
    /// From [`crate::Synthesis::speak`] to the first clip; none before it.
    pub first_audio: Option<Duration>,
    /// Spent by engines on this request, all pieces together.
    pub engine: Duration,
    /// How long the sound lasts that was made so far.
    pub audio: Duration,
}
