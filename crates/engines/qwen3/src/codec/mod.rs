//! The speech codec's decoder: from frames of codes to 24 kHz sound, 1920 samples a frame.
//!
//! ```text
//! codes ─▶ RvqDecoder ─▶ pre-conv ─▶ CodecTransformer ─▶ 2 × Upsample ─▶ Vocoder ─▶ samples
//!   1 row a frame         1             1              4              1920
//! ```
//!
//! Everything in it is causal, so an utterance's [`CodecState`] (the last inputs of each
//! convolution, the keys and values of a window) makes streaming exact: the samples are
//! bit-identical however frames are split into calls and whatever else is in the batch.
//!
//! Rows are steps in time, columns are channels.

mod builder;
mod config;
mod conv;
mod decoder;
mod forward;
mod pass;
mod quantizer;
mod rows;
mod snake;
mod state;
mod transformer;
mod upsample;
mod vocoder;
mod window;

pub use config::{CodecConfig, CodecDecoderConfig};
pub use decoder::{DecodeObserver, Decoder};
pub use forward::CodecWorkspace;
pub use state::CodecState;
