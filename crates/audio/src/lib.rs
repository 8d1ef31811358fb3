//! Floor 0: samples and what is done to them.
//!
//! Everything here is mono: speech has one mouth. Samples are `f32` in −1…1.

mod clip;
mod encode;
mod format;
mod join;
mod stretch;
mod tags;

pub use clip::{Clip, InvalidRate, SampleRate};
pub use encode::{EncodeError, Encoder, FileEncoder, Patch, encode_whole};
pub use format::{Format, UnknownFormat};
pub use join::{Joiner, Pauses};
pub use stretch::{InvalidSpeed, Speed, Stretcher};
pub use tags::Tags;
