//! SHA-256 digests, as they stand in keys.

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// Digests of more bytes are computed on a blocking thread: 64 KiB take about 0.1 ms.
const MAX_INLINE_BYTES: usize = 65_536;

/// The SHA-256 of these bytes, in hex.
pub fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The same without blocking an async thread for long.
///
/// # Panics
/// Where the runtime is shutting down.
pub async fn of(bytes: Bytes) -> String {
    if bytes.len() < MAX_INLINE_BYTES {
        return hex(&bytes);
    }
    let hashed = tokio::task::spawn_blocking(move || hex(&bytes));
    hashed.await.expect("hashing does not panic")
}
