//! The names of this crate's metrics, and the functions that record them.

use std::time::Duration;

use crate::stage::StageName;

/// Histogram, seconds: the time of one event in a stage, waiting for engines included. Labels:
/// `stage`, `outcome` (`ok`, `error`).
pub const STAGE_SECONDS: &str = "mynah_speech_translation_stage_seconds";
/// Counter: segments that ended. Label: `outcome` (`done`, `empty`, or the code of the failure).
pub const SEGMENTS: &str = "mynah_speech_translation_segments_total";
/// Histogram, seconds: from the arrival of a segment's last sample to the first sound of its
/// translation.
pub const FIRST_AUDIO_SECONDS: &str = "mynah_speech_translation_first_audio_seconds";
/// Gauge: sessions that are open.
pub const SESSIONS: &str = "mynah_speech_translation_sessions";
/// Counter: segments whose preview was not made or was cut short. Label: `reason` (`full`,
/// `engine`).
pub const PREVIEWS_LOST: &str = "mynah_speech_translation_previews_lost_total";

/// Counter: segments whose words were dropped, since their mean confidence was too low.
pub const REJECTED: &str = "mynah_speech_translation_rejected_segments_total";

pub(crate) fn rejected() {
    metrics::counter!(REJECTED).increment(1);
}

pub(crate) fn stage(stage: StageName, time: Duration, ok: bool) {
    let outcome = if ok { "ok" } else { "error" };
    metrics::histogram!(STAGE_SECONDS, "stage" => stage.as_str(), "outcome" => outcome)
        .record(time.as_secs_f64());
}

pub(crate) fn segment(outcome: &'static str) {
    metrics::counter!(SEGMENTS, "outcome" => outcome).increment(1);
}

pub(crate) fn first_audio(time: Duration) {
    metrics::histogram!(FIRST_AUDIO_SECONDS).record(time.as_secs_f64());
}

pub(crate) fn preview_lost(reason: &'static str) {
    metrics::counter!(PREVIEWS_LOST, "reason" => reason).increment(1);
}

/// Counts a session as open until it is dropped.
pub(crate) struct OpenSession(());

impl OpenSession {
    pub(crate) fn new() -> Self {
        metrics::gauge!(SESSIONS).increment(1.0);
        Self(())
    }
}

impl Drop for OpenSession {
    fn drop(&mut self) {
        metrics::gauge!(SESSIONS).decrement(1.0);
    }
}
