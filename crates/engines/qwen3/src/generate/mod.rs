//! From a prompt to frames of codes, for several utterances at once.
//!
//! An [`Utterance`] is the state of one: its cache and its sampling parameters. A [`Generator`]
//! owns the models' buffers and advances any number of utterances by a frame; the composition of
//! the batch does not change the result.

mod generator;
mod observer;
mod runaway;
mod utterance;

pub use generator::{GenerationTimings, Generator};
pub use observer::Observer;
pub use runaway::{RunawayDetector, runaway_frames};
pub use utterance::{GenerationParameters, Prompt, Utterance};

/// Codes in a frame of 80 ms.
pub const GROUPS: usize = 16;

/// The codes of a frame: the talker's, then the predictor's.
pub type Frame = [u16; GROUPS];

/// Frames in a second of sound.
pub const FRAMES_PER_SECOND: f32 = 12.5;
