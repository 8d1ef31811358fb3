//! What came back in a session, and when.

use std::time::Duration;

use mynah_api::realtime::SegmentTimings;

/// What a session received. Moments are counted from its first sample.
#[derive(Debug, Default)]
pub(super) struct SessionResult {
    /// Its name on the bus.
    pub(super) session: Option<String>,
    /// When it began, in milliseconds since 1970.
    pub(super) began_ms: i64,
    pub(super) segments: Vec<Segment>,
    /// Numbers and codes of segments that failed.
    pub(super) failed: Vec<(u64, String)>,
    /// Whether the gateway said that it ended well.
    pub(super) ended: bool,
    /// By how much its sender was late at worst.
    pub(super) late: Duration,
    /// What ended it before its time.
    pub(super) error: Option<String>,
}

/// A segment that was interpreted.
#[derive(Debug, Default)]
pub(super) struct Segment {
    pub(super) index: u64,
    pub(super) end_ms: u64,
    pub(super) source: String,
    /// The recognized text.
    pub(super) caption: Option<Duration>,
    /// The translated text.
    pub(super) translated: Option<Duration>,
    /// The first event with audio.
    pub(super) sound: Option<Duration>,
    /// The first event with audible audio.
    pub(super) audible: Option<Duration>,
    pub(super) done: Duration,
    pub(super) timings: SegmentTimings,
}

impl SessionResult {
    pub(super) fn broken(error: String) -> Self {
        Self {
            error: Some(error),
            ..Self::default()
        }
    }

    /// All recognized words.
    pub(super) fn words(&self) -> Vec<&str> {
        let segments = self.segments.iter();
        segments
            .flat_map(|segment| segment.source.split_whitespace())
            .collect()
    }

    /// Segments that had an answer.
    pub(super) const fn answered(&self) -> usize {
        self.segments.len() + self.failed.len()
    }
}
