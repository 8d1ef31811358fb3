//! The file with the codec, which is beside the talker's.

use std::path::Path;

use crate::Qwen3Error;

use super::file::GgufFile;

/// Files of a folder that are opened to find the codec.
const MAX_FILES: usize = 256;

/// The ending of the name of a GGUF file.
const ENDING: &str = "gguf";

/// The file in the talker's folder that `fits`; the largest, which is the most precise, where
/// several do. Files that cannot be read are passed over.
///
/// # Errors
/// `Checkpoint` where there is none, with `missing`, which says what would do; `File` where the
/// folder cannot be read.
pub(super) fn find(
    talker: &GgufFile,
    missing: &str,
    fits: impl Fn(&GgufFile) -> bool,
) -> Result<GgufFile, Qwen3Error> {
    let folder = match talker.path().parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let failed = |source| Qwen3Error::File {
        path: folder.to_owned(),
        source,
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .map_err(failed)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
        .filter(|path| path.file_name() != talker.path().file_name())
        .collect();
    if files.len() > MAX_FILES {
        return Err(talker.error(format!(
            "is among {} GGUF files; the codec is searched among at most {MAX_FILES}: put both \
             into a folder of their own",
            files.len()
        )));
    }
    files.sort_unstable();
    let fitting = files
        .iter()
        .filter_map(|path| GgufFile::open(path).ok())
        .filter(fits);
    fitting
        .max_by_key(GgufFile::bytes)
        .ok_or_else(|| talker.error(missing))
}
