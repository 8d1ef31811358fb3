//! Speech by Kokoro-82M, through ONNX Runtime opened at first use.
//!
//! A text becomes phonemes (English by a lexicon, unknown words and other languages by espeak-ng as
//! a child process), phonemes become token ids, and the graph turns them and a style vector into
//! audio at 24 kHz, chunk by chunk.

mod english;
mod espeak_phonemes;
mod graph;
mod ipa;
mod join;
mod kokoro;
mod mix;
mod runtime;
mod settings;
mod split;
mod transcription;
mod vocabulary;
mod voices;

pub use kokoro::{Kokoro, KokoroOptions};
pub use settings::KokoroSettings;
