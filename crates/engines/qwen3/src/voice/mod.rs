//! Voices that were heard: the recording they come from, and the file they are kept in.
//!
//! ```text
//! a file of sound ─Recording─▶ 3 to 60 s at 24 kHz ─encoders─▶ ClonePrompt ─with consent─▶ ClonedVoice ⇄ file
//! ```

mod file;
mod metadata;
mod quality;
mod reference;
mod scorer;
mod speech;

use mynah_speech::Consent;

use crate::request::ClonePrompt;

pub use file::{FORMAT_VERSION, MAX_FILE_BYTES};
pub use quality::QualityReport;
pub use reference::{
    MAX_CLIPPED_FRACTION, MAX_FILE_SECONDS, MAX_SECONDS, MIN_SECONDS, MIN_SPEECH_SECONDS, Recording,
};

/// A voice that can be kept: what the model needs of it, for which model, and that the speaker
/// agrees. It speaks any language that the model does.
#[derive(Clone, Debug, PartialEq)]
pub struct ClonedVoice {
    /// What the model needs.
    pub prompt: ClonePrompt,
    /// Which checkpoint it was made with, in the caller's words: another one's numbers mean
    /// something else.
    pub checkpoint: String,
    /// That the speaker agrees.
    pub consent: Consent,
}
