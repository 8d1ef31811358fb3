//! What a person may tune about the cutting of a stream into segments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a stream is cut into segments of speech. The defaults suit speech at 16 kHz.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SegmenterSettings {
    /// Smoothed likelihood of speech at which a segment may open. Over 0, at most 1. Default 0.65.
    pub open_threshold: f32,
    /// Smoothed likelihood under which speech has ended. Over 0, at most `open_threshold`.
    /// Default 0.42.
    pub close_threshold: f32,
    /// Time constant of the smoothing, in milliseconds; 0 smooths nothing. At most 1 000.
    /// Default 20.
    pub smoothing_ms: u32,
    /// For how long after a reset no segment opens, in milliseconds: a scorer that has just
    /// been reset takes a while to distinguish noise from speech. What is said meanwhile is
    /// not lost as long as it is shorter than `pad_before_ms`. At most 1 000. Default 240.
    pub settle_ms: u32,
    /// How long speech must last before a segment opens, in milliseconds. At most 2 000.
    /// Default 100.
    pub min_speech_ms: u32,
    /// How long silence must last before a segment closes, in milliseconds. 50–5 000.
    /// It is part of every answer's delay. Default 350.
    pub hang_over_ms: u32,
    /// What a segment holds from before its speech, in milliseconds. At most 2 000. Default 300.
    pub pad_before_ms: u32,
    /// What a segment holds from after its speech, in milliseconds. At most `hang_over_ms`.
    /// Default 250.
    pub pad_after_ms: u32,
    /// The shortest segment, padding included, in milliseconds: silence does not close an earlier
    /// one. At most `max_segment_ms`. Default 500.
    pub min_segment_ms: u32,
    /// The longest segment, padding included, in milliseconds. 1 000–600 000. Default 20 000.
    pub max_segment_ms: u32,
    /// How far before the longest length the cut may fall, in milliseconds: it is made where
    /// speech is least likely. At least 100, and `min_segment_ms` must fit before it.
    /// Default 5 000.
    pub cut_window_ms: u32,
}

impl Default for SegmenterSettings {
    fn default() -> Self {
        Self {
            open_threshold: 0.65,
            close_threshold: 0.42,
            smoothing_ms: 20,
            settle_ms: 240,
            min_speech_ms: 100,
            hang_over_ms: 350,
            pad_before_ms: 300,
            pad_after_ms: 250,
            min_segment_ms: 500,
            max_segment_ms: 20_000,
            cut_window_ms: 5_000,
        }
    }
}

/// A setting out of its range. The caller's configuration is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} must be {range}")]
pub struct InvalidSegmenterSettings {
    /// The setting at fault, by its name.
    pub setting: &'static str,
    /// What it may be.
    pub range: &'static str,
}

impl SegmenterSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// The first setting outside its range.
    pub fn validate(&self) -> Result<(), InvalidSegmenterSettings> {
        let close = self.close_threshold;
        let longest = 1_000..=600_000;
        for (holds, setting, range) in [
            (
                self.open_threshold > 0.0 && self.open_threshold <= 1.0,
                "open_threshold",
                "over 0 and at most 1",
            ),
            (
                close > 0.0 && close <= self.open_threshold,
                "close_threshold",
                "over 0 and at most open_threshold",
            ),
            (self.smoothing_ms <= 1_000, "smoothing_ms", "0–1000"),
            (self.settle_ms <= 1_000, "settle_ms", "0–1000"),
            (self.min_speech_ms <= 2_000, "min_speech_ms", "0–2000"),
            (
                (50..=5_000).contains(&self.hang_over_ms),
                "hang_over_ms",
                "50–5000",
            ),
            (self.pad_before_ms <= 2_000, "pad_before_ms", "0–2000"),
            (
                self.pad_after_ms <= self.hang_over_ms,
                "pad_after_ms",
                "0–hang_over_ms",
            ),
            (
                longest.contains(&self.max_segment_ms),
                "max_segment_ms",
                "1000–600000",
            ),
            (
                self.min_segment_ms <= self.max_segment_ms,
                "min_segment_ms",
                "0–max_segment_ms",
            ),
            (
                (100..=self.max_segment_ms - self.min_segment_ms.min(self.max_segment_ms))
                    .contains(&self.cut_window_ms),
                "cut_window_ms",
                "100–(max_segment_ms − min_segment_ms)",
            ),
            (
                self.pad_before_ms + self.min_speech_ms
                    < self.max_segment_ms.saturating_sub(self.cut_window_ms),
                "pad_before_ms",
                "with min_speech_ms, shorter than max_segment_ms − cut_window_ms",
            ),
        ] {
            if !holds {
                return Err(InvalidSegmenterSettings { setting, range });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_each_range_is_checked() {
        let with = |change: fn(&mut SegmenterSettings)| {
            let mut settings = SegmenterSettings::default();
            change(&mut settings);
            settings.validate().err().map(|error| error.setting)
        };
        assert_eq!(with(|_| ()), None);
        assert_eq!(
            with(|s| s.open_threshold = f32::NAN),
            Some("open_threshold")
        );
        assert_eq!(with(|s| s.close_threshold = 0.7), Some("close_threshold"));
        assert_eq!(with(|s| s.smoothing_ms = 1_001), Some("smoothing_ms"));
        assert_eq!(with(|s| s.settle_ms = 1_001), Some("settle_ms"));
        assert_eq!(with(|s| s.min_speech_ms = 2_001), Some("min_speech_ms"));
        assert_eq!(with(|s| s.hang_over_ms = 49), Some("hang_over_ms"));
        assert_eq!(with(|s| s.pad_before_ms = 2_001), Some("pad_before_ms"));
        assert_eq!(with(|s| s.pad_after_ms = 351), Some("pad_after_ms"));
        assert_eq!(with(|s| s.max_segment_ms = 999), Some("max_segment_ms"));
        assert_eq!(with(|s| s.min_segment_ms = 20_001), Some("min_segment_ms"));
        assert_eq!(with(|s| s.cut_window_ms = 19_501), Some("cut_window_ms"));
        assert_eq!(with(|s| s.cut_window_ms = 99), Some("cut_window_ms"));
        assert_eq!(
            with(|s| {
                s.max_segment_ms = 5_000;
                s.cut_window_ms = 4_500;
                s.pad_before_ms = 400;
            }),
            Some("pad_before_ms")
        );
    }

    #[test]
    fn an_unknown_setting_is_an_error() {
        let settings: Result<SegmenterSettings, _> = serde_json::from_str(r#"{"hangover_ms": 3}"#);
        assert!(settings.is_err());
    }
}
