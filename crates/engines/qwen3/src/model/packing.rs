//! Packed weights on disk: written once, then mapped.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use crate::Qwen3Error;
use crate::kernels::Precision;
use crate::weights::{OnMatrix, Packed, PackedWriter};

/// Where packed weights of a checkpoint, a folder or a GGUF file, may be, in search order.
pub(super) fn locations(path: &Path, identity: &str, precision: Precision) -> Vec<PathBuf> {
    // A folder may have several GGUF files.
    let (folder, prefix) = match path.file_stem().filter(|_| path.is_file()) {
        Some(stem) => {
            let folder = path.parent().unwrap_or_else(|| Path::new(""));
            (folder, format!("{}-", stem.to_string_lossy()))
        }
        None => (path, String::new()),
    };
    let beside = folder
        .join("mynah")
        .join(format!("{prefix}{precision}.safetensors"));
    // For a folder that cannot be written.
    let own = cache_folder().map(|cache| {
        cache
            .join("mynah")
            .join("packed")
            .join(format!("{identity}-{precision}.safetensors"))
    });
    std::iter::once(beside).chain(own).collect()
}

/// `$XDG_CACHE_HOME`, or `.cache` in the home folder.
fn cache_folder() -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
}

/// The packed weights of a checkpoint, where they were written before.
pub(super) fn find(locations: &[PathBuf], identity: &str) -> Result<Option<Packed>, Qwen3Error> {
    for location in locations {
        if let Some(packed) = Packed::open(location, identity)? {
            return Ok(Some(packed));
        }
    }
    Ok(None)
}

/// Writes the file: `load` loads every matrix, each of which is written and dropped. So it takes
/// the memory of one matrix.
pub(super) fn make(
    locations: &[PathBuf],
    identity: &str,
    on_packing: &mut dyn FnMut(&str),
    load: &dyn Fn(&OnMatrix<'_>) -> Result<(), Qwen3Error>,
) -> Result<Packed, Qwen3Error> {
    let mut refused = None;
    for location in locations {
        match begin(location, identity) {
            Ok(writer) => {
                let writer = RefCell::new(writer);
                let on_packing = RefCell::new(on_packing);
                load(&|name, matrix| {
                    (on_packing.borrow_mut())(name);
                    writer.borrow_mut().add(name, matrix)
                })?;
                writer.into_inner().finish()?;
                return Packed::open(location, identity)?.ok_or_else(|| Qwen3Error::Checkpoint {
                    path: location.clone(),
                    reason: "was replaced while it was written; try again".into(),
                });
            }
            Err(error) => refused = Some(error),
        }
    }
    Err(refused
        .unwrap_or_else(|| Qwen3Error::Failed("no folder for packed weights is writable".into())))
}

fn begin(location: &Path, identity: &str) -> Result<PackedWriter, Qwen3Error> {
    if let Some(folder) = location.parent() {
        std::fs::create_dir_all(folder).map_err(|source| Qwen3Error::File {
            path: folder.to_owned(),
            source,
        })?;
    }
    PackedWriter::create(location, identity)
}
