//! Rows of numbers in the format that a matrix multiplies.

#![allow(unsafe_code, reason = "rows are converted by several threads")]

use half::bf16;

use super::thread_pool::{Disjoint, ThreadPool};
use super::{Precision, ops};

/// Inputs of an integer format are `high` × 128 + `low`, in units of a group's scale.
const HIGH_UNIT: f32 = 128.0;

/// The largest such number: `high` stays within ±127.
const MAX_QUANTIZED: f32 = 127.0 * HIGH_UNIT + 63.0;

/// Rows of `cols` numbers in the format that a matrix of the same precision multiplies.
///
/// It is also the memory of a causal convolution: rows are pushed at the end, and the last ones
/// are kept for the next call.
#[derive(Clone, Debug)]
pub struct PackedActivations {
    precision: Precision,
    cols: usize,
    /// Columns with the zeros that make blocks whole.
    pub(super) stride: usize,
    rows: usize,
    /// The numbers of all rows, followed by stale numbers of rows that were removed: memory that is
    /// about to be written is not cleared first.
    pub(super) data: Data,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    F32(Vec<f32>),
    Bf16(Vec<u16>),
    Int(Integers),
}

/// Numbers in two bytes, by groups with a scale.
#[derive(Clone, Debug, Default)]
pub(super) struct Integers {
    pub(super) high: Vec<i8>,
    pub(super) low: Vec<i8>,
    /// A scale for each group.
    pub(super) scales: Vec<f32>,
    /// Zero-point compensation: the sum of each group times the weights' zero point, which is
    /// subtracted from the products.
    pub(super) compensation: Vec<i32>,
}

impl PackedActivations {
    /// No rows yet.
    pub fn new(precision: Precision, cols: usize) -> Self {
        Self {
            precision,
            cols,
            stride: cols.next_multiple_of(precision.block()),
            rows: 0,
            data: match precision {
                Precision::F32 => Data::F32(Vec::new()),
                Precision::Bf16 => Data::Bf16(Vec::new()),
                Precision::Int8 | Precision::Int4 => Data::Int(Integers::default()),
            },
        }
    }

    /// The format.
    pub const fn precision(&self) -> Precision {
        self.precision
    }

    /// Numbers in a row.
    pub const fn cols(&self) -> usize {
        self.cols
    }

