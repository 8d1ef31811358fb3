//! Checkpoints in GGUF files: those of the tiny checkpoints, which `parity/gguf_files.py` wrote.

#[path = "../common/mod.rs"]
mod common;

mod blocks;
mod builder;
mod damaged;
mod same_codes;
mod wrong_files;

use std::path::{Path, PathBuf};

use common::parity;
use mynah_qwen3::Qwen3Error;
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::{Model, Options};
use tempfile::TempDir;

/// A file of `parity/gguf`.
fn fixture(path: &str) -> PathBuf {
    parity().join("gguf").join(path)
}

const TALKER: &str = "qwentts/tiny-custom_voice-f32.gguf";
const BASE: &str = "qwentts/tiny-base-f16.gguf";
const CODEC: &str = "qwentts/tokenizer-f32.gguf";
const LLAMA: &str = "llama/tiny-base-f32.gguf";
const MMPROJ: &str = "llama/mmproj-tiny-base-f32.gguf";

fn open(path: &Path, precision: Precision) -> Result<Model, Qwen3Error> {
    let options = Options {
        precision,
        threads: Some(1),
        ..Options::default()
    };
    Model::open(path, &options, &mut |_| ())
}

/// Copies of fixtures in a folder of their own, under their own names.
fn copies(paths: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for path in paths {
        std::fs::copy(fixture(path), own(&folder, path)).expect("a copy");
    }
    folder
}

/// A copy's path.
fn own(folder: &TempDir, path: &str) -> PathBuf {
    folder
        .path()
        .join(Path::new(path).file_name().expect("a name"))
}
