//! Files that are mapped into memory.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use crate::Qwen3Error;

/// A mapped file with tensors.
#[derive(Clone, Debug)]
pub(crate) struct MappedFile {
    pub(crate) path: PathBuf,
    pub(crate) map: Arc<Mmap>,
    /// Where the tensors' bytes begin.
    pub(crate) start: usize,
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