    /// How many rows there are.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.resize(0);
    }

    /// Removes all rows but the last `rows`.
    pub fn keep_last(&mut self, rows: usize) {
        let removed = self.rows.saturating_sub(rows);
        let groups = self.groups();
        let numbers = removed * self.stride..self.rows * self.stride;
        let scales = removed * groups..self.rows * groups;
        match &mut self.data {
            Data::F32(data) => data.copy_within(numbers, 0),
            Data::Bf16(data) => data.copy_within(numbers, 0),
            Data::Int(data) => {
                data.high.copy_within(numbers.clone(), 0);
                data.low.copy_within(numbers, 0);
                data.scales.copy_within(scales.clone(), 0);
                data.compensation.copy_within(scales, 0);
            }
        }
        self.rows -= removed;
    }

    /// Removes all rows and sets the width of those to come. The memory is kept.
    pub fn reshape(&mut self, cols: usize) {
        self.clear();
        self.cols = cols;
        self.stride = cols.next_multiple_of(self.precision.block());
    }

    /// Appends rows of another input unchanged: nothing is rounded twice.
    ///
    /// # Panics
    /// Where the other has another precision or width, or lacks the rows.
    pub fn push_rows(&mut self, from: &Self, rows: std::ops::Range<usize>) {
        assert_eq!(self.precision, from.precision, "one precision");
        assert_eq!(self.cols, from.cols, "one width");
        assert!(rows.end <= from.rows, "rows within the input");
        let (first, count) = (self.rows, rows.len());
        self.resize(first + count);
        let (stride, groups) = (self.stride, self.groups());
        let numbers = rows.start * stride..rows.end * stride;
        let scales = rows.start * groups..rows.end * groups;
        let (to, to_scales) = (first * stride, first * groups);
        match (&mut self.data, &from.data) {
            (Data::F32(data), Data::F32(from)) => copy_to(data, to, &from[numbers]),
            (Data::Bf16(data), Data::Bf16(from)) => copy_to(data, to, &from[numbers]),
            (Data::Int(data), Data::Int(from)) => {
                copy_to(&mut data.high, to, &from.high[numbers.clone()]);
                copy_to(&mut data.low, to, &from.low[numbers]);
                copy_to(&mut data.scales, to_scales, &from.scales[scales.clone()]);
                copy_to(
                    &mut data.compensation,
                    to_scales,
                    &from.compensation[scales],
                );
            }
            _ => unreachable!("the precision was checked"),
        }
    }

    /// Adds rows of zeros.
    pub fn push_zeros(&mut self, rows: usize) {
        let (first, groups) = (self.rows, self.groups());
        self.push_for_overwrite(rows);
        let numbers = first * self.stride..self.rows * self.stride;
        let scales = first * groups..self.rows * groups;
        match &mut self.data {
            Data::F32(data) => data[numbers].fill(0.0),
            Data::Bf16(data) => data[numbers].fill(0),
            Data::Int(data) => {
                data.high[numbers.clone()].fill(0);
                data.low[numbers].fill(0);
                data.scales[scales.clone()].fill(0.0);
                data.compensation[scales].fill(0);
            }
        }
    }

    /// Appends rows with unspecified contents, for [`PackedActivations::replace_with`] to write.
    pub fn push_for_overwrite(&mut self, rows: usize) {
        self.resize(self.rows + rows);
    }

    /// Replaces all rows by these.
    ///
    /// # Panics
    /// Where they are not whole rows.
    pub fn set(&mut self, rows: &[f32]) {
        self.clear();
        self.push(rows);
    }

    /// Adds rows.
    ///
    /// # Panics
    /// Where they are not whole rows.
    pub fn push(&mut self, rows: &[f32]) {
        assert!(rows.len().is_multiple_of(self.cols), "whole rows");
        let (first, cols) = (self.rows, self.cols);
        self.resize(first + rows.len() / cols);
        let target = self.row_writer();
        for (number, row) in rows.chunks_exact(cols).enumerate() {
            // SAFETY: one row at a time, by one thread.
            unsafe { target.write(first + number, row) };
        }
    }

    /// Appends rows that `row` writes, in parallel on the pool. It is called with the number of
    /// each row, from 0, and writes all of it.
    pub fn push_with(
        &mut self,
        pool: &ThreadPool,
        rows: usize,
        row: &(dyn Fn(usize, &mut [f32]) + Sync),
    ) {
        let first = self.rows;
        let cols = self.cols;
        self.resize(first + rows);
        let target = self.row_writer();
        pool.parallel_ranges(rows, rows.div_ceil(4 * pool.threads()), &|range| {
            let mut scratch = vec![0.0; cols];
            for number in range {
                row(number, &mut scratch);
                // SAFETY: `parallel_ranges` yields each row once.
                unsafe { target.write(first + number, &scratch) };
            }
        });
    }

    /// Replaces the rows `targets[n]` + `offset` by what `row` writes for each `n`, in parallel on
    /// the pool. `targets` ascends.
    ///
    /// # Panics
    /// Where it does not, or one of the rows is not there.
    pub fn replace_with(
        &mut self,
        pool: &ThreadPool,
        targets: &[usize],
        offset: usize,
        row: &(dyn Fn(usize, &mut [f32]) + Sync),
    ) {
        assert!(targets.is_sorted_by(|a, b| a < b), "rows that ascend");
        let in_range = targets.last().is_none_or(|last| last + offset < self.rows);
        assert!(in_range, "rows within the input");
        let cols = self.cols;
        let target = self.row_writer();
        pool.parallel_ranges(
            targets.len(),
            targets.len().div_ceil(4 * pool.threads()),
            &|range| {
                let mut scratch = vec![0.0; cols];
                for number in range {
                    row(number, &mut scratch);
                    // SAFETY: `parallel_ranges` yields each number once, and no two map to one row.
                    unsafe { target.write(targets[number] + offset, &scratch) };
                }
            },
        );
    }

    /// What a row stands for after rounding, for tests and references.
    pub fn dequantize(&self, row: usize) -> Vec<f32> {
        let from = row * self.stride;
        let range = from..from + self.cols;
        match &self.data {
            Data::F32(data) => data[range].to_vec(),
            Data::Bf16(data) => data[range]
                .iter()
                .map(|bits| bf16::from_bits(*bits).to_f32())
                .collect(),
            Data::Int(data) => range
                .map(|at| {
                    let number = f32::from(data.high[at]) * HIGH_UNIT + f32::from(data.low[at]);
                    number * data.scales[at / self.precision.group()]
                })
                .collect(),
        }
    }

    /// Groups with a scale in a row.
    const fn groups(&self) -> usize {
        self.stride / self.precision.group()
    }

    /// Memory for so many rows; new ones hold anything.
    fn resize(&mut self, rows: usize) {
        let (numbers, scales) = (rows * self.stride, rows * self.groups());
        match &mut self.data {
            Data::F32(data) => grow_to(data, numbers),
            Data::Bf16(data) => grow_to(data, numbers),
            Data::Int(data) => {
                grow_to(&mut data.high, numbers);
                grow_to(&mut data.low, numbers);
                grow_to(&mut data.scales, scales);
                grow_to(&mut data.compensation, scales);
            }
        }
        self.rows = rows;
    }

    fn row_writer(&mut self) -> RowWriter<'_> {
        RowWriter {
            stride: self.stride,
            group: self.precision.group(),
            zero_point: self.precision.zero_point(),
            data: match &mut self.data {
                Data::F32(data) => RowWriterData::F32(Disjoint::new(data)),
                Data::Bf16(data) => RowWriterData::Bf16(Disjoint::new(data)),
                Data::Int(data) => RowWriterData::Int {
                    high: Disjoint::new(&mut data.high),
                    low: Disjoint::new(&mut data.low),
                    scales: Disjoint::new(&mut data.scales),
                    compensation: Disjoint::new(&mut data.compensation),
                },
            },
        }
    }
}

