//! A model's file, checked before the library reads it.
//!
//! The library believes what a file says: a wrong number in it ends the process by an assertion or
//! a C++ exception. So everything that it relies on is looked at here first. Weights are skipped,
//! so that the check of a file of gigabytes reads some kilobytes of headers and the vocabulary.
//!
//! The format is that of whisper.cpp's `convert-pt-to-ggml.py`: magic, eleven hyperparameters, the mel
//! filters, the vocabulary, and then each tensor with its own header. Numbers are little-endian.

mod error;
mod hyperparameters;
mod reader;
mod tensors;

pub use error::FileError;
pub(crate) use hyperparameters::Hyperparameters;

use std::collections::HashMap;
use std::path::Path;

use reader::Reader;
use tensors::{Kind, expected};

/// `ggml` in the order in which the bytes are read.
const MAGIC: u32 = 0x6767_6d6c;
/// `GGUF`, the format that other programs of the same family use.
const GGUF: u32 = 0x4655_4747;

/// Bins of the spectrum of 400 samples.
const FFT_BINS: i32 = 201;
/// The longest word of a vocabulary, in bytes; real ones end below 200.
const MAX_WORD: u32 = 1_024;
/// The longest name of a tensor, in bytes.
const MAX_NAME: i32 = 128;

/// Reads all headers of a model's file.
///
/// # Errors
/// The first thing in it that the library would not survive, or not understand.
pub(crate) fn check(path: &Path) -> Result<Hyperparameters, FileError> {
    let mut reader = Reader::open(path)?;
    match reader.u32("magic")? {
        MAGIC => {}
        GGUF => return Err(FileError::Gguf),
        _ => return Err(FileError::NotGgml),
    }
    let hyperparameters = Hyperparameters::read(&mut reader)?;
    filters(&mut reader, &hyperparameters)?;
    vocabulary(&mut reader, &hyperparameters)?;
    weights(&mut reader, &hyperparameters)?;
    Ok(hyperparameters)
}

fn filters(reader: &mut Reader, hyperparameters: &Hyperparameters) -> Result<(), FileError> {
    let (mels, bins) = (reader.i32("mel filters")?, reader.i32("mel filters")?);
    if mels != hyperparameters.mels || bins != FFT_BINS {
        return Err(FileError::Filters { mels, bins });
    }
    let size = u64::from(mels.unsigned_abs()) * u64::from(bins.unsigned_abs()) * 4;
    reader.skip(size, "mel filters")
}

/// Whether the vocabulary has as many words as it may and those that are looked up by their text.
fn vocabulary(reader: &mut Reader, hyperparameters: &Hyperparameters) -> Result<(), FileError> {
    let words = reader.i32("vocabulary")?;
    if words < 1 || words > hyperparameters.vocabulary {
        return Err(FileError::Vocabulary(words));
    }
    let mut space = false;
    for _ in 0..words {
        let length = reader.u32("vocabulary")?;
        if length > MAX_WORD {
            return Err(FileError::Word(length));
        }
        let word = reader.bytes(length as usize, "vocabulary")?;
        space |= word == b" ";
    }
    if space {
        Ok(())
    } else {
        Err(FileError::NoSpace)
    }
}

fn weights(reader: &mut Reader, hyperparameters: &Hyperparameters) -> Result<(), FileError> {
    let mut missing: HashMap<String, _> = expected(hyperparameters).into_iter().collect();
    while !reader.at_end() {
        let dimensions = reader.i32("a tensor's header")?;
        let length = reader.i32("a tensor's header")?;
        let kind = reader.i32("a tensor's header")?;
        if !(1..=3).contains(&dimensions) || !(1..=MAX_NAME).contains(&length) {
            return Err(FileError::Header);
        }
        let mut shape = [1_i64; 3];
        for side in shape.iter_mut().take(dimensions.unsigned_abs() as usize) {
            *side = i64::from(reader.i32("a tensor's header")?);
        }
        let name = reader.bytes(length.unsigned_abs() as usize, "a tensor's name")?;
        let name = String::from_utf8(name).map_err(|_| FileError::Header)?;
        let Some(wanted) = missing.remove(&name) else {
            return Err(FileError::Unknown(printable(&name)));
        };
        if shape != wanted.shape {
            let expected = wanted.shape;
            return Err(FileError::Shape {
                name,
                shape,
                expected,
            });
        }
        let found = Kind::of_tensor(kind).filter(|kind| *kind == wanted.kind);
        let size = found.and_then(|kind| kind.bytes(shape));
        let Some(size) = size else {
            return Err(FileError::Format { name, kind });
        };
        reader.skip(size, &name)?;
    }
    match missing.into_keys().min() {
        Some(name) => Err(FileError::Missing(name)),
        None => Ok(()),
    }
}

/// A name out of a file of unknown origin, fit for a message.
fn printable(name: &str) -> String {
    name.chars().filter(char::is_ascii_graphic).collect()
}
