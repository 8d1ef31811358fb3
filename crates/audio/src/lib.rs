//! Floor 0: samples and what is done to them.
//!
//! Everything here is mono: speech has one mouth. Samples are `f32` in −1…1.

mod clip;

pub use clip::{Clip, InvalidRate, SampleRate};
