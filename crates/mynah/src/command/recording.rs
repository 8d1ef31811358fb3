//! A recording that a command works on.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use mynah_audio::{Clip, DecodeLimits, decode};

/// Reads and decodes a file, or standard input for `-`.
pub(crate) async fn read(path: &Path, limits: DecodeLimits) -> anyhow::Result<Clip> {
    let path = path.to_owned();
    let clip = tokio::task::spawn_blocking(move || {
        let bytes = bytes(&path, limits.max_bytes)
            .with_context(|| format!("{} can't be read", path.display()))?;
        let decoded = decode(bytes, &limits).with_context(|| path.display().to_string())?;
        anyhow::Ok(decoded.clip)
    });
    clip.await?
}

/// One byte more than allowed is enough for the decoder to refuse the file.
fn bytes(path: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(path)?)
    };
    let mut bytes = Vec::new();
    source.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a recording on this machine may be: its owner asked for it, so more than an upload.
pub(crate) fn limits() -> DecodeLimits {
    DecodeLimits {
        max_bytes: 2 << 30,
        ..DecodeLimits::default()
    }
}
