//! Digests as they stand in events and object keys.

use sha2::{Digest, Sha256};

/// The SHA-256 of these bytes, in hex.
pub fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
