//! Bytes of packed weights: made here, or mapped from a file.

#![allow(unsafe_code, reason = "views of bytes as numbers")]

use std::ops::Range;
use std::sync::Arc;

use memmap2::{Mmap, MmapMut};

/// Read-only bytes that begin at a multiple of 64. Clones share them.
#[derive(Clone, Debug)]
pub struct PackedBytes {
    map: Arc<Mmap>,
    range: Range<usize>,
}

impl PackedBytes {
    /// So many bytes, written by `fill`.
    ///
    /// # Panics
    /// Where the system has no memory left.
    pub(crate) fn allocate(len: usize, fill: impl FnOnce(&mut [u8])) -> Self {
        // An empty map is an error to the system.
        let mut map = MmapMut::map_anon(len.max(1)).expect("memory for weights");
        // Huge pages mean fewer page faults and TLB misses; the kernel may decline.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        fill(&mut map[..len]);
        let map = map.make_read_only().expect("own memory can be protected");
        Self {
            map: Arc::new(map),
            range: 0..len,
        }
    }

    /// A part of a mapped file. None where it is not aligned or not inside.
    pub(crate) fn from_map(map: &Arc<Mmap>, range: Range<usize>) -> Option<Self> {
        let sound = range.start.is_multiple_of(64) && map.get(range.clone()).is_some();
        sound.then(|| Self {
            map: Arc::clone(map),
            range,
        })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.map[self.range.clone()]
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }
}
