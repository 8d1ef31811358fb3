//! Where speech begins and ends in a stream.
//!
//! A [`crate::VoiceScorer`] gives how likely speech is, frame by frame; a [`Segmenter`] makes
//! segments of that, in whatever pieces the stream arrives.

mod bounds;
mod detector;
mod segmenter;
mod settings;
pub mod speech_check;
mod track;

pub use detector::{DetectedSpeech, SpeechDetector, SpeechEvent};
pub use segmenter::{RESET_SAMPLES, Segmenter, VoiceEvent};
pub use settings::{InvalidSegmenterSettings, SegmenterSettings};
