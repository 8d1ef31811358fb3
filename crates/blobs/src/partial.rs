//! Partial files of a killed process in a folder: named `DIGEST#N` until they are complete. The
//! listing of the folder does not contain them, so they are listed separately.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::address::is_digest;

/// Deletes partial files in a folder without a write for this long. Keys have `depth` parts.
pub(crate) async fn delete(folder: PathBuf, depth: usize, older_than: Duration) {
    let Some(before) = SystemTime::now().checked_sub(older_than) else {
        return;
    };
    let apart = tokio::task::spawn_blocking(move || below(&folder, before, depth));
    // A folder that is not there has none.
    let _ = apart.await;
}

fn below(folder: &Path, before: SystemTime, depth: usize) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.filter_map(Result::ok) {
        // Links are not followed.
        let Ok(found) = entry.metadata() else {
            continue;
        };
        if found.is_dir() && depth > 1 {
            let _ = below(&entry.path(), before, depth - 1);
        } else if found.is_file() && is_partial(&entry.file_name().to_string_lossy()) {
            let old = found.modified().is_ok_and(|at| at < before);
            if old && fs::remove_file(entry.path()).is_ok() {
                let _ = fs::remove_dir(folder);
            }
        }
    }
    Ok(())
}

fn is_partial(name: &str) -> bool {
    name.split_once('#').is_some_and(|(digest, number)| {
        is_digest(digest) && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}
