//! The settings of speech translation.

use std::time::Duration;

use mynah_speech::voice_activity::{InvalidSegmenterSettings, SegmenterSettings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::subtitles::{InvalidSubtitles, SubtitleSettings};

/// Speech translation: concurrency and time limits.
///
/// A session holds at most, in MB: `buffer_seconds` × 0.1 of sound not yet looked at, (2 +
/// `concurrent_segments` + `queued_segments`) × 1.3 of segments (at 20 s each), and
/// `concurrent_segments` × `max_speech_seconds` × 0.1 + 3 of speech: 24 MB with the defaults. A
/// quiet one holds under 1 MB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InterpreterSettings {
    /// Where a stream is cut into segments.
    pub segmenter: SegmenterSettings,
    /// How recognized text is shown as subtitles.
    pub subtitles: SubtitleSettings,
    /// Seconds of audio of a session that wait before the detector. More is accepted only as the
    /// detector takes it. 1 to 600, default 10.
    pub buffer_seconds: u32,
    /// Segments of one session or file that are recognized at the same time. 1 to 16, default 2.
    pub concurrent_segments: usize,
    /// Segments of one session or file that may wait before each stage. 1 to 64, default 2.
    pub queued_segments: usize,
    /// Segments of all sessions and files that are recognized at the same time; others
    /// wait. 1 to 256, default 4.
    pub max_recognitions: usize,
    /// Open segments of all sessions that have a live preview; others have none.
    /// 0 to 256, default 4.
    pub max_previews: usize,
    /// Milliseconds of new sound from one preview to the next. 100 to 5000, default 300.
    pub preview_ms: u32,
    /// The mean confidence of its words, 0 to 1, below which a segment is taken for one without
    /// words, of recognizers that have confidences. Default 0: no segment is. PocketSphinx reports
    /// the same confidence for music as for speech over a telephone.
    pub min_confidence: f32,
    /// Seconds after which recognizing a segment is given up. 1 to 3600, default 60.
    pub recognize_seconds: u32,
    /// Seconds after which translating a segment is given up. 1 to 3600, default 20.
    pub translate_seconds: u32,
    /// Seconds that a segment waits for a slot of synthesis before it fails as busy. 0 to 3600, default 10.
    pub speak_wait_seconds: u32,
    /// The longest speech that one segment may become, in seconds. 1 to 3600, default 60.
    pub max_speech_seconds: u32,
}

impl Default for InterpreterSettings {
    fn default() -> Self {
        Self {
            segmenter: SegmenterSettings::default(),
            subtitles: SubtitleSettings::default(),
            buffer_seconds: 10,
            concurrent_segments: 2,
            queued_segments: 2,
            max_recognitions: 4,
            max_previews: 4,
            preview_ms: 300,
            min_confidence: 0.0,
            recognize_seconds: 60,
            translate_seconds: 20,
            speak_wait_seconds: 10,
            max_speech_seconds: 60,
        }
    }
}

/// A setting out of its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInterpreterSettings {
    /// A number lies outside its range.
    #[error("{setting} must be {min} to {max}")]
    OutOfRange {
        /// The setting, by its name.
        setting: &'static str,
        /// The least that it may be.
        min: u64,
        /// The most that it may be.
        max: u64,
    },
    /// One of the segmenter's.
    #[error("segmenter.{0}")]
    Segmenter(#[from] InvalidSegmenterSettings),
    /// One of the subtitles'.
    #[error("subtitles.{0}")]
    Subtitles(#[from] InvalidSubtitles),
}

impl InterpreterSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// The first setting that lies outside its range.
    pub fn validate(&self) -> Result<(), InvalidInterpreterSettings> {
        self.segmenter.validate()?;
        self.subtitles.validate()?;
        if !(0.0..=1.0).contains(&self.min_confidence) {
            return Err(InvalidInterpreterSettings::OutOfRange {
                setting: "min_confidence",
                min: 0,
                max: 1,
            });
        }
        for (setting, value, min, max) in [
            ("buffer_seconds", u64::from(self.buffer_seconds), 1, 600),
            (
                "concurrent_segments",
                self.concurrent_segments as u64,
                1,
                16,
            ),
            ("queued_segments", self.queued_segments as u64, 1, 64),
            ("max_recognitions", self.max_recognitions as u64, 1, 256),
            ("max_previews", self.max_previews as u64, 0, 256),
            ("preview_ms", u64::from(self.preview_ms), 100, 5_000),
            (
                "recognize_seconds",
                u64::from(self.recognize_seconds),
                1,
                3_600,
            ),
            (
                "translate_seconds",
                u64::from(self.translate_seconds),
                1,
                3_600,
            ),
            (
                "speak_wait_seconds",
                u64::from(self.speak_wait_seconds),
                0,
                3_600,
            ),
            (
                "max_speech_seconds",
                u64::from(self.max_speech_seconds),
                1,
                3_600,
            ),
        ] {
            if !(min..=max).contains(&value) {
                return Err(InvalidInterpreterSettings::OutOfRange { setting, min, max });
            }
        }
        Ok(())
    }

    pub(crate) fn recognize_limit(&self) -> Duration {
        Duration::from_secs(self.recognize_seconds.into())
    }

    pub(crate) fn translate_limit(&self) -> Duration {
        Duration::from_secs(self.translate_seconds.into())
    }

    pub(crate) fn speak_wait(&self) -> Duration {
        Duration::from_secs(self.speak_wait_seconds.into())
    }

    pub(crate) fn max_speech(&self) -> Duration {
        Duration::from_secs(self.max_speech_seconds.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_every_range_has_its_ends() {
        assert_eq!(InterpreterSettings::default().validate(), Ok(()));
        type Change = fn(&mut InterpreterSettings);
        let wrong: [(&str, Change); 17] = [
            ("buffer_seconds", |s| s.buffer_seconds = 0),
            ("buffer_seconds", |s| s.buffer_seconds = 601),
            ("concurrent_segments", |s| s.concurrent_segments = 0),
            ("concurrent_segments", |s| s.concurrent_segments = 17),
            ("queued_segments", |s| s.queued_segments = 65),
            ("max_recognitions", |s| s.max_recognitions = 0),
            ("max_recognitions", |s| s.max_recognitions = 257),
            ("max_previews", |s| s.max_previews = 257),
            ("min_confidence", |s| s.min_confidence = -0.01),
            ("min_confidence", |s| s.min_confidence = 1.01),
            ("min_confidence", |s| s.min_confidence = f32::NAN),
            ("preview_ms", |s| s.preview_ms = 99),
            ("recognize_seconds", |s| s.recognize_seconds = 0),
            ("translate_seconds", |s| s.translate_seconds = 3_601),
            ("speak_wait_seconds", |s| s.speak_wait_seconds = 3_601),
            ("max_speech_seconds", |s| s.max_speech_seconds = 0),
            ("max_speech_seconds", |s| s.max_speech_seconds = 3_601),
        ];
        for (name, change) in wrong {
            let mut settings = InterpreterSettings::default();
            change(&mut settings);
            let error = settings.validate().expect_err(name);
            assert!(error.to_string().starts_with(name), "{error}");
        }
        let mut settings = InterpreterSettings::default();
        settings.segmenter.hang_over_ms = 1;
        let error = settings.validate().expect_err("out of range");
        assert_eq!(error.to_string(), "segmenter.hang_over_ms must be 50–5000");
    }
}
