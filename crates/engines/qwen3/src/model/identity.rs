//! The identity of a checkpoint, computed without reading gigabytes.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::Qwen3Error;
use crate::weights::Weights;

/// Blocks of a file that are hashed, spread evenly, and the bytes of each.
const SAMPLED_BLOCKS: usize = 64;
const BLOCK_BYTES: usize = 256;

/// A short name for these tensors under this configuration: a hash of `config.json`, of the headers
/// with every name, type and shape, and of samples of the numbers.
/// A checkpoint whose headers hold its configuration has no file of it.
pub(super) fn of(config: Option<&Path>, weights: &[&Weights]) -> Result<String, Qwen3Error> {
    let mut hash = Sha256::new();
    if let Some(path) = config {
        let config = std::fs::read(path).map_err(|source| Qwen3Error::File {
            path: path.to_owned(),
            source,
        })?;
        hash.update((config.len() as u64).to_le_bytes());
        hash.update(&config);
    }
    for (file, header) in weights.iter().flat_map(|weights| weights.files()) {
        let bytes = file.len();
        hash.update((bytes as u64).to_le_bytes());
        hash.update(&file[..header]);
        let last = bytes.saturating_sub(BLOCK_BYTES);
        for location in 0..SAMPLED_BLOCKS {
            let from = last / SAMPLED_BLOCKS * location;
            hash.update(&file[from..(from + BLOCK_BYTES).min(bytes)]);
        }
    }
    let hash = hash.finalize();
    Ok(hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
