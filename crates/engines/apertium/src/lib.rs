//! Translation by Apertium: for each direction one chain of its programs, started when first
//! needed and kept, which answers a text ended by NUL with a text ended by NUL.
//!
//! Apertium is under the GPL and stays a set of separate programs, talked to through pipes.

mod chain;
mod engine;
mod format;
mod language;
mod mode;
mod seat;

pub use engine::{Apertium, Limits};
