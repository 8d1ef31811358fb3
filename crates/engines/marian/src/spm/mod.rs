//! SentencePiece's unigram models, as `.spm` files hold them.
//!
//! Source: the format and algorithms of <https://github.com/google/sentencepiece>.

mod charsmap;
mod normalizer;
mod proto;
mod unigram;
mod wire;

pub use unigram::Unigram;
