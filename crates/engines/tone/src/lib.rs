//! A deterministic test engine: text to tones, with seeded delays and faults that a test orders.
//!
//! [`Tone`] speaks, listens and translates. What it speaks is a code of tones (see [`code`]), so
//! what it hears of its own speech is the very text, also after resampling and joining. A test
//! keeps a [`Script`], orders what shall go slow or wrong, and waits for what happened.

mod behaviour;
pub mod code;
mod recognizer;
mod scorer;
mod script;
mod synthesizer;
mod tone;
mod translator;

pub use behaviour::{Behaviour, Fault};
pub use scorer::ToneScorer;
pub use script::{Counts, Script, Stage};
pub use tone::Tone;
pub use translator::translation;
