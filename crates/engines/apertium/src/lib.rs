//! Translation by Apertium <https://www.apertium.org>, one long-lived pipeline a direction.
//!
//! Apertium is a chain of small programs that read one another's output. Each stays a child
//! process (they are GPL, and never linked); a NUL after each text makes them answer at once.

mod direction;
mod engine;
mod mode;
mod pipeline;
mod slot;
mod stream_format;

pub use engine::Apertium;
