//! The tiny checkpoints and what was computed on them: see `parity/README.md`.
#![allow(dead_code, reason = "each test uses its part")]

use std::path::PathBuf;

/// Every tiny checkpoint.
pub(crate) const CHECKPOINTS: [&str; 5] = [
    "tiny-base",
    "tiny-custom_voice",
    "tiny17-base",
    "tiny17-custom_voice",
    "tiny17-voice_design",
];

/// The folder `parity/`.
pub(crate) fn parity() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../parity")
}

/// The folder of a tiny checkpoint.
pub(crate) fn checkpoint(name: &str) -> PathBuf {
    parity().join("dumps").join(name)
}
