//! A packed matrix and its product with rows of numbers.

#![allow(
    unsafe_code,
    reason = "calls kernels and shares the output among threads"
)]

use super::activations::PackedActivations;
use super::thread_pool::{Disjoint, ThreadPool};
use super::tile::{Lanes, MAX_COLUMNS, MAX_SUMS, Tile, kernel, shape};
use super::{Isa, LANES, PackedBytes, Precision, pack};

/// Columns of a result that are computed before the next panels are taken, where there are many:
/// their inputs stay in the second cache while the weights pass by.
const COLUMNS_PER_TASK: usize = 96;

/// Bytes of weights that a thread takes at a time: some 5 µs of reading.
const BYTES_PER_TASK: usize = 64 << 10;

/// What a matrix is, apart from its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Numbers in a row of the result.
    pub rows: usize,
    /// Rows of the input that make one row of the result: 1 for a plain product, the kernel's
    /// length for a convolution.
    pub taps: usize,
    /// Numbers in a row of the input.
    pub cols: usize,
}

impl Shape {
    /// A plain matrix.
    pub const fn plain(rows: usize, cols: usize) -> Self {
        Self {
            rows,
            taps: 1,
            cols,
        }
    }

    pub(super) const fn panels(self) -> usize {
        self.rows.div_ceil(LANES)
    }

    /// Blocks of one tap in one panel.
    pub(super) const fn blocks(self, precision: Precision) -> usize {
        self.cols.div_ceil(precision.block())
    }

    pub(super) const fn panel_bytes(self, precision: Precision) -> usize {
        self.taps * self.blocks(precision) * precision.block_bytes()
    }

    /// Bytes of such a matrix when it is packed.
    pub const fn bytes(self, precision: Precision) -> usize {
        self.panels() * self.panel_bytes(precision)
    }
}

/// `rows` × `taps` × `cols` weights, packed, with an optional bias for each row.
#[derive(Clone, Debug)]
pub struct Matrix {
    shape: Shape,
    precision: Precision,
    packed: PackedBytes,
    bias: Option<Vec<f32>>,
}

impl Matrix {
    /// Packs a matrix. `weights` writes the numbers of one row and tap; it is called from the
    /// threads of the pool.
    pub fn pack(
        pool: &ThreadPool,
        precision: Precision,
        shape: Shape,
        weights: &(dyn Fn(usize, usize, &mut [f32]) + Sync),
    ) -> Self {
        let packed = PackedBytes::allocate(shape.bytes(precision), |bytes| {
            pack::pack(pool, precision, shape, weights, bytes);
        });
        Self {
            shape,
            precision,
            packed,
            bias: None,
        }
    }

    /// A matrix whose packed bytes are all zero, in memory that was never touched and so is not
    /// resident.
    pub(crate) fn zeroed(precision: Precision, shape: Shape) -> Self {
        Self {
            shape,
            precision,
            packed: PackedBytes::allocate(shape.bytes(precision), |_| ()),
            bias: None,
        }
    }

    /// A matrix that was packed before. None where the memory has another size.
    pub fn from_packed(precision: Precision, shape: Shape, packed: PackedBytes) -> Option<Self> {
        (packed.len() == shape.bytes(precision)).then_some(Self {
            shape,
            precision,
            packed,
            bias: None,
        })
    }

    /// The same, with this added to each row of a result.
    ///
    /// # Panics
    /// Where it is not one number a row.
    #[must_use]
    pub fn with_bias(mut self, bias: Vec<f32>) -> Self {
        assert_eq!(bias.len(), self.shape.rows, "one bias a row");
        self.bias = Some(bias);
        self
    }

    /// Its shape.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// Its format.
    pub const fn precision(&self) -> Precision {
        self.precision
    }

    /// Its packed bytes.
    pub const fn packed_bytes(&self) -> &PackedBytes {
        &self.packed
    }

    /// An empty input that this matrix can multiply.
    pub fn activations(&self) -> PackedActivations {
        PackedActivations::new(self.precision, self.shape.cols)
    }

    /// The numbers that the packed weights of a row and tap stand for.
    pub fn row(&self, row: usize, tap: usize) -> Vec<f32> {
        pack::unpack(self.precision, self.shape, self.packed.bytes(), row, tap)
    }

