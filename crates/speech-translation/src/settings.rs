//! The settings of speech translation.

use std::time::Duration;

use garde::Validate;
use mynah_settings::is_number;
use mynah_speech::voice_activity::SegmenterSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::subtitles::SubtitleSettings;

/// Speech translation: concurrency and time limits.
///
/// A session holds at most, in MB: `buffer_seconds` × 0.1 of audio that is not processed yet, (2 +
/// `concurrent_segments` + `queued_segments`) × 1.3 of segments (at 20 s each), and
/// `concurrent_segments` × `max_speech_seconds` × 0.1 + 3 of speech: 24 MB with the defaults. A
/// quiet one holds under 1 MB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct InterpreterSettings {
    /// Where a stream is cut into segments.
    #[garde(dive)]
    pub segmenter: SegmenterSettings,
    /// How recognized text is shown as subtitles.
    #[garde(dive)]
    pub subtitles: SubtitleSettings,
    /// Seconds of audio of a session that wait before the detector. More is accepted only as the
    /// detector takes it. Default 10.
    #[garde(range(min = 1, max = 600))]
    pub buffer_seconds: u32,
    /// Segments of one session or file that are recognized at the same time. Default 2.
    #[garde(range(min = 1, max = 16))]
    pub concurrent_segments: usize,
    /// Segments of one session or file that may wait before each stage. Default 2.
    #[garde(range(min = 1, max = 64))]
    pub queued_segments: usize,
    /// Segments of all sessions and files that are recognized at the same time; others wait. Default
    /// 4.
    #[garde(range(min = 1, max = 256))]
    pub max_recognitions: usize,
    /// Open segments of all sessions that have a live preview; others have none. Default 4.
    #[garde(range(max = 256))]
    pub max_previews: usize,
    /// Milliseconds of new sound from one preview to the next. Default 300.
    #[garde(range(min = 100, max = 5_000))]
    pub preview_ms: u32,
    /// The mean confidence of its words below which a segment is taken for one without words,
    /// of recognizers that have confidences. Default 0: no segment is. PocketSphinx reports the same
    /// confidence for music as for speech over a telephone.
    #[garde(range(min = 0.0, max = 1.0))]
    #[garde(custom(is_number))]
    pub min_confidence: f32,
    /// Seconds after which recognizing a segment is given up. Default 60.
    #[garde(range(min = 1, max = 3_600))]
    pub recognize_seconds: u32,
    /// Seconds after which translating a segment is given up. Default 20.
    #[garde(range(min = 1, max = 3_600))]
    pub translate_seconds: u32,
    /// Seconds that a segment waits for a slot of synthesis before it fails as busy. Default 10.
    #[garde(range(max = 3_600))]
    pub speak_wait_seconds: u32,
    /// The longest speech that one segment may become, in seconds. Default 60.
    #[garde(range(min = 1, max = 3_600))]
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

impl InterpreterSettings {
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
    use mynah_settings::check;

    use super::*;

    #[test]
    fn the_defaults_are_valid_and_every_range_has_its_ends() {
        assert_eq!(check(&InterpreterSettings::default()), Ok(()));
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
            let error = check(&settings).expect_err(name);
            assert!(error.to_string().starts_with(name), "{error}");
        }
        let mut settings = InterpreterSettings::default();
        settings.segmenter.hang_over_ms = 1;
        let error = check(&settings).expect_err("out of range");
        let error = error.to_string();
        assert!(
            error.starts_with("segmenter.hang_over_ms must be 50 to 5000"),
            "{error}"
        );
    }
}
