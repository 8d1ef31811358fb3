//! Writes the file of whisper.cpp: magic, eleven numbers, the mel filters, the vocabulary, and each
//! tensor with its own header. Numbers are little-endian.
//!
//! Reference: `models/convert-pt-to-ggml.py` of whisper.cpp describes the format.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use half::f16;

use crate::error::failed;
use crate::{Cancel, ModelError};

use super::Copy;
use super::ctranslate2::{Checkpoint, DataType};

/// `ggml` in the order in which the bytes are read.
const MAGIC: u32 = 0x6767_6d6c;

/// Values that are copied at once.
const BLOCK_VALUES: usize = 1 << 18;

/// The format of a tensor, by ggml's number of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    F32 = 0,
    F16 = 1,
    /// Blocks of 32 values of a row: a 16-bit float and 32 signed bytes, which are multiples of it.
    Q8_0 = 8,
}

/// Values of a block of [`Format::Q8_0`].
pub(super) const QUANTIZED_VALUES: usize = 32;

/// What the head says of a file whose matrices are `Q8_0`: the second version of ggml's quantized
/// formats, and its number of this one.
pub(super) const QUANTIZED: usize = 2_007;

pub(super) struct Writer<'a> {
    path: PathBuf,
    out: BufWriter<File>,
    cancel: &'a Cancel,
}

impl<'a> Writer<'a> {
    pub(super) fn new(path: &Path, out: BufWriter<File>, cancel: &'a Cancel) -> Self {
        Self {
            path: path.to_owned(),
            out,
            cancel,
        }
    }

    pub(super) fn head(&mut self, numbers: &[usize]) -> Result<(), ModelError> {
        self.write(&MAGIC.to_le_bytes())?;
        numbers.iter().try_for_each(|number| self.number(*number))
    }

    pub(super) fn filters(
        &mut self,
        filters: &[f32],
        mels: usize,
        bins: usize,
    ) -> Result<(), ModelError> {
        self.number(mels)?;
        self.number(bins)?;
        filters
            .iter()
            .try_for_each(|value| self.write(&value.to_le_bytes()))
    }

    pub(super) fn words(&mut self, words: &[Vec<u8>]) -> Result<(), ModelError> {
        self.number(words.len())?;
        for word in words {
            self.number(word.len())?;
            self.write(word)?;
        }
        Ok(())
    }

    /// A tensor that is copied, in blocks.
    pub(super) fn tensor(
        &mut self,
        checkpoint: &mut Checkpoint,
        copy: &Copy,
    ) -> Result<(), ModelError> {
        let data_type = checkpoint.data_type(&copy.source)?;
        if !matches!(data_type, DataType::F16 | DataType::F32) {
            return Err(checkpoint.error(format!("{} is quantized", copy.source)));
        }
        if let Some((first, count)) = copy.zeros {
            let mut zeros = vec![0; count * data_type.bytes()];
            checkpoint.read(&copy.source, first, &mut zeros)?;
            if zeros.iter().any(|byte| *byte != 0) {
                return Err(checkpoint.error(format!("{} has a bias of keys", copy.source)));
            }
        }
        self.number(copy.shape.len())?;
        self.number(copy.name.len())?;
        self.number(copy.format as usize)?;
        for side in copy.shape.iter().rev() {
            self.number(*side)?;
        }
        self.write(copy.name.as_bytes())?;
        let values: usize = copy.shape.iter().product();
        let mut block = Vec::new();
        let mut done = 0;
        while done < values {
            if self.cancel.is_cancelled() {
                return Err(ModelError::Cancelled);
            }
            let count = BLOCK_VALUES.min(values - done);
            block.resize(count * data_type.bytes(), 0);
            checkpoint.read(&copy.source, copy.offset + done, &mut block)?;
            self.values(&block, data_type, copy.format)?;
            done += count;
        }
        Ok(())
    }

    fn values(&mut self, block: &[u8], from: DataType, to: Format) -> Result<(), ModelError> {
        if matches!(
            (from, to),
            (DataType::F16, Format::F16) | (DataType::F32, Format::F32)
        ) {
            return self.write(block);
        }
        let values: Vec<f32> = match from {
            DataType::F16 => {
                let (values, _) = block.as_chunks::<2>();
                let values = values
                    .iter()
                    .map(|bytes| f16::from_le_bytes(*bytes).to_f32());
                values.collect()
            }
            _ => {
                let (values, _) = block.as_chunks::<4>();
                values
                    .iter()
                    .map(|bytes| f32::from_le_bytes(*bytes))
                    .collect()
            }
        };
        match to {
            Format::F32 => values
                .iter()
                .try_for_each(|value| self.write(&value.to_le_bytes())),
            Format::F16 => values
                .iter()
                .try_for_each(|value| self.write(&f16::from_f32(*value).to_le_bytes())),
            Format::Q8_0 => {
                let (blocks, _) = values.as_chunks::<QUANTIZED_VALUES>();
                blocks
                    .iter()
                    .try_for_each(|block| self.write(&quantized(block)))
            }
        }
    }

    /// Writes all to the disk.
    pub(super) fn finish(self) -> Result<(), ModelError> {
        let path = self.path;
        let finish = || -> io::Result<()> {
            let file = self
                .out
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?;
            file.sync_all()
        };
        finish().map_err(|source| failed(&path, source))
    }

    fn number(&mut self, number: usize) -> Result<(), ModelError> {
        let number = i32::try_from(number).map_err(|_| ModelError::Convert {
            what: self.path.display().to_string(),
            reason: format!("{number} is too large for the format"),
        })?;
        self.write(&number.to_le_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        let written = self.out.write_all(bytes);
        written.map_err(|source| failed(&self.path, source))
    }
}

/// A block of [`Format::Q8_0`].
fn quantized(values: &[f32; QUANTIZED_VALUES]) -> [u8; QUANTIZED_VALUES + 2] {
    let largest = values
        .iter()
        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = largest / f32::from(i8::MAX);
    let inverse = if scale > 0.0 { scale.recip() } else { 0.0 };
    let mut block = [0; QUANTIZED_VALUES + 2];
    let (head, rest) = block.split_at_mut(2);
    head.copy_from_slice(&f16::from_f32(scale).to_le_bytes());
    for (byte, value) in rest.iter_mut().zip(values) {
        *byte = ((value * inverse).round() as i8).cast_unsigned();
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantized_values_are_within_half_a_step() {
        let values: [f32; QUANTIZED_VALUES] = std::array::from_fn(|i| (i as f32 - 9.5) * 0.37);
        let block = quantized(&values);
        let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
        for (byte, value) in block[2..].iter().zip(values) {
            let back = f32::from(byte.cast_signed()) * scale;
            // The scale is rounded as well.
            assert!(
                (back - value).abs() <= 0.51 * scale + value.abs() / 2_000.0,
                "{back} {value}"
            );
        }
        assert_eq!(
            quantized(&[0.0; QUANTIZED_VALUES]),
            [0; QUANTIZED_VALUES + 2]
        );
    }
}
