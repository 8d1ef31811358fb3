//! Translation by Apertium: for each direction one pipeline of its programs, started when first
//! needed and kept, which answers a text ended by NUL with a text ended by NUL.
//!
//! Apertium is under the GPL and stays a set of separate programs, talked to through pipes.

mod direction;
mod engine;
mod format;
mod language;
mod mode;
mod pipeline;
mod settings;

pub use engine::{Apertium, Limits};
pub use settings::ApertiumSettings;
