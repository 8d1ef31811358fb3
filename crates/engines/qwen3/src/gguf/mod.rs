//! Checkpoints in GGUF files, as llama.cpp, qwentts.cpp and their converters write them: a talker's
//! file, and beside it the file with the codec.

mod checkpoint;
mod companion;
mod cursor;
mod file;
mod header;
mod llama;
mod names;
mod qwentts;
mod speaker;
mod tensors;
mod value;
mod vocabulary;

use std::path::Path;

use crate::Qwen3Error;
use crate::weights::{Folded, Weights};

pub(crate) use checkpoint::{GgufCheckpoint, config};
pub use header::Header;

/// The tensors of a GGUF file by their own names.
///
/// # Errors
/// `File` where it cannot be read; `Checkpoint` where it is not a whole GGUF file.
pub fn open(path: &Path) -> Result<Weights, Qwen3Error> {
    let mut tensors = tensors::TensorMap::default();
    tensors.add_all(&file::GgufFile::open(path)?);
    Ok(tensors.weights(Folded::default()))
}