/// Makes a vector no shorter than this.
fn grow_to<T: Clone + Default>(data: &mut Vec<T>, len: usize) {
    if data.len() < len {
        data.resize(len, T::default());
    }
}

fn copy_to<T: Copy>(data: &mut [T], at: usize, from: &[T]) {
    data[at..at + from.len()].copy_from_slice(from);
}

/// Where rows are written, by several threads.
struct RowWriter<'a> {
    stride: usize,
    group: usize,
    zero_point: i32,
    data: RowWriterData<'a>,
}

enum RowWriterData<'a> {
    F32(Disjoint<'a, f32>),
    Bf16(Disjoint<'a, u16>),
    Int {
        high: Disjoint<'a, i8>,
        low: Disjoint<'a, i8>,
        scales: Disjoint<'a, f32>,
        compensation: Disjoint<'a, i32>,
    },
}

impl RowWriter<'_> {
    /// Writes a row; what is beyond its numbers becomes zero.
    ///
    /// # Safety
    /// No other thread writes the same row at the same time.
    unsafe fn write(&self, row: usize, numbers: &[f32]) {
        let range = row * self.stride..(row + 1) * self.stride;
        match &self.data {
            RowWriterData::F32(data) => {
                // SAFETY: rows do not overlap, and this one is the caller's.
                let (row, rest) = unsafe { data.range(range) }.split_at_mut(numbers.len());
                row.copy_from_slice(numbers);
                rest.fill(0.0);
            }
            RowWriterData::Bf16(data) => {
                // SAFETY: as above.
                let (row, rest) = unsafe { data.range(range) }.split_at_mut(numbers.len());
                ops::to_bf16(numbers, row);
                rest.fill(0);
            }
            RowWriterData::Int {
                high,
                low,
                scales,
                compensation,
            } => {
                let groups = self.stride / self.group;
                // SAFETY: as above, for all four.
                let (high, low, scales, compensation) = unsafe {
                    (
                        high.range(range.clone()),
                        low.range(range),
                        scales.range(row * groups..(row + 1) * groups),
                        compensation.range(row * groups..(row + 1) * groups),
                    )
                };
                let count = numbers.len();
                high[count..].fill(0);
                low[count..].fill(0);
                scales[count.div_ceil(self.group)..].fill(0.0);
                compensation[count.div_ceil(self.group)..].fill(0);
                let (high, low) = (&mut high[..count], &mut low[..count]);
                let parts = numbers
                    .chunks(self.group)
                    .zip(high.chunks_mut(self.group))
                    .zip(low.chunks_mut(self.group));
                for (group, ((numbers, high), low)) in parts.enumerate() {
                    let (scale, sum) = quantize_group(numbers, high, low);
                    scales[group] = scale;
                    compensation[group] = sum * self.zero_point;
                }
            }
        }
    }
}

/// Rounds a group to two bytes each. Returns the scale and the sum of the integers.
fn quantize_group(numbers: &[f32], high: &mut [i8], low: &mut [i8]) -> (f32, i32) {
    let abs_max = ops::abs_max(numbers);
    // Too small a scale has no inverse; such a group is zero. What is no number stays visible.
    if abs_max < f32::MIN_POSITIVE * MAX_QUANTIZED {
        high.fill(0);
        low.fill(0);
        return (0.0, 0);
    }
    let sum = ops::quantize(numbers, MAX_QUANTIZED / abs_max, high, low);
    (abs_max / MAX_QUANTIZED, sum)
}
