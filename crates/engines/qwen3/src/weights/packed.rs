//! A file of packed matrices: a safetensors file whose tensors are bytes, each beginning at a
//! multiple of 64, so that it can be mapped and used directly.
//!
//! The header's metadata names the layout and the checkpoint; a file of another one is no error but
//! is written again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;
use safetensors::SafeTensors;
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

use crate::Qwen3Error;
use crate::kernels::{Matrix, PackedBytes, Precision, Shape};

/// The version of the layout of panels and blocks.
const LAYOUT_VERSION: &str = "1";

/// Where tensors begin; also the unit in which they are long.
const ALIGNMENT: usize = 64;

/// Matrices that were packed before.
#[derive(Debug)]
pub struct Packed {
    path: PathBuf,
    map: Arc<Mmap>,
    /// Where a matrix is in the file, and its format.
    locations: BTreeMap<String, (usize, usize, String)>,
}

impl Packed {
    /// Opens a file of packed matrices. None where there is none, or where it was made from
    /// another checkpoint or by another layout.
    ///
    /// # Errors
    /// `File` where it cannot be read; `Checkpoint` where it is damaged.
    pub fn open(path: &Path, identity: &str) -> Result<Option<Self>, Qwen3Error> {
        if !path.exists() {
            return Ok(None);
        }
        let map = super::map(path)?;
        let damaged = |reason: String| Qwen3Error::Checkpoint {
            path: path.to_owned(),
            reason: format!("is damaged: {reason}; delete it, and it is written again"),
        };
        let (header, metadata) =
            SafeTensors::read_metadata(&map).map_err(|error| damaged(error.to_string()))?;
        let start = header + 8;
        if map.len() - start != metadata.data_len() {
            return Err(damaged("it is cut short".into()));
        }
        let entries = metadata.metadata().clone().unwrap_or_default();
        let is = |key: &str, value: &str| entries.get(key).is_some_and(|found| found == value);
        if !is("layout", LAYOUT_VERSION) || !is("checkpoint", identity) {
            return Ok(None);
        }
        let locations = metadata
            .tensors()
            .into_iter()
            .map(|(name, info)| {
                let (from, to) = info.data_offsets;
                let precision = entries.get(&format!("precision:{name}")).cloned();
                let location = (start + from, start + to, precision.unwrap_or_default());
                (name, location)
            })
            .collect();
        Ok(Some(Self {
            path: path.to_owned(),
            map: Arc::new(map),
            locations,
        }))
    }

    /// The matrix of this name.
    ///
    /// # Errors
    /// `Tensor` where it is missing or is not of this format and shape.
    pub fn matrix(
        &self,
        name: &str,
        precision: Precision,
        shape: Shape,
    ) -> Result<Matrix, Qwen3Error> {
        let wrong = |reason: &str| Qwen3Error::Tensor {
            path: self.path.clone(),
            tensor: name.to_owned(),
            reason: format!("{reason}; delete the file, and it is written again"),
        };
        let Some((from, to, format)) = self.locations.get(name) else {
            return Err(wrong("is missing"));
        };
        if format != precision.as_str() {
            return Err(wrong("has another format"));
        }
        PackedBytes::from_map(&self.map, *from..*to)
            .and_then(|memory| Matrix::from_packed(precision, shape, memory))
            .ok_or_else(|| wrong("has another size"))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Prefaults the mapping, so that the first prompt is as fast as the next. Where the system
    /// cannot, pages are loaded on access.
    pub fn prefetch(&self) {
        #[cfg(target_os = "linux")]
        if self.map.advise(memmap2::Advice::PopulateRead).is_ok() {
            return;
        }
        #[cfg(unix)]
        let _ = self.map.advise(memmap2::Advice::WillNeed);
    }
}

/// Writes matrices one by one, in bounded memory. The file appears under its name only when it is
/// complete.
#[derive(Debug)]
pub struct PackedWriter {
    path: PathBuf,
    /// The matrices, in a file without a name; the header is written at the end.
    body: BufWriter<File>,
    length: usize,
    tensors: Map<String, Value>,
    metadata: Map<String, Value>,
}

impl PackedWriter {
    /// Begins a file for the checkpoint of this identity.
    ///
    /// # Errors
    /// `File` where the folder cannot be written.
    pub fn create(path: &Path, identity: &str) -> Result<Self, Qwen3Error> {
        let file = tempfile::tempfile_in(folder(path)).map_err(|source| Qwen3Error::File {
            path: path.to_owned(),
            source,
        })?;
        let metadata = [("layout", LAYOUT_VERSION), ("checkpoint", identity)]
            .map(|(key, value)| (key.to_owned(), json!(value)));
        Ok(Self {
            path: path.to_owned(),
            body: BufWriter::new(file),
            length: 0,
            tensors: Map::new(),
            metadata: metadata.into_iter().collect(),
        })
    }

    /// Adds a matrix.
    ///
    /// # Errors
    /// `File` where it cannot be written.
    pub fn add(&mut self, name: &str, matrix: &Matrix) -> Result<(), Qwen3Error> {
        let bytes = matrix.packed_bytes().bytes();
        debug_assert!(bytes.len().is_multiple_of(ALIGNMENT));
        self.body.write_all(bytes).map_err(self.failed())?;
        let to = self.length + bytes.len();
        let location =
            json!({"dtype": "U8", "shape": [bytes.len()], "data_offsets": [self.length, to]});
        self.tensors.insert(name.to_owned(), location);
        let precision = json!(matrix.precision().as_str());
        self.metadata.insert(format!("precision:{name}"), precision);
        self.length = to;
        Ok(())
    }

    /// Writes header and matrices, and renames the file.
    ///
    /// # Errors
    /// `File` where it cannot be written.
    pub fn finish(self) -> Result<(), Qwen3Error> {
        let failed = self.failed();
        let write = || {
            let mut header = self.tensors.clone();
            header.insert("__metadata__".into(), Value::Object(self.metadata.clone()));
            let mut header = serde_json::to_vec(&header)?;
            // Spaces are part of the format: the tensors begin at a whole line.
            header.resize((header.len() + 8).next_multiple_of(ALIGNMENT) - 8, b' ');
            let mut file = whole_file(&self.path)?;
            file.write_all(&(header.len() as u64).to_le_bytes())?;
            file.write_all(&header)?;
            let mut bytes = self.body.into_inner().map_err(std::io::Error::from)?;
            bytes.seek(SeekFrom::Start(0))?;
            std::io::copy(&mut bytes, &mut file)?;
            file.as_file().sync_all()?;
            file.persist(&self.path)?;
            Ok(())
        };
        write().map_err(failed)
    }

    fn failed(&self) -> impl Fn(std::io::Error) -> Qwen3Error + use<> {
        let path = self.path.clone();
        move |source| Qwen3Error::File {
            path: path.clone(),
            source,
        }
    }
}

/// The folder of a file.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A file that gets its name at the end, and is removed without that. Other users may read it.
fn whole_file(path: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder(path))
}
