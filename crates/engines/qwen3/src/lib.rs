//! Qwen3-TTS inference in Rust, on this machine's processor.

mod error;
pub mod generate;
pub mod kernels;
pub mod lm;
pub mod sample;
pub mod weights;

pub use error::{Qwen3Error, Result};
