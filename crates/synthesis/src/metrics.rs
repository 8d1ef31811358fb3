//! The metrics of this crate.

use std::time::Duration;

use ::metrics::{counter, gauge, histogram};
use mynah_speech::EngineId;

use crate::{SynthesisError, Timings};

/// Their names.
pub mod names {
    /// Counter: requests that ended, by `engine` and `outcome` (`done`, `cancelled`, `failed`).
    pub const REQUESTS: &str = "mynah_synthesis_requests_total";
    /// Counter: requests refused because all permits were taken.
    pub const REFUSED: &str = "mynah_synthesis_refused_total";
    /// Gauge: requests that hold a permit.
    pub const ADMITTED: &str = "mynah_synthesis_admitted";
    /// Gauge: chunks that engines synthesize now, by `engine`.
    pub const RUNNING: &str = "mynah_synthesis_running";
    /// Histogram: seconds that a request waited for an engine, by `engine`.
    pub const QUEUE: &str = "mynah_synthesis_queue_seconds";
    /// Histogram: seconds from the start of a request to its first sound, by `engine`.
    pub const FIRST_AUDIO: &str = "mynah_synthesis_first_audio_seconds";
    /// Histogram: seconds that engines worked on a request, by `engine`.
    pub const ENGINE: &str = "mynah_synthesis_engine_seconds";
    /// Counter: milliseconds of audio produced, by `engine`.
    pub const AUDIO: &str = "mynah_synthesis_audio_milliseconds_total";

    /// Counter: chunks that were retried after a runaway, by `engine`.
    pub const RETRIES: &str = "mynah_synthesis_retries_total";

    /// All of them.
    pub const ALL: [&str; 9] = [
        REQUESTS,
        REFUSED,
        ADMITTED,
        RUNNING,
        QUEUE,
        FIRST_AUDIO,
        ENGINE,
        AUDIO,
        RETRIES,
    ];
}

pub(crate) fn refused() {
    counter!(names::REFUSED).increment(1);
}

pub(crate) fn admitted() {
    gauge!(names::ADMITTED).increment(1.0);
}

pub(crate) fn released() {
    gauge!(names::ADMITTED).decrement(1.0);
}

pub(crate) fn first_audio(engine: EngineId, after: Duration) {
    histogram!(names::FIRST_AUDIO, "engine" => engine.as_str()).record(after);
}

pub(crate) fn retried(engine: EngineId) {
    counter!(names::RETRIES, "engine" => engine.as_str()).increment(1);
}

/// Counts a running chunk until it is dropped.
pub(crate) struct Running(EngineId);

impl Running {
    pub(crate) fn new(engine: EngineId) -> Self {
        gauge!(names::RUNNING, "engine" => engine.as_str()).increment(1.0);
        Self(engine)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        gauge!(names::RUNNING, "engine" => self.0.as_str()).decrement(1.0);
    }
}

pub(crate) fn record_outcome(
    engine: EngineId,
    timings: &Timings,
    end: &Result<(), SynthesisError>,
) {
    let outcome = match end {
        Ok(()) => "done",
        Err(SynthesisError::Cancelled) => "cancelled",
        Err(_) => "failed",
    };
    let engine = engine.as_str();
    counter!(names::REQUESTS, "engine" => engine, "outcome" => outcome).increment(1);
    histogram!(names::QUEUE, "engine" => engine).record(timings.queue);
    histogram!(names::ENGINE, "engine" => engine).record(timings.engine);
    let milliseconds = u64::try_from(timings.audio.as_millis()).unwrap_or(u64::MAX);
    counter!(names::AUDIO, "engine" => engine).increment(milliseconds);
}
