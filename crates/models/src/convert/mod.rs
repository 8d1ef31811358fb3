//! Conversions of what sources have into the files that the engines read.

mod kokoro;
mod whisper;

use std::path::Path;

use crate::{Cancel, ModelError};

/// Writes the file of whisper.cpp for the `model.bin` of `CTranslate2` and its vocabulary, which is a
/// list in JSON or lines of text.
///
/// # Errors
/// `Convert` where the model or its vocabulary is no Whisper model, `File` where it cannot be read
/// or the result not written, `Cancelled`.
pub fn whisper(
    model: &Path,
    vocabulary: &Path,
    output: &Path,
    cancel: &Cancel,
) -> Result<(), ModelError> {
    whisper::convert(model, vocabulary, output, cancel)
}

/// Writes a graph of Kokoro with 8-bit weights as one that computes the same numbers faster.
///
/// # Errors
/// `Convert` where the file is no ONNX graph or has no convolution of 8-bit integers, `File` where it
/// cannot be read or the result not written, `Cancelled`.
pub fn kokoro(model: &Path, output: &Path, cancel: &Cancel) -> Result<(), ModelError> {
    kokoro::convert(model, output, cancel)
}
