//! One tensor of a file.

use half::{bf16, f16};
use safetensors::Dtype;

/// A view of a tensor's bytes: little-endian, row-major.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'a> {
    element: ElementType,
    shape: &'a [usize],
    bytes: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ElementType {
    F32,
    Bf16,
    F16,
}

impl ElementType {
    const fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::Bf16 | Self::F16 => 2,
        }
    }
}

impl<'a> Tensor<'a> {
    pub(super) fn new(dtype: Dtype, shape: &'a [usize], bytes: &'a [u8]) -> Result<Self, String> {
        let element = match dtype {
            Dtype::F32 => ElementType::F32,
            Dtype::BF16 => ElementType::Bf16,
            Dtype::F16 => ElementType::F16,
            other => return Err(format!("is of type {other:?}; F32, BF16 and F16 are read")),
        };
        let numbers: usize = shape.iter().product();
        if bytes.len() == numbers * element.bytes() {
            Ok(Self {
                element,
                shape,
                bytes,
            })
        } else {
            Err(format!(
                "has {} bytes, which do not make the shape {shape:?}",
                bytes.len()
            ))
        }
    }

    /// Its dimensions, outermost first.
    pub const fn shape(&self) -> &'a [usize] {
        self.shape
    }

    /// How many numbers it holds.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.element.bytes()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Writes the numbers from `start` on into `out`.
    ///
    /// # Panics
    /// Where they reach past the end.
    pub fn read(&self, start: usize, out: &mut [f32]) {
        let size = self.element.bytes();
        let bytes = &self.bytes[start * size..(start + out.len()) * size];
        match self.element {
            ElementType::F32 => copy_contiguous(bytes, out, f32::from_le_bytes),
            ElementType::Bf16 => {
                copy_contiguous(bytes, out, |pair| bf16::from_le_bytes(pair).to_f32());
            }
            ElementType::F16 => {
                copy_contiguous(bytes, out, |pair| f16::from_le_bytes(pair).to_f32());
            }
        }
    }

    /// Writes every `step`th number from `start` on into `out`.
    ///
    /// # Panics
    /// Where they reach past the end.
    pub fn read_strided(&self, start: usize, step: usize, out: &mut [f32]) {
        if out.is_empty() {
            return;
        }
        let size = self.element.bytes();
        let bytes = &self.bytes[start * size..(start + (out.len() - 1) * step + 1) * size];
        match self.element {
            ElementType::F32 => copy_strided(bytes, step, out, f32::from_le_bytes),
            ElementType::Bf16 => {
                copy_strided(bytes, step, out, |pair| bf16::from_le_bytes(pair).to_f32());
            }
            ElementType::F16 => {
                copy_strided(bytes, step, out, |pair| f16::from_le_bytes(pair).to_f32());
            }
        }
    }

    /// The row of this number along the first dimension.
    ///
    /// # Panics
    /// Where there is no such row, or `out` is not as long as one.
    pub fn read_row(&self, row: usize, out: &mut [f32]) {
        let width: usize = self.shape[1..].iter().product();
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

fn copy_contiguous<const N: usize>(bytes: &[u8], out: &mut [f32], number: impl Fn([u8; N]) -> f32) {
    let (chunks, _) = bytes.as_chunks::<N>();
    for (out, chunk) in out.iter_mut().zip(chunks) {
        *out = number(*chunk);
    }
}

fn copy_strided<const N: usize>(
    bytes: &[u8],
    step: usize,
    out: &mut [f32],
    number: impl Fn([u8; N]) -> f32,
) {
    let (chunks, _) = bytes.as_chunks::<N>();
    for (out, chunk) in out.iter_mut().zip(chunks.iter().step_by(step.max(1))) {
        *out = number(*chunk);
    }
}
