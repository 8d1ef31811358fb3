//! Tensors by name, in files that are mapped and not read: only what is touched is loaded.

mod loader;
mod mapped;
mod packed;
mod tensor;
mod tensor_type;

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use crate::Qwen3Error;

pub use loader::{Loader, OnMatrix};
pub(crate) use mapped::{MappedFile, map};
pub use packed::{Packed, PackedWriter};
pub use tensor::Tensor;
pub(crate) use tensor::{Dimensions, MAX_DIMENSIONS};
pub use tensor_type::TensorType;

/// The file of a checkpoint that is not sharded.
const SINGLE: &str = "model.safetensors";

/// The index of one that is sharded.
const INDEX: &str = "model.safetensors.index.json";

/// The tensors of a checkpoint, or of its codec, by their official names.
#[derive(Debug, Default)]
pub struct Weights {
    files: Vec<MappedFile>,
    /// Which file holds a tensor, and where.
    locations: HashMap<String, Location>,
    folded: Folded,
    /// Whether dimensions of 1 may be left out or added, as programs of ggml do.
    loose_dimensions: bool,
}

/// A tensor in one of several files.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    /// Its name in the file, where that is not the official one.
    pub(crate) name: Option<String>,
    /// The number of its file.
    pub(crate) file: usize,
    /// Its format, or the name of one that is not read.
    pub(crate) element: Result<TensorType, String>,
    /// Its dimensions; None where there are more than are read.
    pub(crate) dimensions: Option<Dimensions>,
    /// Its bytes, from the beginning of the file.
    pub(crate) bytes: Range<usize>,
}

/// What was computed when the file was written, so that it is not computed again. Official
/// checkpoints have nothing folded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// The tensors of the sums of codebooks hold the sums divided by the usage, which is absent.
    pub codebooks: bool,
    /// The tensors of `SnakeBeta` hold α and 1 / β, not their logarithms.
    pub snakes: bool,
    /// The text embedding is as wide as the talker: its projection, which is absent, was applied.
    pub text_projection: bool,
}

#[derive(Deserialize)]
struct Index {
    weight_map: HashMap<String, String>,
}

impl Weights {
    /// Opens `model.safetensors`, or the shards named by `model.safetensors.index.json`.
    ///
    /// # Errors
    /// `File` where one cannot be opened; `Checkpoint` where one is not a whole safetensors file;
    /// `Tensor` where the index names a tensor that its shard lacks.
    pub fn open(folder: &Path) -> Result<Self, Qwen3Error> {
        let index = folder.join(INDEX);
        if folder.join(SINGLE).exists() || !index.exists() {
            return Self::open_files(vec![folder.join(SINGLE)]);
        }
        let text = std::fs::read(&index).map_err(|source| Qwen3Error::File {
            path: index.clone(),
            source,
        })?;
        let Index { weight_map } =
            serde_json::from_slice(&text).map_err(|error| Qwen3Error::Checkpoint {
                path: index.clone(),
                reason: format!("is not an index of shards: {error}"),
            })?;
        let mut names: Vec<_> = weight_map.values().cloned().collect();
        names.sort_unstable();
        names.dedup();
        // A name from an untrusted file must not lead out of the folder.
        if let Some(odd) = names
            .iter()
            .find(|name| Path::new(name).file_name() != Some(name.as_ref()))
        {
            return Err(Qwen3Error::Checkpoint {
                path: index,
                reason: format!("names the shard {odd:?}, which is not a plain file name"),
            });
        }
        let weights = Self::open_files(names.iter().map(|name| folder.join(name)).collect())?;
        match weight_map
            .iter()
            .find(|(tensor, _)| !weights.locations.contains_key(*tensor))
        {
            Some((tensor, shard)) => Err(Qwen3Error::Tensor {
                path: folder.join(shard),
                tensor: tensor.clone(),
                reason: "is named by the index and is missing".into(),
            }),
            None => Ok(weights),
        }
    }

    /// Opens these files.
    ///
    /// # Errors
    /// As [`Weights::open`].
    pub fn open_files(paths: Vec<PathBuf>) -> Result<Self, Qwen3Error> {
        let mut weights = Self::default();
        for path in paths {
            let map = map(&path)?;
            let (header, metadata) =
                SafeTensors::read_metadata(&map).map_err(|error| Qwen3Error::Checkpoint {
                    path: path.clone(),
                    reason: format!("is not a whole safetensors file: {error}"),
                })?;
            let start = header + 8;
            for (name, info) in metadata.tensors() {
                let (from, to) = info.data_offsets;
                let location = Location {
                    name: None,
                    file: weights.files.len(),
                    element: element_of(info.dtype),
                    dimensions: Dimensions::new(&info.shape),
                    bytes: start + from..start + to,
                };
                weights.locations.insert(name, location);
            }
            let bytes = map.len() - start;
            if metadata.data_len() != bytes {
                return Err(Qwen3Error::Checkpoint {
                    path,
                    reason: format!(
                        "holds {bytes} bytes of tensors and its header states {}; download it again",
                        metadata.data_len()
                    ),
                });
            }
            let map = Arc::new(map);
            weights.files.push(MappedFile { path, map, start });
        }
        Ok(weights)
    }

