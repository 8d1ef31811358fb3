//! Recognition by whisper.cpp, which is built in.
//!
//! The text of a segment is one decode of the whole segment in a state that remembers nothing of
//! what it decoded before. A model's file is checked before the library sees it, because the
//! library ends the process where a file is not what it expects.

#[cfg(feature = "engine")]
mod alignment;
#[cfg(feature = "engine")]
mod audio_context;
#[cfg(feature = "engine")]
mod clip;
#[cfg(feature = "engine")]
mod decode;
#[cfg(feature = "engine")]
mod engine;
#[cfg(feature = "engine")]
mod file;
#[cfg(feature = "engine")]
mod language;
#[cfg(feature = "engine")]
mod log;
#[cfg(feature = "engine")]
mod model;
#[cfg(feature = "engine")]
mod model_file;
#[cfg(feature = "engine")]
mod preview;
#[cfg(feature = "engine")]
mod priority;
#[cfg(feature = "engine")]
mod repetition;
#[cfg(feature = "engine")]
mod segment;
mod settings;
#[cfg(feature = "engine")]
mod stream;
#[cfg(feature = "engine")]
mod transcription;
#[cfg(feature = "engine")]
mod windows;
#[cfg(feature = "engine")]
mod word_times;
#[cfg(feature = "engine")]
mod words;

#[cfg(feature = "engine")]
pub use engine::{Limits, Whisper, WhisperOptions};
#[cfg(feature = "engine")]
pub use file::FileError;
pub use settings::WhisperSettings;
#[cfg(feature = "engine")]
pub use transcription::{Dropped, Transcription};
