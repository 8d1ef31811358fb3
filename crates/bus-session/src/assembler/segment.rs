//! The results of one segment, until all of them were returned.

use std::collections::BTreeMap;
use std::time::Duration;

use mynah_api::realtime::SegmentTimings;
use mynah_bus::event::{
    AudioSynthesis, SegmentRange, TextRecognized, TextTranslated, Times, now_ms,
};
use mynah_bus::identity::Stage;
use tokio::time::Instant;

/// How long the end of a segment waits for earlier texts. They are on the bus already; only an
/// unreadable record is never received.
pub(crate) const MISSING_RECORD_TIMEOUT: Duration = Duration::from_secs(2);

/// When each stage processed a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StageVisits {
    pub(crate) recognizing: Option<StageVisit>,
    pub(crate) translating: Option<StageVisit>,
    pub(crate) speaking: Option<StageVisit>,
}

/// The times of one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StageVisit {
    pub(crate) times: Times,
    /// When the result was made, in milliseconds since 1970.
    pub(crate) made_at: i64,
}

impl StageVisits {
    /// The time of each step of a segment that ended at `arrived` and whose first audio was received
    /// at `first_audio`, in milliseconds since 1970, by the clocks of all machines.
    pub(crate) fn timings(&self, arrived: Option<i64>, first_audio: Option<i64>) -> SegmentTimings {
        let between = |from: Option<i64>, to: Option<i64>| match (from, to) {
            (Some(from), Some(to)) => u64::try_from(to - from).unwrap_or(0),
            _ => 0,
        };
        let visits = [self.recognizing, self.translating, self.speaking];
        let waited = visits.iter().flatten().map(|visit| visit.times);
        let work = |visit: Option<StageVisit>| {
            visit.map_or(0, |visit| {
                between(visit.times.started_at, Some(visit.made_at))
            })
        };
        SegmentTimings {
            detect_ms: between(
                arrived,
                self.recognizing.and_then(|visit| visit.times.received_at),
            ),
            queue_ms: waited
                .map(|times| between(times.received_at, times.started_at))
                .sum(),
            recognize_ms: work(self.recognizing),
            translate_ms: work(self.translating),
            first_audio_ms: first_audio.map(|at| between(arrived, Some(at))),
            total_ms: between(arrived, Some(now_ms())),
        }
    }
}

/// What was received of a segment. `R` is the permit that a record holds.
pub(super) struct Segment<R> {
    pub(super) range: SegmentRange,
    pub(super) recognized: Option<(StageVisit, TextRecognized, R)>,
    pub(super) translated: Option<(StageVisit, TextTranslated, R)>,
    pub(super) parts: BTreeMap<u32, (Box<AudioSynthesis>, R)>,
    pub(super) speaking: Option<StageVisit>,
    /// The voice of its parts.
    pub(super) voice: Option<String>,
    pub(super) failed: Option<Failed>,
    /// When the end of the segment was received.
    pub(super) settled: Option<Instant>,
}

pub(super) struct Failed {
    pub(super) stage: Option<Stage>,
    pub(super) code: String,
    pub(super) message: String,
}

impl<R> Segment<R> {
    pub(super) fn new(range: SegmentRange) -> Self {
        Self {
            range,
            recognized: None,
            translated: None,
            parts: BTreeMap::new(),
            speaking: None,
            voice: None,
            failed: None,
            settled: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.recognized
            .as_ref()
            .is_some_and(|(_, own, _)| own.text.trim().is_empty())
    }

    /// Whether this stage has no more results.
    pub(super) fn lacks(&self, stage: Stage, now: Option<Instant>) -> bool {
        let failed = self.failed.as_ref().is_some_and(|failed| {
            // Any other stage is before all working stages.
            let at = |stage| Stage::WORKING.iter().position(|own| *own == stage);
            failed.stage.and_then(at).unwrap_or(0) <= at(stage).unwrap_or(0)
        });
        failed || self.timed_out(now)
    }

    /// Whether records that are missing by now are never received. False without a clock.
    pub(super) fn timed_out(&self, now: Option<Instant>) -> bool {
        let settled = self.settled.zip(now);
        settled.is_some_and(|(since, now)| since + MISSING_RECORD_TIMEOUT <= now)
    }
}