    /// Tensors of other files, by their official names. Dimensions of 1 may be left out there.
    pub(crate) const fn of(
        files: Vec<MappedFile>,
        locations: HashMap<String, Location>,
        folded: Folded,
    ) -> Self {
        Self {
            files,
            locations,
            folded,
            loose_dimensions: true,
        }
    }

    /// What was computed when the files were written.
    pub const fn folded(&self) -> Folded {
        self.folded
    }

    /// The files' bytes, and how many of each are its header.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&[u8], usize)> {
        self.files.iter().map(|file| (&file.map[..], file.start))
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.locations.contains_key(name)
    }

    /// The names of all tensors, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.locations.keys().map(String::as_str)
    }

    /// The tensor of this name and shape.
    ///
    /// # Errors
    /// `Tensor` where it is missing, has another shape, or a format that is not read.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor<'_>, Qwen3Error> {
        let (location, dimensions) = self.location(name)?;
        if dimensions.as_slice() == shape {
            return self.view(name, location, dimensions);
        }
        if self.loose_dimensions
            && dimensions.equal_but_for_ones(shape)
            && let Some(dimensions) = Dimensions::new(shape)
        {
            return self.view(name, location, dimensions);
        }
        Err(self.wrong(
            name,
            format!(
                "has the shape {:?} and should have {shape:?}",
                dimensions.as_slice()
            ),
        ))
    }

    /// The tensor of this name, whatever its shape.
    ///
    /// # Errors
    /// `Tensor` where it is missing, has more than four dimensions, or a format that is not read.
    pub fn any(&self, name: &str) -> Result<Tensor<'_>, Qwen3Error> {
        let (location, dimensions) = self.location(name)?;
        self.view(name, location, dimensions)
    }

    fn location(&self, name: &str) -> Result<(&Location, Dimensions), Qwen3Error> {
        let Some(location) = self.locations.get(name) else {
            return Err(self.wrong(name, "is missing".into()));
        };
        let dimensions = location
            .dimensions
            .ok_or_else(|| self.wrong(name, "has more than four dimensions".into()))?;
        Ok((location, dimensions))
    }

    fn view(
        &self,
        name: &str,
        location: &Location,
        dimensions: Dimensions,
    ) -> Result<Tensor<'_>, Qwen3Error> {
        let element = location.element.as_ref().map_err(|format| {
            self.wrong(
                name,
                format!(
                    "is of type {format}; {} are read: convert the checkpoint to one of these",
                    TensorType::NAMES
                ),
            )
        })?;
        let bytes = self
            .files
            .get(location.file)
            .and_then(|file| file.map.get(location.bytes.clone()))
            .ok_or_else(|| self.wrong(name, "lies outside its file".into()))?;
        Tensor::new(*element, dimensions, bytes).map_err(|reason| self.wrong(name, reason))
    }

    /// The same as numbers, in row-major order.
    ///
    /// # Errors
    /// As [`Weights::tensor`].
    pub fn vector(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Qwen3Error> {
        Ok(self.tensor(name, shape)?.to_vec())
    }

    /// An error of a tensor. Its file is the one that has it, else the first one.
    pub(crate) fn wrong(&self, tensor: &str, reason: String) -> Qwen3Error {
        let location = self.locations.get(tensor);
        let file = self.files.get(location.map_or(0, |own| own.file));
        let own = location.and_then(|own| own.name.as_ref());
        Qwen3Error::Tensor {
            path: file.map(|file| file.path.clone()).unwrap_or_default(),
            tensor: own.map_or_else(|| tensor.to_owned(), |own| format!("{own} ({tensor})")),
            reason,
        }
    }
}

/// The format of a safetensors file's numbers, or the name of one that is not read.
fn element_of(dtype: Dtype) -> Result<TensorType, String> {
    match dtype {
        Dtype::F32 => Ok(TensorType::F32),
        Dtype::BF16 => Ok(TensorType::Bf16),
        Dtype::F16 => Ok(TensorType::F16),
        other => Err(format!("{other:?}")),
    }
}
