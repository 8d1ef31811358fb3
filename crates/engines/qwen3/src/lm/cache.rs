//! What a sequence remembers: the keys and values of its positions.

use super::Geometry;

/// Keys and values of one sequence in all layers, f32.
///
/// For each layer and key head the positions lie side by side, so that attention reads two plain
/// streams.
#[derive(Clone, Debug)]
pub struct Cache {
    heads: usize,
    head: usize,
    capacity: usize,
    len: usize,
    /// Keys and values of each layer: [key head][position][head].
    layers: Vec<[Vec<f32>; 2]>,
}

impl Cache {
    /// An empty cache with room for so many positions; it grows beyond by itself.
    pub fn new(layers: usize, geometry: &Geometry, capacity: usize) -> Self {
        let size = geometry.kv_heads * capacity * geometry.head;
        Self {
            heads: geometry.kv_heads,
            head: geometry.head,
            capacity,
            len: 0,
            // Each is allocated as zeros, so that memory is taken only as positions are written.
            layers: (0..layers)
                .map(|_| [(); 2].map(|()| vec![0.0; size]))
                .collect(),
        }
    }

    /// The same with its first positions alone, and room for so many.
    #[must_use]
    pub fn first(&self, len: usize, capacity: usize) -> Self {
        let (head, len) = (self.head, len.min(self.len));
        let capacity = capacity.max(len);
        let layers = self.layers.iter().map(|stores| {
            stores.each_ref().map(|store| {
                let mut first = vec![0.0; self.heads * capacity * head];
                for number in 0..self.heads {
                    first[number * capacity * head..][..len * head]
                        .copy_from_slice(&store[number * self.capacity * head..][..len * head]);
                }
                first
            })
        });
        Self {
            heads: self.heads,
            head,
            capacity,
            len,
            layers: layers.collect(),
        }
    }

    /// Positions that are remembered.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is remembered.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets all but the first positions.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Makes room for more positions.
    pub(super) fn reserve(&mut self, more: usize) {
        let needed = self.len + more;
        if needed <= self.capacity {
            return;
        }
        *self = self.first(self.len, needed.max(self.capacity * 2));
    }

    /// Writes key and value of one position, all heads side by side. It counts as remembered once
    /// [`Cache::advance`] is called, after the last layer.
    pub(super) fn write(&mut self, layer: usize, position: usize, key: &[f32], value: &[f32]) {
        for (store, row) in self.layers[layer].iter_mut().zip([key, value]) {
            for (number, head) in row.chunks_exact(self.head).enumerate() {
                let at = (number * self.capacity + position) * self.head;
                store[at..at + self.head].copy_from_slice(head);
            }
        }
    }

    pub(super) const fn advance(&mut self, positions: usize) {
        self.len += positions;
    }

    /// Keys and values of one head up to, and without, position `end`.
    pub(super) fn read(&self, layer: usize, head: usize, end: usize) -> (&[f32], &[f32]) {
        let range = head * self.capacity * self.head..(head * self.capacity + end) * self.head;
        let [keys, values] = &self.layers[layer];
        (&keys[range.clone()], &values[range])
    }
}
