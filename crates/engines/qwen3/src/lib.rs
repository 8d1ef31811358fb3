//! Qwen3-TTS inference in Rust, on this machine's processor.

pub mod config;
mod error;
#[cfg(feature = "hub")]
pub mod hub;
pub mod kernels;
pub mod prompt;
pub mod request;
pub mod tokenizer;
pub mod weights;

pub use error::{Qwen3Error, Result};
