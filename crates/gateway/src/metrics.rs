//! The names of this crate's metrics, and where they are written.

use std::time::Duration;

/// Metrics by their names.
pub mod names {
    /// Gauge: connections that are open. Label: `route`.
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
    /// Counter, milliseconds: silence that stood in for audio which did not arrive.
    pub const INSERTED_SILENCE_MILLISECONDS: &str =
        "mynah_realtime_inserted_silence_milliseconds_total";
    /// Counter, milliseconds: sound that went out.
    pub const OUTPUT_MILLISECONDS: &str = "mynah_realtime_output_milliseconds_total";
    /// Counter: sessions that were resumed.
    pub const RESUMED: &str = "mynah_gateway_resumed_total";
}

pub(crate) fn connections(route: &'static str, open: usize) {
    metrics::gauge!(names::CONNECTIONS, "route" => route).set(open as f64);
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

pub(crate) fn inserted_silence(silence: Duration) {
    let name = names::INSERTED_SILENCE_MILLISECONDS;
    metrics::counter!(name).increment(silence.as_millis() as u64);
}

pub(crate) fn output(sound: Duration) {
    metrics::counter!(names::OUTPUT_MILLISECONDS).increment(sound.as_millis() as u64);
}

pub(crate) fn resumed() {
    metrics::counter!(names::RESUMED).increment(1);
}
