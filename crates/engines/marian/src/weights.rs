//! A model's tensors by name: `model.safetensors`, or else `pytorch_model.bin`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::pickle::{PthTensors, TensorInfo};
use candle_core::safetensors::MmapedSafetensors;
use candle_core::{DType, Device, Tensor};

use crate::error::MarianError;

/// The largest `pytorch_model.bin`, in bytes.
const MAX_PICKLE_BYTES: u64 = 8 << 30;

/// The tensors of a model. None is read before it is used.
pub(crate) struct Weights {
    file: PathBuf,
    kind: Kind,
}

enum Kind {
    Safetensors(Box<MmapedSafetensors>),
    Pickle(Box<PthTensors>, HashMap<String, TensorInfo>),
}

impl Weights {
    /// Opens the weights of a model's folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, MarianError> {
        let file = folder.join("model.safetensors");
        if file.exists() {
            // SAFETY: the file is mapped to be read only. A process that changes it meanwhile changes the
            // numbers, as with every program that maps its models; no reference to its bytes
            // outlives a call.
            #[allow(unsafe_code)]
            let tensors = unsafe { MmapedSafetensors::new(&file) };
            let tensors =
                tensors.map_err(|error| MarianError::damaged(&file, message(&error, folder)))?;
            let kind = Kind::Safetensors(Box::new(tensors));
            return Ok(Self { file, kind });
        }
        let file = folder.join("pytorch_model.bin");
        let size = std::fs::metadata(&file).map_err(|error| MarianError::Unreadable {
            file: folder.join("model.safetensors"),
            reason: format!("neither it nor pytorch_model.bin is there ({error})"),
        })?;
        if size.len() > MAX_PICKLE_BYTES {
            return Err(MarianError::damaged(&file, "it is far too large"));
        }
        let tensors = PthTensors::new(&file, None);
        let tensors =
            tensors.map_err(|error| MarianError::damaged(&file, message(&error, folder)))?;
        let infos = tensors.tensor_infos().clone();
        let kind = Kind::Pickle(Box::new(tensors), infos);
        Ok(Self { file, kind })
    }

    /// The first of these names that is there, as f32 of this shape.
    pub(crate) fn first(&self, names: &[&str], shape: &[usize]) -> Result<Tensor, MarianError> {
        let name = names
            .iter()
            .find(|name| self.shape(name).is_some())
            .unwrap_or(&names[0]);
        self.get(name, shape)
    }

    /// The tensor of this name, as f32 of this shape.
    pub(crate) fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, MarianError> {
        let damaged =
            |reason: String| MarianError::damaged(&self.file, format!("{name}: {reason}"));
        // Looked at before anything is read: a damaged shape must not allocate all memory.
        let found = self
            .shape(name)
            .ok_or_else(|| damaged("is missing".into()))?;
        if found != shape {
            return Err(damaged(format!(
                "has the shape {found:?} and not {shape:?}"
            )));
        }
        let tensor = match &self.kind {
            Kind::Safetensors(tensors) => tensors.load(name, &Device::Cpu),
            Kind::Pickle(tensors, _) => tensors
                .get(name)
                .and_then(|tensor| tensor.ok_or_else(|| candle_core::Error::Msg("is gone".into()))),
        };
        let tensor = tensor.and_then(|tensor| tensor.to_dtype(DType::F32)?.contiguous());
        tensor.map_err(|error| damaged(message(&error, self.file.parent().unwrap_or(&self.file))))
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        match &self.kind {
            Kind::Safetensors(tensors) => Some(tensors.get(name).ok()?.shape().to_vec()),
            Kind::Pickle(_, infos) => Some(infos.get(name)?.layout.shape().dims().to_vec()),
        }
    }

    /// A part of the model whose tensors' names begin so.
    pub(crate) fn part(&self, prefix: impl Into<String>) -> Part<'_> {
        let prefix = prefix.into();
        Part {
            weights: self,
            prefix,
        }
    }
}

/// The message of a library about a file of this folder, without its path and backtrace.
fn message(error: &candle_core::Error, folder: &Path) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.replace(&*folder.to_string_lossy(), "")
}

/// Tensors whose names begin alike.
pub(crate) struct Part<'a> {
    weights: &'a Weights,
    prefix: String,
}

impl Part<'_> {
    pub(crate) fn part(&self, name: &str) -> Part<'_> {
        self.weights.part(format!("{}.{name}", self.prefix))
    }

    pub(crate) fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, MarianError> {
        self.weights.get(&format!("{}.{name}", self.prefix), shape)
    }
}
