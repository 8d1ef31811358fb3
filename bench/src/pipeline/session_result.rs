//! What came back in a session, and when.

use std::time::Duration;

use mynah_api::realtime::SegmentTimings;

/// What a session received. Moments are counted from its first sample.
#[derive(Debug, Default)]
pub(crate) struct SessionResult {
    /// Its name on the bus.
    pub(crate) session: Option<String>,
    /// When it began, in milliseconds since 1970.
    pub(crate) began_ms: i64,
    pub(crate) segments: Vec<Segment>,
    /// Numbers and codes of segments that failed.
    pub(crate) failed: Vec<(u64, String)>,
    /// Whether the gateway said that it ended well.
    pub(crate) ended: bool,
    /// By how much its sender was late at worst.
    pub(crate) late: Duration,
    /// What ended it before its time.
    pub(crate) error: Option<String>,
}

/// A segment that was interpreted.
#[derive(Debug, Default)]
pub(crate) struct Segment {
    pub(crate) index: u64,
    pub(crate) end_ms: u64,
    pub(crate) source: String,
    /// The recognized text.
    pub(crate) caption: Option<Duration>,
    /// The translated text.
    pub(crate) translated: Option<Duration>,
    /// The first event with audio.
    pub(crate) sound: Option<Duration>,
    /// The first event with audible audio.
    pub(crate) audible: Option<Duration>,
    pub(crate) done: Duration,
    pub(crate) timings: SegmentTimings,
}

impl SessionResult {
    pub(crate) fn broken(error: String) -> Self {
        Self {
            error: Some(error),
            ..Self::default()
        }
    }

    /// All recognized words.
    pub(crate) fn words(&self) -> Vec<&str> {
        let segments = self.segments.iter();
        segments
            .flat_map(|segment| segment.source.split_whitespace())
            .collect()
    }

    /// Segments that had an answer.
    pub(crate) const fn answered(&self) -> usize {
        self.segments.len() + self.failed.len()
    }
}
