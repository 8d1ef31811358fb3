//! Packed weights on disk: made once, then mapped.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use crate::kernels::Precision;
use crate::weights::{Made, Packed, PackedWriter};
use crate::{Qwen3Error, Result};

/// Where packed weights of a checkpoint may be, in the order in which they are looked for.
pub(super) fn places(folder: &Path, identity: &str, precision: Precision) -> Vec<PathBuf> {
    let beside = folder
        .join("mynah")
        .join(format!("{precision}.safetensors"));
    // A model that belongs to somebody else, or lies on a disk that is not written to.
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

/// The packed weights of a checkpoint, where they were made before.
pub(super) fn find(places: &[PathBuf], identity: &str) -> Result<Option<Packed>> {
    for place in places {
        if let Some(packed) = Packed::open(place, identity)? {
            return Ok(Some(packed));
        }
    }
    Ok(None)
}

/// Makes the file: `load` asks the loader for every matrix, each of which is written and forgotten.
/// So it takes the memory of one matrix.
pub(super) fn make(
    places: &[PathBuf],
    identity: &str,
    told: &mut dyn FnMut(&str),
    load: &dyn Fn(&Made<'_>) -> Result<()>,
) -> Result<Packed> {
    let mut refused = None;
    for place in places {
        match begin(place, identity) {
            Ok(writer) => {
                let writer = RefCell::new(writer);
                let told = RefCell::new(told);
                load(&|name, matrix| {
                    (told.borrow_mut())(name);
                    writer.borrow_mut().add(name, matrix)
                })?;
                writer.into_inner().finish()?;
                return Packed::open(place, identity)?.ok_or_else(|| Qwen3Error::Checkpoint {
                    path: place.clone(),
                    reason: "was replaced while it was made; try again".into(),
                });
            }
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| Qwen3Error::Failed("there is no place for weights".into())))
}

fn begin(place: &Path, identity: &str) -> Result<PackedWriter> {
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder).map_err(|source| Qwen3Error::File {
            path: folder.to_owned(),
            source,
        })?;
    }
    PackedWriter::create(place, identity)
}
