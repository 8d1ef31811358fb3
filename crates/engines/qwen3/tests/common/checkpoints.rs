//! The tiny checkpoints, for the tests of this crate and of crates above it, which include this
//! file by its path.
#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};

/// The folder `parity/`.
pub(crate) fn parity() -> PathBuf {
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = above.find_map(|folder| Some(folder.join("parity")).filter(|it| it.is_dir()));
    found.expect("the repository has parity/")
}

/// The folder of a tiny checkpoint.
pub(crate) fn checkpoint(name: &str) -> PathBuf {
    parity().join("dumps").join(name)
}

/// The files of a tiny checkpoint, by their paths within it: what a hub would have, without what
/// was computed on it.
pub(crate) fn files(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = checkpoint(name);
    let paths = [
        "config.json",
        "generation_config.json",
        "merges.txt",
        "model.safetensors",
        "tokenizer_config.json",
        "vocab.json",
        "speech_tokenizer/config.json",
        "speech_tokenizer/model.safetensors",
        "speech_tokenizer/preprocessor_config.json",
    ];
    let read = |path: &str| {
        let bytes = std::fs::read(folder.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        (path.to_owned(), bytes)
    };
    paths.into_iter().map(read).collect()
}

/// A checkpoint of one's own, to be changed.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for file in std::fs::read_dir(from).expect("a checkpoint") {
        let file = file.expect("a file");
        let to = to.join(file.file_name());
        if file.file_type().expect("a type").is_dir() {
            copy(&file.path(), &to);
        } else {
            std::fs::copy(file.path(), to).expect("a copy");
        }
    }
}
