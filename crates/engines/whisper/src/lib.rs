//! Recognition by whisper.cpp, which is built in.
//!
//! The text of a segment is one decode of the whole segment in a state that remembers nothing of
//! what it decoded before. A model's file is checked before the library sees it, because the
//! library ends the process where a file is not what it expects.

mod clip;
mod decode;
mod engine;
mod file;
mod language;
mod log;
mod model;
mod repetition;
mod segment;
mod stream;
mod transcription;
mod words;

pub use engine::{Limits, Whisper};
pub use file::FileError;
pub use transcription::{Dropped, Transcription};
