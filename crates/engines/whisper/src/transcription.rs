//! The result of a decode.

use mynah_speech::Transcript;

/// The text of a segment, and how the engine came to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcription {
    /// The text, its words, and their language: as it was named, or as it was detected. Empty
    /// for silence.
    pub transcript: Transcript,
    /// How likely that language is, 0…1, among all that the model knows; where it was found.
    pub probability: Option<f32>,
    /// What was left out.
    pub dropped: Dropped,
}

/// Stretches of sound or text that were left out because they are not speech.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Clips that held silence alone, and were not shown to the model: 0 or 1.
    pub silent: usize,
    /// Stretches that the model wrote with little confidence and itself thinks are no speech.
    pub no_speech: usize,
    /// Words of loops: phrases said again and again that the model does not leave.
    pub repeated: usize,
}
