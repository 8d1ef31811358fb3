//! The key-value cache of a sequence.

use super::TransformerConfig;

/// Keys and values of one sequence in all layers, f32.
///
/// For each layer and key head the positions lie side by side, so that attention reads two plain
/// streams.
#[derive(Clone, Debug)]
pub struct KvCache {
    num_heads: usize,
    head_dim: usize,
    capacity: usize,
    len: usize,
    /// Keys and values of each layer: [key head][position][head].
    layers: Vec<[Vec<f32>; 2]>,
}

impl KvCache {
    /// An empty cache with capacity for this many positions; it grows when needed.
    pub fn new(layers: usize, config: &TransformerConfig, capacity: usize) -> Self {
        let size = config.num_kv_heads * capacity * config.head_dim;
        Self {
            num_heads: config.num_kv_heads,
            head_dim: config.head_dim,
            capacity,
            len: 0,
            // Each is allocated as zeros, so that memory is taken only as positions are written.
            layers: (0..layers)
                .map(|_| [(); 2].map(|()| vec![0.0; size]))
                .collect(),
        }
    }

    /// A copy of the first `len` positions, with capacity for `capacity`.
    #[must_use]
    pub fn prefix(&self, len: usize, capacity: usize) -> Self {
        let (head_dim, len) = (self.head_dim, len.min(self.len));
        let capacity = capacity.max(len);
        let layers = self.layers.iter().map(|stores| {
            stores.each_ref().map(|store| {
                let mut first = vec![0.0; self.num_heads * capacity * head_dim];
                for number in 0..self.num_heads {
                    first[number * capacity * head_dim..][..len * head_dim].copy_from_slice(
                        &store[number * self.capacity * head_dim..][..len * head_dim],
                    );
                }
                first
            })
        });
        Self {
            num_heads: self.num_heads,
            head_dim,
            capacity,
            len,
            layers: layers.collect(),
        }
    }

    /// Number of cached positions.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether no position is cached.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Removes all but the first `len` positions.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Reserves capacity for more positions.
    pub(super) fn reserve(&mut self, more: usize) {
        let needed = self.len + more;
        if needed <= self.capacity {
            return;
        }
        *self = self.prefix(self.len, needed.max(self.capacity * 2));
    }

    /// Writes key and value of one position, all heads side by side. It counts as cached once
    /// [`KvCache::advance`] is called, after the last layer.
    pub(super) fn write(&mut self, layer: usize, position: usize, key: &[f32], value: &[f32]) {
        for (store, row) in self.layers[layer].iter_mut().zip([key, value]) {
            for (number, head) in row.chunks_exact(self.head_dim).enumerate() {
                let at = (number * self.capacity + position) * self.head_dim;
                store[at..at + self.head_dim].copy_from_slice(head);
            }
        }
    }

    pub(super) const fn advance(&mut self, positions: usize) {
        self.len += positions;
    }

    /// Keys and values of one head up to, and without, position `end`.
    pub(super) fn read(&self, layer: usize, head: usize, end: usize) -> (&[f32], &[f32]) {
        let range =
            head * self.capacity * self.head_dim..(head * self.capacity + end) * self.head_dim;
        let [keys, values] = &self.layers[layer];
        (&keys[range.clone()], &values[range])
    }
}
