//! Bounds of packages.

/// The longest path of an entry, in bytes.
pub const MAX_PATH_BYTES: usize = 200;

/// The largest manifest, unpacked.
pub const MAX_MANIFEST_BYTES: u64 = 1 << 20;

/// The largest other document, unpacked: three texts of 4096 characters and 32 tags fit.
pub const MAX_DOCUMENT_BYTES: u64 = 128 << 10;

/// The most prompts of a voice.
pub const MAX_PROMPTS: usize = 200;

/// The largest recording, unpacked.
pub const MAX_RECORDING_BYTES: u64 = 10 << 20;

/// What is compressed this much or less is never refused for its ratio, since short documents repeat
/// themselves.
pub(crate) const MIN_RATIO_BYTES: u64 = 64 << 10;

/// Bounds that an installation may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageLimits {
    /// The largest package, in bytes. Default 512 MiB.
    pub packed_bytes: u64,
    /// The largest sum of its entries, unpacked. Default 1 GiB.
    pub unpacked_bytes: u64,
    /// The most entries. Default 1024.
    pub entries: usize,
    /// The largest ratio of unpacked to packed bytes, of an entry and of all. Default 100.
    pub ratio: u64,
}

impl Default for PackageLimits {
    fn default() -> Self {
        Self {
            packed_bytes: 512 << 20,
            unpacked_bytes: 1 << 30,
            entries: 1024,
            ratio: 100,
        }
    }
}
