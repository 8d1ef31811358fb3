//! Keys and values in the attention window.

/// Positions that are added before old ones are removed: moving the rest costs little.
const SLACK: usize = 16;

/// Keys and values of the last frames in all layers, f32. For each layer and head the positions
/// lie side by side.
#[derive(Clone, Debug)]
pub(super) struct KvWindow {
    head_dim: usize,
    num_heads: usize,
    /// Positions that a query covers, its own among them.
    size: usize,
    capacity: usize,
    len: usize,
    /// Keys and values of each layer: [head][position][number].
    layers: Vec<[Vec<f32>; 2]>,
}

impl KvWindow {
    pub(super) fn new(layers: usize, num_heads: usize, head_dim: usize, size: usize) -> Self {
        let capacity = size - 1 + SLACK;
        let numbers = num_heads * capacity * head_dim;
        Self {
            head_dim,
            num_heads,
            size,
            capacity,
            len: 0,
            layers: vec![[vec![0.0; numbers], vec![0.0; numbers]]; layers],
        }
    }

    /// The most rows that fit beside the window.
    pub(super) const MAX_ROWS: usize = SLACK;

    /// Reserves this many more positions, at most [`KvWindow::MAX_ROWS`].
    pub(super) fn reserve(&mut self, rows: usize) {
        if self.len + rows <= self.capacity {
            return;
        }
        let kept = self.len.min(self.size - 1);
        let (from, numbers) = ((self.len - kept) * self.head_dim, kept * self.head_dim);
        for store in self.layers.iter_mut().flatten() {
            for head in store.chunks_exact_mut(self.capacity * self.head_dim) {
                head.copy_within(from..from + numbers, 0);
            }
        }
        self.len = kept;
    }

    /// Writes the `row`th new position, all heads side by side.
    pub(super) fn write(&mut self, layer: usize, row: usize, key: &[f32], value: &[f32]) {
        for (store, numbers) in self.layers[layer].iter_mut().zip([key, value]) {
            for (number, head) in numbers.chunks_exact(self.head_dim).enumerate() {
                let at = (number * self.capacity + self.len + row) * self.head_dim;
                store[at..at + self.head_dim].copy_from_slice(head);
            }
        }
    }

    /// Keys and values of one head that the `row`th new position covers.
    pub(super) fn read(&self, layer: usize, head: usize, row: usize) -> (&[f32], &[f32]) {
        debug_assert!(head < self.num_heads, "an existing head");
        let end = self.len + row + 1;
        let first = end.saturating_sub(self.size);
        let start = head * self.capacity;
        let range = (start + first) * self.head_dim..(start + end) * self.head_dim;
        let [keys, values] = &self.layers[layer];
        (&keys[range.clone()], &values[range])
    }

    /// New positions count once all layers have written them.
    pub(super) const fn advance(&mut self, rows: usize) {
        self.len += rows;
    }
}
