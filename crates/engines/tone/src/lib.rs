//! A deterministic test engine: text to tones, with seeded delays and faults that a test configures.
//!
//! [`Tone`] synthesizes, recognizes and translates. Its speech is a code of tones (see [`code`]), so
//! what it recognizes of its own speech is the very text, also after resampling and joining. A test
//! keeps a [`Script`], configures delays and faults, and waits for counts.

mod behaviour;
pub mod code;
mod recognizer;
mod scorer;
mod script;
mod settings;
mod synthesizer;
mod tone;
mod translator;

pub use behaviour::{Behaviour, Fault};
pub use scorer::ToneScorer;
pub use script::{CallScript, Counts, Script};
pub use settings::ToneSettings;
pub use tone::Tone;
pub use translator::translation;
