//! Translation by MarianMT models (OPUS-MT) on the processor: SentencePiece, an encoder, a decoder
//! with its cache, and beam search, as the reference does them.
//!
//! Reference: `MarianMTModel`, `MarianTokenizer` and `generate()` of Hugging Face's transformers.

#[cfg(feature = "engine")]
mod catalogue;
#[cfg(feature = "engine")]
mod config;
#[cfg(feature = "engine")]
mod engine;
#[cfg(feature = "engine")]
mod error;
#[cfg(feature = "engine")]
pub mod generate;
#[cfg(feature = "engine")]
mod language;
#[cfg(feature = "engine")]
mod loaded_model;
#[cfg(feature = "engine")]
pub mod model;
mod settings;
#[cfg(feature = "engine")]
pub mod spm;
#[cfg(feature = "engine")]
mod tokenizer;
#[cfg(feature = "engine")]
mod weights;

#[cfg(feature = "engine")]
pub use config::{Config, EarlyStopping, Generation};
#[cfg(feature = "engine")]
pub use engine::{Marian, Options};
#[cfg(feature = "engine")]
pub use error::MarianError;
#[cfg(feature = "engine")]
pub use model::Model;
pub use settings::MarianSettings;
#[cfg(feature = "engine")]
pub use tokenizer::Tokenizer;
