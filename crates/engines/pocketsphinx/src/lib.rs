//! English recognition by CMU PocketSphinx, whose C library is opened when it is first used.
//!
//! The final text of a segment is one decode of the whole segment with its own cepstral mean, so
//! it depends on the segment's samples alone. A preview is a second decoder that follows the
//! sound with a running mean.

mod decoder;
mod decoder_pool;
mod engine;
mod features;
mod library;
mod model;
mod preview;
mod settings;
mod stream;
mod words;

pub use engine::{Limits, PocketSphinx};
pub use settings::PocketSphinxSettings;
