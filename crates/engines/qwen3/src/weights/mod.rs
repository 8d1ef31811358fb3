//! Tensors by name, in files that are mapped and not read: only what is touched is loaded.

mod loader;
mod packed;
mod tensor;

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::SafeTensors;
use safetensors::tensor::TensorInfo;
use serde::Deserialize;

use crate::Qwen3Error;

pub use loader::{Loader, OnMatrix};
pub use packed::{Packed, PackedWriter};
pub use tensor::Tensor;

/// The file of a checkpoint that is not sharded.
const SINGLE: &str = "model.safetensors";

/// The index of one that is sharded.
const INDEX: &str = "model.safetensors.index.json";

/// The tensors of a folder: one safetensors file, or several with an index.
#[derive(Debug)]
pub struct Weights {
    files: Vec<MappedFile>,
    /// Which file holds a tensor, and where.
    locations: HashMap<String, (usize, TensorInfo)>,
}

#[derive(Debug)]
struct MappedFile {
    path: PathBuf,
    map: Mmap,
    /// Where the tensors' bytes begin.
    start: usize,
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
        let mut weights = Self {
            files: Vec::new(),
            locations: HashMap::new(),
        };
        for path in paths {
            let map = map(&path)?;
            let (header, metadata) =
                SafeTensors::read_metadata(&map).map_err(|error| Qwen3Error::Checkpoint {
                    path: path.clone(),
                    reason: format!("is not a whole safetensors file: {error}"),
                })?;
            let start = header + 8;
            for (name, info) in metadata.tensors() {
                weights
                    .locations
                    .insert(name, (weights.files.len(), info.clone()));
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
            weights.files.push(MappedFile { path, map, start });
        }
        Ok(weights)
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
    /// `Tensor` where it is missing, has another shape, or a type other than F32, BF16 and F16.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor<'_>, Qwen3Error> {
        let tensor = self.any(name)?;
        if tensor.shape() == shape {
            return Ok(tensor);
        }
        Err(self.wrong(
            name,
            format!(
                "has the shape {:?} and should have {shape:?}",
                tensor.shape()
            ),
        ))
    }

    /// The tensor of this name, whatever its shape.
    ///
    /// # Errors
    /// `Tensor` where it is missing or has a type other than F32, BF16 and F16.
    pub fn any(&self, name: &str) -> Result<Tensor<'_>, Qwen3Error> {
        let Some((file, info)) = self.locations.get(name) else {
            return Err(self.wrong(name, "is missing".into()));
        };
        let MappedFile { map, start, .. } = &self.files[*file];
        let (from, to) = info.data_offsets;
        let bytes = map
            .get(start + from..start + to)
            .ok_or_else(|| self.wrong(name, "lies outside its file".into()))?;
        Tensor::new(info.dtype, &info.shape, bytes).map_err(|reason| self.wrong(name, reason))
    }

    /// The same as numbers, in row-major order.
    ///
    /// # Errors
    /// As [`Weights::tensor`].
    pub fn vector(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Qwen3Error> {
        Ok(self.tensor(name, shape)?.to_vec())
    }

    pub(crate) fn wrong(&self, tensor: &str, reason: String) -> Qwen3Error {
        let file = self.locations.get(tensor).map_or(0, |(file, _)| *file);
        Qwen3Error::Tensor {
            path: self.files[file].path.clone(),
            tensor: tensor.to_owned(),
            reason,
        }
    }
}

/// Maps a file into memory.
pub(crate) fn map(path: &Path) -> Result<Mmap, Qwen3Error> {
    let failed = |source| Qwen3Error::File {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    // SAFETY: the map is only read. Truncating a model's file while it is in use can end the
    // process by SIGBUS, as with every program that maps its data; the docs state that.
    #[allow(
        unsafe_code,
        reason = "mapping is how a file of gigabytes is opened at once"
    )]
    unsafe { Mmap::map(&file) }.map_err(failed)
}
