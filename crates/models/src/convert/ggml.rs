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
}

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
        match (from, to) {
            (DataType::F16, Format::F16) | (DataType::F32, Format::F32) => self.write(block),
            (DataType::F16, Format::F32) => {
                let (values, _) = block.as_chunks::<2>();
                values.iter().try_for_each(|bytes| {
                    self.write(&f16::from_le_bytes(*bytes).to_f32().to_le_bytes())
                })
            }
            (_, _) => {
                let (values, _) = block.as_chunks::<4>();
                values.iter().try_for_each(|bytes| {
                    let value = f16::from_f32(f32::from_le_bytes(*bytes));
                    self.write(&value.to_le_bytes())
                })
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
