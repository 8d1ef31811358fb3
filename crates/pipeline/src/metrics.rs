//! The names of this crate's metrics, and the functions that record them.

use std::time::Duration;

use mynah_bus::event::Kind;
use mynah_bus::identity::Stage;

/// Metrics by their names.
pub mod names {
    /// Counter: records that a stage received. Label: `stage`.
    pub const CONSUMED: &str = "mynah_pipeline_consumed_total";
    /// Counter: events that a stage published, acknowledged. Labels: `stage`, `event`.
    pub const PUBLISHED: &str = "mynah_pipeline_published_total";
    /// Counter: records that needed no work. Labels: `stage`, `reason`.
    pub const SKIPPED: &str = "mynah_pipeline_skipped_total";
    /// Counter: dead letters. Labels: `stage`, `class`, `reason`.
    pub const DEAD_LETTERS: &str = "mynah_pipeline_dead_letters_total";
    /// Counter: retries. Labels: `stage`, `reason`.
    pub const RETRIED: &str = "mynah_pipeline_retried_total";
    /// Histogram, seconds: work on one record. Labels: `stage`, `outcome` (`ok`, `error`).
    pub const WORK: &str = "mynah_pipeline_work_seconds";
    /// Histogram, seconds: from the making of an event to its arrival at the next stage. Label: `stage`.
    pub const HOP: &str = "mynah_pipeline_hop_seconds";
    /// Gauge, seconds of audio: what waits before a stage, on the bus and in the process. The signal
    /// to scale on: the sum over partitions. Labels: `stage`, `partition`.
    pub const WAITING: &str = "mynah_pipeline_waiting_audio_seconds";
    /// Counter: faults of the bus that a stage received. Label: `stage`.
    pub const FAULTS: &str = "mynah_pipeline_bus_faults_total";
    /// Gauge: partitions that are assigned to this process. Label: `stage`.
    pub const PARTITIONS: &str = "mynah_pipeline_partitions";
    /// Counter: sessions that ended. Label: `end` (`ended`, `aborted`).
    pub const SESSIONS: &str = "mynah_pipeline_sessions_total";
}

pub(crate) fn consumed(stage: Stage) {
    metrics::counter!(names::CONSUMED, "stage" => stage.as_str()).increment(1);
}

pub(crate) fn published(stage: Stage, kind: Kind) {
    metrics::counter!(names::PUBLISHED, "stage" => stage.as_str(), "event" => kind.record())
        .increment(1);
}

pub(crate) fn skipped(stage: Stage, reason: &'static str) {
    metrics::counter!(names::SKIPPED, "stage" => stage.as_str(), "reason" => reason).increment(1);
}

pub(crate) fn dead_letter(stage: Stage, class: &'static str, reason: String) {
    metrics::counter!(names::DEAD_LETTERS, "stage" => stage.as_str(), "class" => class, "reason" => reason)
        .increment(1);
}

pub(crate) fn retried(stage: Stage, reason: &'static str) {
    metrics::counter!(names::RETRIED, "stage" => stage.as_str(), "reason" => reason).increment(1);
}

pub(crate) fn worked(stage: Stage, took: Duration, ok: bool) {
    let outcome = if ok { "ok" } else { "error" };
    metrics::histogram!(names::WORK, "stage" => stage.as_str(), "outcome" => outcome).record(took);
}

pub(crate) fn hop(stage: Stage, ms: i64) {
    let seconds = ms.max(0) as f64 / 1_000.0;
    metrics::histogram!(names::HOP, "stage" => stage.as_str()).record(seconds);
}

pub(crate) fn waiting(stage: Stage, partition: u32, seconds: f64) {
    let partition = partition.to_string();
    metrics::gauge!(names::WAITING, "stage" => stage.as_str(), "partition" => partition)
        .set(seconds);
}

pub(crate) fn fault(stage: Stage) {
    metrics::counter!(names::FAULTS, "stage" => stage.as_str()).increment(1);
}

pub(crate) fn partitions(stage: Stage, count: usize) {
    metrics::gauge!(names::PARTITIONS, "stage" => stage.as_str()).set(count as f64);
}

pub(crate) fn session(end: &'static str) {
    metrics::counter!(names::SESSIONS, "end" => end).increment(1);
}