    /// Multiplies all rows of an input into as many rows of `out`.
    ///
    /// # Panics
    /// Where the input has another precision or width, or `out` another size, or the matrix
    /// several taps.
    pub fn multiply(&self, pool: &ThreadPool, input: &PackedActivations, out: &mut [f32]) {
        self.convolve(pool, input, &[0], out);
    }

    /// Row `t` of `out` becomes the sum over the taps of the tap's weights times row
    /// `t + offset` of the input, with one offset for each tap.
    ///
    /// # Panics
    /// As [`Matrix::multiply`], or where the input has too few rows.
    pub fn convolve(
        &self,
        pool: &ThreadPool,
        input: &PackedActivations,
        offsets: &[usize],
        out: &mut [f32],
    ) {
        self.convolve_with(Isa::best(), pool, input, offsets, out);
    }

    /// The same with a start row for each column: column `c` of the result reads the input's rows
    /// `starts[c]` + offset. So one product serves several sequences, each after its own history,
    /// or strided convolutions. With `add` the result is added to `out`.
    ///
    /// # Panics
    /// As [`Matrix::convolve`], or where there is not one start a column.
    pub fn convolve_at(
        &self,
        pool: &ThreadPool,
        input: &PackedActivations,
        offsets: &[usize],
        starts: &[usize],
        add: bool,
        out: &mut [f32],
    ) {
        assert_eq!(
            out.len(),
            starts.len() * self.shape.rows,
            "a start for each column"
        );
        self.product(Isa::best(), pool, input, offsets, Some(starts), add, out);
    }

    /// [`Matrix::convolve`] by a given set of instructions, which must be there.
    ///
    /// # Panics
    /// As [`Matrix::convolve`], or where the instructions are not there.
    pub fn convolve_with(
        &self,
        isa: Isa,
        pool: &ThreadPool,
        input: &PackedActivations,
        offsets: &[usize],
        out: &mut [f32],
    ) {
        self.product(isa, pool, input, offsets, None, false, out);
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "what the public forms have, together"
    )]
    fn product(
        &self,
        isa: Isa,
        pool: &ThreadPool,
        input: &PackedActivations,
        offsets: &[usize],
        starts: Option<&[usize]>,
        add: bool,
        out: &mut [f32],
    ) {
        let Shape { rows, taps, cols } = self.shape;
        assert!(isa.is_available(), "{} is not here", isa.as_str());
        assert_eq!(input.precision(), self.precision, "one precision");
        assert_eq!(input.cols(), cols, "as many numbers as columns");
        assert_eq!(offsets.len(), taps, "an offset for each tap");
        assert!(out.len().is_multiple_of(rows), "whole rows of a result");
        let columns = out.len() / rows;
        if columns == 0 {
            return;
        }
        let last = offsets.iter().max().expect("at least one tap");
        let start = starts.map_or(columns - 1, |starts| {
            starts.iter().copied().max().unwrap_or_default()
        });
        assert!(start + last < input.rows(), "an input for each column");

        let (panels_at_once, max_columns) = shape(self.precision, columns);
        let groups = self.shape.panels().div_ceil(panels_at_once);
        let chunks = columns.div_ceil(COLUMNS_PER_TASK);
        let group_bytes = panels_at_once * self.shape.panel_bytes(self.precision);
        let items = groups * chunks;
        let fair = items.div_ceil(2 * pool.threads());
        let grain = (BYTES_PER_TASK / group_bytes).clamp(1, fair.max(1));
        let product = Product {
            matrix: self,
            isa,
            input,
            offsets,
            starts,
            add,
            max_columns,
            out: Disjoint::new(out),
        };
        pool.parallel_ranges(items, grain, &|range| {
            let mut sums = [[0.0; LANES]; MAX_SUMS];
            for item in range {
                let (group, chunk) = (item / chunks, item % chunks);
                let panels =
                    group * panels_at_once..((group + 1) * panels_at_once).min(self.shape.panels());
                let from = chunk * COLUMNS_PER_TASK;
                let to = (from + COLUMNS_PER_TASK).min(columns);
                // SAFETY: `parallel_ranges` yields each item once, and items do not overlap.
                unsafe {
                    if panels.len() == panels_at_once {
                        product.compute(panels, from..to, &mut sums);
                    } else {
                        // What is left over goes panel by panel.
                        for panel in panels {
                            product.compute(panel..panel + 1, from..to, &mut sums);
                        }
                    }
                }
            }
        });
    }
}

