//! Memory for the rows between two layers.

use std::ops::{Deref, DerefMut};

/// A buffer that is reused and not cleared before it is written again: it has megabytes, many times
/// a pass.
#[derive(Debug, Default)]
pub(super) struct RowBuffer {
    numbers: Vec<f32>,
    len: usize,
}

impl RowBuffer {
    /// This many numbers with unspecified contents.
    pub(super) fn for_overwrite(&mut self, len: usize) -> &mut [f32] {
        if self.numbers.len() < len {
            self.numbers.resize(len, 0.0);
        }
        self.len = len;
        self
    }
}

impl Deref for RowBuffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.numbers[..self.len]
    }
}

impl DerefMut for RowBuffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.numbers[..self.len]
    }
}
