//! Tensors by name, in a safetensors file.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize_to_file};

use crate::Qwen3Error;

/// Tensors of f32 and i64, little-endian and row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tensors(BTreeMap<String, StoredTensor>);

#[derive(Clone, Debug, PartialEq)]
struct StoredTensor {
    whole: bool,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensors {
    /// Adds numbers.
    ///
    /// # Panics
    /// Where they do not make the shape.
    pub fn put(&mut self, name: impl Into<String>, shape: &[usize], numbers: &[f32]) {
        assert_eq!(numbers.len(), shape.iter().product::<usize>());
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
        self.insert(name.into(), false, shape, bytes.collect());
    }

    /// Adds whole numbers.
    ///
    /// # Panics
    /// Where they do not make the shape.
    pub fn put_integers(&mut self, name: impl Into<String>, shape: &[usize], numbers: &[i64]) {
        assert_eq!(numbers.len(), shape.iter().product::<usize>());
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
        self.insert(name.into(), true, shape, bytes.collect());
    }

    fn insert(&mut self, name: String, whole: bool, shape: &[usize], bytes: Vec<u8>) {
        let shape = shape.to_vec();
        self.0.insert(
            name,
            StoredTensor {
                whole,
                shape,
                bytes,
            },
        );
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The shape and numbers of a tensor; None where there is none of f32.
    pub fn numbers(&self, name: &str) -> Option<(&[usize], Vec<f32>)> {
        let tensor = self.0.get(name).filter(|tensor| !tensor.whole)?;
        let (words, _) = tensor.bytes.as_chunks::<4>();
        let numbers = words.iter().map(|word| f32::from_le_bytes(*word)).collect();
        Some((&tensor.shape, numbers))
    }

    /// The shape and whole numbers of a tensor; None where there is none of i64.
    pub fn integers(&self, name: &str) -> Option<(&[usize], Vec<i64>)> {
        let tensor = self.0.get(name).filter(|tensor| tensor.whole)?;
        let (words, _) = tensor.bytes.as_chunks::<8>();
        let numbers = words.iter().map(|word| i64::from_le_bytes(*word)).collect();
        Some((&tensor.shape, numbers))
    }

    /// Reads a file; tensors of other types are left out.
    ///
    /// # Errors
    /// `File` where it cannot be read, `Checkpoint` where it is no safetensors file.
    pub fn load(path: &Path) -> Result<Self, Qwen3Error> {
        let bytes = std::fs::read(path).map_err(|source| Qwen3Error::File {
            path: path.to_owned(),
            source,
        })?;
        let file = SafeTensors::deserialize(&bytes).map_err(|error| Qwen3Error::Checkpoint {
            path: path.to_owned(),
            reason: format!("is not a safetensors file: {error}"),
        })?;
        let mut tensors = Self::default();
        for (name, view) in file.iter() {
            let whole = match view.dtype() {
                Dtype::F32 => false,
                Dtype::I64 => true,
                _ => continue,
            };
            tensors.insert(name.into(), whole, view.shape(), view.data().to_vec());
        }
        Ok(tensors)
    }

    /// Writes a file.
    ///
    /// # Errors
    /// `File` where it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Qwen3Error> {
        let failed = |error: safetensors::SafeTensorError| Qwen3Error::File {
            path: path.to_owned(),
            source: std::io::Error::other(error),
        };
        let mut views = Vec::new();
        for (name, tensor) in &self.0 {
            let dtype = if tensor.whole { Dtype::I64 } else { Dtype::F32 };
            let view = TensorView::new(dtype, tensor.shape.clone(), &tensor.bytes);
            views.push((name, view.map_err(failed)?));
        }
        serialize_to_file(views, None, path).map_err(failed)
    }
}
