//! The settings in samples and factors of one scorer.

use super::{RESET_SAMPLES, SegmenterSettings};
use mynah_audio::SampleRate;
use std::time::Duration;

/// What the segmenter compares against, in samples of the scorer's rate.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    pub(super) frame: u64,
    pub(super) open: f32,
    pub(super) close: f32,
    /// The weight of the past in the smoothed score of the next frame.
    pub(super) keep: f32,
    pub(super) settle: u64,
    pub(super) min_speech: u64,
    pub(super) hang_over: u64,
    pub(super) before: u64,
    pub(super) after: u64,
    pub(super) shortest: u64,
    pub(super) longest: u64,
    /// The length from which on the best place for a cut is kept in mind.
    pub(super) cuttable: u64,
}

impl Bounds {
    pub(super) fn new(settings: &SegmenterSettings, rate: SampleRate, frame: usize) -> Self {
        let samples = |ms: u32| rate.samples_in(Duration::from_millis(u64::from(ms))) as u64;
        let constant = samples(settings.smoothing_ms) as f32;
        Self {
            frame: frame as u64,
            open: settings.open_threshold,
            close: settings.close_threshold,
            keep: if constant > 0.0 {
                (-(frame as f32) / constant).exp()
            } else {
                0.0
            },
            settle: samples(settings.settle_ms),
            min_speech: samples(settings.min_speech_ms),
            hang_over: samples(settings.hang_over_ms),
            before: samples(settings.pad_before_ms),
            after: samples(settings.pad_after_ms),
            shortest: samples(settings.min_segment_ms),
            longest: samples(settings.max_segment_ms),
            cuttable: samples(settings.max_segment_ms - settings.cut_window_ms),
        }
    }

    /// Up to where a scorer that was reset at this sample of the stream opens no segment. Only a
    /// reset in silence settles: the first sample and a segment's end may be followed by speech at
    /// once.
    pub(super) const fn settled_at(&self, reset: u64) -> u64 {
        if reset > 0 && reset.is_multiple_of(RESET_SAMPLES) {
            reset + self.settle
        } else {
            reset
        }
    }
}
