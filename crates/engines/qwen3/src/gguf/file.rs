//! An opened GGUF file, and its metadata by keys.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use crate::Qwen3Error;
use crate::weights::{MappedFile, map};

use super::header::Header;
use super::value::{Array, MetadataValue};

/// Elements of an array that is read as a whole; a vocabulary has 155,000.
const MAX_LIST: usize = 1 << 20;

/// The architecture: what a file is of.
pub(super) const ARCHITECTURE: &str = "general.architecture";

/// A mapped file and its header.
#[derive(Debug)]
pub(super) struct GgufFile {
    path: PathBuf,
    map: Arc<Mmap>,
    header: Header,
}

impl GgufFile {
    /// Opens a file; only its header is read.
    ///
    /// # Errors
    /// `File` where it cannot be read; `Checkpoint` where it is not a whole GGUF file.
    pub(super) fn open(path: &Path) -> Result<Self, Qwen3Error> {
        let map = map(path)?;
        match Header::parse(&map) {
            Ok(header) => Ok(Self {
                path: path.to_owned(),
                map: Arc::new(map),
                header,
            }),
            Err(reason) => Err(Qwen3Error::Checkpoint {
                path: path.to_owned(),
                reason,
            }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The length of the file.
    pub(super) fn bytes(&self) -> usize {
        self.map.len()
    }

    pub(super) const fn header(&self) -> &Header {
        &self.header
    }

    /// Its bytes, for tensors.
    pub(super) fn mapped(&self) -> MappedFile {
        MappedFile {
            path: self.path.clone(),
            map: Arc::clone(&self.map),
            start: self.header.start,
        }
    }

    /// An error of this file.
    pub(super) fn error(&self, reason: impl Into<String>) -> Qwen3Error {
        Qwen3Error::Checkpoint {
            path: self.path.clone(),
            reason: reason.into(),
        }
    }

    /// Whether there is such metadata.
    pub(super) fn has(&self, key: &str) -> bool {
        self.header.entries.contains_key(key)
    }

    /// Whether there is such a tensor.
    pub(super) fn has_tensor(&self, tensor: &str) -> bool {
        self.header.tensors.contains_key(tensor)
    }

    /// The dimensions of a tensor, outermost first.
    ///
    /// # Errors
    /// `Tensor` where it is missing or has another number of dimensions.
    pub(super) fn shape<const N: usize>(&self, tensor: &str) -> Result<[usize; N], Qwen3Error> {
        let sizes = self.sizes(tensor)?;
        sizes.try_into().map_err(|_| Qwen3Error::Tensor {
            path: self.path.clone(),
            tensor: tensor.to_owned(),
            reason: format!("has the shape {sizes:?} and should have {N} dimensions"),
        })
    }

    /// The outermost dimension of a tensor.
    ///
    /// # Errors
    /// `Tensor` where it is missing.
    pub(super) fn rows(&self, tensor: &str) -> Result<usize, Qwen3Error> {
        Ok(self.sizes(tensor)?.first().copied().unwrap_or(1))
    }

    fn sizes(&self, tensor: &str) -> Result<&[usize], Qwen3Error> {
        let entry = self.header.tensors.get(tensor);
        let entry = entry.ok_or_else(|| Qwen3Error::Tensor {
            path: self.path.clone(),
            tensor: tensor.to_owned(),
            reason: "is missing".into(),
        })?;
        Ok(entry.dimensions.as_slice())
    }

    /// A string.
    ///
    /// # Errors
    /// `Checkpoint` where it is missing or of another type, as with each of these functions.
    pub(super) fn string(&self, key: &str) -> Result<&str, Qwen3Error> {
        match self.value(key)? {
            MetadataValue::String(range) => self.text(key, range.clone()),
            _ => Err(self.wrong(key, "a string")),
        }
    }

    /// A whole number.
    pub(super) fn u32(&self, key: &str) -> Result<u32, Qwen3Error> {
        whole(self.value(key)?).ok_or_else(|| self.wrong(key, "a whole number"))
    }

    /// A number.
    pub(super) fn f32(&self, key: &str) -> Result<f32, Qwen3Error> {
        match self.value(key)? {
            #[allow(
                clippy::cast_possible_truncation,
                reason = "it was written from an f32"
            )]
            MetadataValue::Float(number) => Ok(*number as f32),
            _ => Err(self.wrong(key, "a number with a fraction")),
        }
    }

    /// A truth value.
    pub(super) fn bool(&self, key: &str) -> Result<bool, Qwen3Error> {
        match self.value(key)? {
            MetadataValue::Bool(value) => Ok(*value),
            _ => Err(self.wrong(key, "a truth value")),
        }
    }

    /// An array of strings.
    pub(super) fn strings(&self, key: &str) -> Result<Vec<&str>, Qwen3Error> {
        self.list(key)?
            .elements(&self.map)
            .map(|element| match element {
                Ok(MetadataValue::String(range)) => self.text(key, range),
                _ => Err(self.wrong(key, "an array of strings")),
            })
            .collect()
    }

    /// An array of whole numbers.
    pub(super) fn numbers(&self, key: &str) -> Result<Vec<u32>, Qwen3Error> {
        self.list(key)?
            .elements(&self.map)
            .map(|element| {
                let number = element.ok().as_ref().and_then(whole);
                number.ok_or_else(|| self.wrong(key, "an array of whole numbers"))
            })
            .collect()
    }

    fn value(&self, key: &str) -> Result<&MetadataValue, Qwen3Error> {
        self.header.entries.get(key).ok_or_else(|| {
            self.error(format!(
                "lacks the metadata {key}; convert the checkpoint again with a current converter"
            ))
        })
    }

    fn list(&self, key: &str) -> Result<&Array, Qwen3Error> {
        match self.value(key)? {
            MetadataValue::Array(array) if array.count <= MAX_LIST => Ok(array),
            MetadataValue::Array(array) => Err(self.error(format!(
                "has {} elements in the metadata {key}; at most {MAX_LIST} are read",
                array.count
            ))),
            _ => Err(self.wrong(key, "an array")),
        }
    }

    fn text(&self, key: &str, range: Range<usize>) -> Result<&str, Qwen3Error> {
        let bytes = self.map.get(range).unwrap_or_default();
        str::from_utf8(bytes).map_err(|_| self.wrong(key, "UTF-8"))
    }

    fn wrong(&self, key: &str, expected: &str) -> Qwen3Error {
        self.error(format!("the metadata {key} is not {expected}"))
    }
}

/// A whole number of any width, where it fits.
fn whole(value: &MetadataValue) -> Option<u32> {
    match value {
        MetadataValue::Unsigned(number) => u32::try_from(*number).ok(),
        MetadataValue::Signed(number) => u32::try_from(*number).ok(),
        _ => None,
    }
}
