//! The names of this crate's metrics, and where they are written.

use std::time::Duration;

/// Metrics by their names.
pub mod names {
    /// Gauge: connections that are open.
    pub const CONNECTIONS: &str = "mynah_realtime_connections";
    /// Counter: connections that were refused before the upgrade. Label: `code`.
    pub const REFUSED: &str = "mynah_realtime_refused_total";
    /// Counter: sessions that ended. Label: `end` (`closed`, `left`, or the code of the error).
    pub const SESSIONS: &str = "mynah_realtime_sessions_total";
    /// Histogram, seconds: how long sessions lasted.
    pub const SESSION_SECONDS: &str = "mynah_realtime_session_seconds";
    /// Counter: error events. Label: `code`.
    pub const ERRORS: &str = "mynah_realtime_errors_total";
    /// Counter, milliseconds: sound that came in.
    pub const INPUT_MILLISECONDS: &str = "mynah_realtime_input_milliseconds_total";
    /// Counter, milliseconds: sound that went out.
    pub const OUTPUT_MILLISECONDS: &str = "mynah_realtime_output_milliseconds_total";
}

pub(crate) fn connections(open: usize) {
    metrics::gauge!(names::CONNECTIONS).set(open as f64);
}

pub(crate) fn refused(code: &'static str) {
    metrics::counter!(names::REFUSED, "code" => code).increment(1);
}

pub(crate) fn session_ended(end: &'static str, lasted: Duration) {
    metrics::counter!(names::SESSIONS, "end" => end).increment(1);
    metrics::histogram!(names::SESSION_SECONDS).record(lasted.as_secs_f64());
}

pub(crate) fn error(code: &'static str) {
    metrics::counter!(names::ERRORS, "code" => code).increment(1);
}

pub(crate) fn input(sound: Duration) {
    metrics::counter!(names::INPUT_MILLISECONDS).increment(sound.as_millis() as u64);
}

pub(crate) fn output(sound: Duration) {
    metrics::counter!(names::OUTPUT_MILLISECONDS).increment(sound.as_millis() as u64);
}
