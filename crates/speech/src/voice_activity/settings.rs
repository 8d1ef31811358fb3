//! What a person may tune about the cutting of a stream into segments.

use garde::Validate;
use mynah_settings::{is_number, rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a stream is cut into segments of speech. The defaults suit speech at 16 kHz.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SegmenterSettings {
    /// Smoothed likelihood of speech at which a segment may open. Over 0, at most 1. Default 0.65.
    #[garde(custom(is_number))]
    #[garde(custom(rule(
        !(self.open_threshold <= 0.0 || self.open_threshold > 1.0),
        "must be over 0 and at most 1"
    )))]
    pub open_threshold: f32,
    /// Smoothed likelihood under which speech has ended. Over 0, at most `open_threshold`. Default
    /// 0.42.
    #[garde(custom(is_number))]
    #[garde(custom(rule(
        !(self.close_threshold <= 0.0 || self.close_threshold > self.open_threshold),
        "must be over 0 and at most open_threshold"
    )))]
    pub close_threshold: f32,
    /// Time constant of the smoothing, in milliseconds; 0 smooths nothing. Default 20.
    #[garde(range(max = 1_000))]
    pub smoothing_ms: u32,
    /// For how long after a reset no segment opens, in milliseconds: a scorer that has just been reset
    /// takes a while to distinguish noise from speech. What is said meanwhile is not lost as long as
    /// it is shorter than `pad_before_ms`. Default 240.
    #[garde(range(max = 1_000))]
    pub settle_ms: u32,
    /// How long speech must last before a segment opens, in milliseconds. Default 100.
    #[garde(range(max = 2_000))]
    pub min_speech_ms: u32,
    /// How long silence must last before a segment closes, in milliseconds. It is part of every
    /// answer's delay. Default 350.
    #[garde(range(min = 50, max = 5_000))]
    pub hang_over_ms: u32,
    /// What a segment holds from before its speech, in milliseconds. Default 300.
    #[garde(range(max = 2_000))]
    #[garde(custom(rule(
        self.fits_padding(),
        "must be, with min_speech_ms, less than max_segment_ms - cut_window_ms"
    )))]
    pub pad_before_ms: u32,
    /// What a segment holds from after its speech, in milliseconds. At most `hang_over_ms`. Default
    /// 250.
    #[garde(custom(rule(self.pad_after_ms <= self.hang_over_ms, "must be at most hang_over_ms")))]
    pub pad_after_ms: u32,
    /// The shortest segment, padding included, in milliseconds: silence does not close an earlier one.
    /// At most `max_segment_ms`. Default 500.
    #[garde(custom(rule(
        self.min_segment_ms <= self.max_segment_ms,
        "must be at most max_segment_ms"
    )))]
    pub min_segment_ms: u32,
    /// The longest segment, padding included, in milliseconds. Default 20 000.
    #[garde(range(min = 1_000, max = 600_000))]
    pub max_segment_ms: u32,
    /// How far before the longest length the cut may fall, in milliseconds: it is made where speech is
    /// least likely. `min_segment_ms` must fit before it. Default 5 000.
    #[garde(range(min = 100))]
    #[garde(custom(rule(self.fits_cut(), "must be at most max_segment_ms - min_segment_ms")))]
    pub cut_window_ms: u32,
}

impl Default for SegmenterSettings {
    fn default() -> Self {
        Self {
            open_threshold: 0.5,
            close_threshold: 0.35,
            smoothing_ms: 0,
            settle_ms: 1_000,
            min_speech_ms: 190,
            hang_over_ms: 350,
            pad_before_ms: 300,
            pad_after_ms: 250,
            min_segment_ms: 500,
            max_segment_ms: 20_000,
            cut_window_ms: 5_000,
        }
    }
}

impl SegmenterSettings {
    /// Whether a segment can hold its shortest length and the window for cuts.
    fn fits_cut(&self) -> bool {
        self.cut_window_ms <= self.max_segment_ms.saturating_sub(self.min_segment_ms)
    }

    /// Whether the padding before speech, and the speech that opens a segment, end before its cut; true
    /// where no cut fits at all, which is reported by itself.
    fn fits_padding(&self) -> bool {
        if !self.fits_cut() {
            return true;
        }
        let opening = self.pad_before_ms.saturating_add(self.min_speech_ms);
        opening < self.max_segment_ms.saturating_sub(self.cut_window_ms)
    }
}

#[cfg(test)]
mod tests {
    use mynah_settings::check;

    use super::*;

    #[test]
    fn the_defaults_are_valid_and_each_range_is_checked() {
        assert_eq!(check(&SegmenterSettings::default()), Ok(()));
        type Change = fn(&mut SegmenterSettings);
        let wrong: [(&str, Change); 13] = [
            ("open_threshold", |s| s.open_threshold = f32::NAN),
            ("close_threshold", |s| s.close_threshold = 0.7),
            ("smoothing_ms", |s| s.smoothing_ms = 1_001),
            ("settle_ms", |s| s.settle_ms = 1_001),
            ("min_speech_ms", |s| s.min_speech_ms = 2_001),
            ("hang_over_ms", |s| s.hang_over_ms = 49),
            ("pad_before_ms", |s| s.pad_before_ms = 2_001),
            ("pad_after_ms", |s| s.pad_after_ms = 351),
            ("max_segment_ms", |s| s.max_segment_ms = 999),
            ("min_segment_ms", |s| s.min_segment_ms = 20_001),
            ("cut_window_ms", |s| s.cut_window_ms = 19_501),
            ("cut_window_ms", |s| s.cut_window_ms = 99),
            ("pad_before_ms", |s| {
                s.max_segment_ms = 5_000;
                s.cut_window_ms = 4_500;
                s.pad_before_ms = 400;
            }),
        ];
        for (name, change) in wrong {
            let mut settings = SegmenterSettings::default();
            change(&mut settings);
            let error = check(&settings).expect_err(name);
            let found = error.problems().iter().any(|it| it.setting == name);
            assert!(found, "{name}: {error}");
        }
    }

    #[test]
    fn an_unknown_setting_is_an_error() {
        let settings: Result<SegmenterSettings, _> = serde_json::from_str(r#"{"hangover_ms": 3}"#);
        assert!(settings.is_err());
    }
}
