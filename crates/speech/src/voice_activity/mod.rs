//! Where speech begins and ends in a stream.
//!
//! A [`crate::VoiceScorer`] scores how likely speech is, frame by frame; a [`Segmenter`] makes
//! segments of the scores, however the stream is split into pushes.

mod bounds;
mod detector;
mod segmenter;
mod settings;
mod track;

pub use detector::{DetectedSpeech, SpeechDetector, SpeechEvent};
pub use segmenter::{RESET_SAMPLES, Segmenter, VoiceEvent};
pub use settings::SegmenterSettings;
