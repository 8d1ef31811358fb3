//! Qwen3-TTS inference in Rust, on this machine's processor.

pub mod codec;
pub mod config;
pub mod encoder;
pub mod engine;
mod error;
pub mod generate;
pub mod gguf;
pub mod kernels;
pub mod lm;
pub mod model;
mod processor;
pub mod prompt;
pub mod request;
pub mod sample;
mod settings;
pub mod speaker;
pub mod synthesizer;
pub mod tokenizer;
pub mod trace;
pub mod voice;
pub mod weights;

pub use error::Qwen3Error;
pub use processor::Processor;
pub use settings::{ModelSize, Qwen3Settings};
