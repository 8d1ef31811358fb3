//! The metrics of this crate.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

/// Their names, and those of `mynah-http`.
pub mod names {
    pub use mynah_http::metric::names::{
        CONNECTIONS, CONNECTIONS_OVER_LIMIT, DURATION, ERRORS, IN_FLIGHT, REQUESTS,
    };
    /// Histogram: seconds spent encoding the audio of one response, by `format`.
    pub const ENCODING: &str = "mynah_http_encoding_seconds";
    /// Counter: milliseconds of uploaded audio that was recognized.
    pub const RECOGNIZED_AUDIO: &str = "mynah_http_recognized_milliseconds_total";

    /// All of them.
    pub const ALL: [&str; 8] = [
        REQUESTS,
        DURATION,
        IN_FLIGHT,
        CONNECTIONS,
        CONNECTIONS_OVER_LIMIT,
        ERRORS,
        ENCODING,
        RECOGNIZED_AUDIO,
    ];
}

/// Installs the recorder of the process, and describes these metrics.
pub(crate) fn install() {
    mynah_http::install_recorder();
    describe_histogram!(
        names::ENCODING,
        Unit::Seconds,
        "Spent encoding the audio of one response."
    );
    describe_counter!(
        names::RECOGNIZED_AUDIO,
        Unit::Milliseconds,
        "Uploaded audio that was recognized."
    );
}

pub(crate) fn encoded(format: &'static str, took: Duration) {
    histogram!(names::ENCODING, "format" => format).record(took);
}

pub(crate) fn recognized(audio: Duration) {
    counter!(names::RECOGNIZED_AUDIO)
        .increment(u64::try_from(audio.as_millis()).unwrap_or(u64::MAX));
}