/// One product while it is computed.
struct Product<'a> {
    matrix: &'a Matrix,
    isa: Isa,
    input: &'a PackedActivations,
    offsets: &'a [usize],
    /// The input row of each column, where it is not the column's number.
    starts: Option<&'a [usize]>,
    /// Whether the result is added to what is there.
    add: bool,
    max_columns: usize,
    out: Disjoint<'a, f32>,
}

impl Product<'_> {
    /// Computes some panels of some columns.
    ///
    /// # Safety
    /// No other thread computes the same panels and columns at the same time.
    unsafe fn compute(
        &self,
        panels: std::ops::Range<usize>,
        columns: std::ops::Range<usize>,
        sums: &mut [Lanes; MAX_SUMS],
    ) {
        let Matrix {
            shape,
            precision,
            packed,
            ..
        } = self.matrix;
        let panel_bytes = shape.panel_bytes(*precision);
        let write = |panel, first, sums: &[Lanes]| {
            // SAFETY: by the caller's promise, of which instructions there are being one.
            unsafe {
                match self.isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => self.write_avx512(panel, first, sums),
                    _ => self.write(panel, first, sums),
                }
            }
        };
        // Parts of nearly one size, so that none is left with a single column.
        let parts = columns.len().div_ceil(self.max_columns);
        let mut first = columns.start;
        for part in 0..parts {
            let width = (columns.end - first).div_ceil(parts - part);
            let mut rows = [0; MAX_COLUMNS];
            for (column, row) in (first..).zip(&mut rows[..width]) {
                *row = self.starts.map_or(column, |starts| starts[column]);
            }
            let tile = Tile {
                panels: &packed.bytes()[panels.start * panel_bytes..panels.end * panel_bytes],
                panel_bytes,
                blocks: shape.blocks(*precision),
                input: self.input,
                offsets: self.offsets,
                rows,
            };
            let kernel = kernel(self.isa, *precision, panels.len(), width);
            // SAFETY: the caller of `convolve_with` has been held to all of the kernel's terms.
            unsafe { kernel(&tile, sums) };
            for (panel, sums) in panels.clone().zip(sums.chunks_exact(width)) {
                write(panel, first, sums);
            }
            first += width;
        }
    }

    /// Writes one panel's sums of the columns from `first` on.
    ///
    /// # Safety
    /// No other thread writes the same panel and columns at the same time.
    #[inline(always)]
    unsafe fn write(&self, panel: usize, first: usize, sums: &[Lanes]) {
        let rows = self.matrix.shape.rows;
        let from = panel * LANES;
        let to = (from + LANES).min(rows);
        let mut bias = [0.0; LANES];
        if let Some(all) = &self.matrix.bias {
            bias[..to - from].copy_from_slice(&all[from..to]);
        }
        for (column, sums) in (first..).zip(sums) {
            // SAFETY: by the caller's promise.
            let out = unsafe { self.out.range(column * rows + from..column * rows + to) };
            let mut sums: Lanes = std::array::from_fn(|lane| sums[lane] + bias[lane]);
            if let Ok(out) = <&mut Lanes>::try_from(&mut *out) {
                // A whole panel is a few vectors, with no loop.
                if self.add {
                    sums = std::array::from_fn(|lane| out[lane] + sums[lane]);
                }
                *out = sums;
            } else {
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out = if self.add { *out + sum } else { sum };
                }
            }
        }
    }

    /// The same, compiled for these instructions.
    ///
    /// # Safety
    /// As [`Product::write`], and the instructions are there.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
    unsafe fn write_avx512(&self, panel: usize, first: usize, sums: &[Lanes]) {
        // SAFETY: by the caller's promise.
        unsafe { self.write(panel, first, sums) };
    }
}
