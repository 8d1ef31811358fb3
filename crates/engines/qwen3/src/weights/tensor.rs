//! One tensor of a file.

use super::tensor_type::{MAX_BLOCK, TensorType};

/// The most dimensions of a tensor that is read.
/// Dimensions of a tensor: the limit of ggml.
pub(crate) const MAX_DIMENSIONS: usize = 4;

/// The dimensions of a tensor, outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dimensions {
    sizes: [usize; MAX_DIMENSIONS],
    rank: usize,
}

impl Dimensions {
    /// At most four sizes; None where there are more, or where there are too many numbers.
    pub(crate) fn new(sizes: &[usize]) -> Option<Self> {
        sizes
            .iter()
            .try_fold(1_usize, |numbers, size| numbers.checked_mul(*size))?;
        let mut own = [1; MAX_DIMENSIONS];
        own.get_mut(..sizes.len())?.copy_from_slice(sizes);
        Some(Self {
            sizes: own,
            rank: sizes.len(),
        })
    }

    pub(crate) fn as_slice(&self) -> &[usize] {
        &self.sizes[..self.rank]
    }

    /// How many numbers there are.
    pub(crate) fn numbers(&self) -> usize {
        self.sizes.iter().product()
    }

    /// Whether these are the same but for dimensions of 1, which do not change where a number is.
    pub(crate) fn equal_but_for_ones(&self, sizes: &[usize]) -> bool {
        let wide = |sizes: &'_ [usize]| {
            let wide: Vec<usize> = sizes.iter().copied().filter(|size| *size != 1).collect();
            wide
        };
        wide(self.as_slice()) == wide(sizes)
    }
}

/// A view of a tensor's bytes: little-endian, row-major.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'a> {
    element: TensorType,
    dimensions: Dimensions,
    bytes: &'a [u8],
}

impl<'a> Tensor<'a> {
    pub(super) fn new(
        element: TensorType,
        dimensions: Dimensions,
        bytes: &'a [u8],
    ) -> Result<Self, String> {
        if element.bytes(dimensions.numbers()) == Some(bytes.len()) {
            return Ok(Self {
                element,
                dimensions,
                bytes,
            });
        }
        Err(format!(
            "has {} bytes, which do not make the shape {:?}",
            bytes.len(),
            dimensions.as_slice()
        ))
    }

    /// Its dimensions, outermost first.
    pub fn shape(&self) -> &[usize] {
        self.dimensions.as_slice()
    }

    /// How many numbers it holds.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.element.block_bytes() * self.element.block()
    }

    /// Whether it holds none.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Writes the numbers from `start` on into `out`.
    ///
    /// # Panics
    /// Where they reach past the end.
    pub fn read(&self, start: usize, out: &mut [f32]) {
        let (block, size) = (self.element.block(), self.element.block_bytes());
        let (mut at, mut out) = (start, out);
        while !out.is_empty() {
            let (number, skipped) = (at / block, at % block);
            let whole = if skipped == 0 { out.len() / block } else { 0 };
            if whole > 0 {
                let (blocks, rest) = out.split_at_mut(whole * block);
                let bytes = &self.bytes[number * size..(number + whole) * size];
                self.element.decode(bytes, blocks);
                at += blocks.len();
                out = rest;
            } else {
                // A part of a block.
                let mut numbers = [0.0; MAX_BLOCK];
                let bytes = &self.bytes[number * size..(number + 1) * size];
                self.element.decode(bytes, &mut numbers[..block]);
                let (part, rest) = out.split_at_mut(out.len().min(block - skipped));
                part.copy_from_slice(&numbers[skipped..skipped + part.len()]);
                at += part.len();
                out = rest;
            }
        }
    }

    /// Writes every `step`th number from `start` on into `out`.
    ///
    /// # Panics
    /// Where they reach past the end, or `step` is 0.
    pub fn read_strided(&self, start: usize, step: usize, out: &mut [f32]) {
        assert!(step > 0, "a step is at least 1");
        if step == 1 {
            return self.read(start, out);
        }
        let (block, size) = (self.element.block(), self.element.block_bytes());
        let last = start + out.len().saturating_sub(1) * step;
        assert!(out.is_empty() || last < self.len(), "the tensor's end");
        let first = self.bytes.get(start / block * size..).unwrap_or_default();
        if self.element.decode_strided(first, step, out) {
            return;
        }
        let mut numbers = [0.0; MAX_BLOCK];
        let mut decoded = None;
        for (count, out) in out.iter_mut().enumerate() {
            let at = start + count * step;
            let number = at / block;
            if decoded != Some(number) {
                let bytes = &self.bytes[number * size..(number + 1) * size];
                self.element.decode(bytes, &mut numbers[..block]);
                decoded = Some(number);
            }
            *out = numbers[at % block];
        }
    }

    /// The row of this number along the first dimension.
    ///
    /// # Panics
    /// Where there is no such row, or `out` is not as long as one.
    pub fn read_row(&self, row: usize, out: &mut [f32]) {
        let width: usize = self.shape().iter().skip(1).product();
        assert_eq!(width, out.len(), "a row has the tensor's inner length");
        self.read(row * width, out);
    }

    /// All its numbers.
    pub fn to_vec(&self) -> Vec<f32> {
        let mut numbers = vec![0.0; self.len()];
        self.read(0, &mut numbers);
        numbers
    }
}
