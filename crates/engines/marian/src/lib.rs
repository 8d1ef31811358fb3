//! Translation by MarianMT models (OPUS-MT) on the processor: SentencePiece, an encoder, a decoder
//! with its cache, and beam search, as the reference does them.
//!
//! Reference: `MarianMTModel`, `MarianTokenizer` and `generate()` of Hugging Face's transformers.

mod catalogue;
mod config;
mod engine;
mod error;
pub mod generate;
mod language;
mod loaded_model;
pub mod model;
mod model_cache;
mod split;
pub mod spm;
mod tokenizer;
mod weights;

pub use config::{Config, EarlyStopping, Generation};
pub use engine::{Marian, Options};
pub use error::MarianError;
pub use model::Model;
pub use tokenizer::Tokenizer;
