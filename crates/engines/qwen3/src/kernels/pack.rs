//! Numbers to panels and back. See the module's page for the layout.
//!
//! A panel holds its taps one after the other, a tap its blocks. A block is, for 16 rows:
//!
//! | precision | columns | bytes |
//! |---|---|---|
//! | f32 | 1 | 16 numbers |
//! | bf16 | 2 | 16 pairs |
//! | int8 | 128 | 32 lines of 16 × 4 columns, then 2 × 16 scales |
//! | int4 | 64 | 8 lines of 16 × 8 columns, then 2 × 16 scales |
//!
//! A byte of int4 holds column `j` of its eight in the low half and column `4 + j` in the high
//! one. Integers are stored with their zero point added. A scale is a bfloat16, rounded before the
//! weights are divided by it, so that its rounding costs no accuracy.

use half::bf16;

use super::matrix::Shape;
use super::{LANES, Precision, ThreadPool};

/// Packs a matrix into `bytes`, which are zero before.
pub(super) fn pack(
    pool: &ThreadPool,
    precision: Precision,
    shape: Shape,
    weights: &(dyn Fn(usize, usize, &mut [f32]) + Sync),
    bytes: &mut [u8],
) {
    let panel_bytes = shape.panel_bytes(precision);
    if panel_bytes == 0 {
        return;
    }
    let width = shape.blocks(precision) * precision.block();
    pool.parallel_rows(bytes, panel_bytes, 1, &|first, bytes| {
        let mut rows = vec![0.0; LANES * width];
        for (number, panel) in bytes.chunks_exact_mut(panel_bytes).enumerate() {
            for tap in 0..shape.taps {
                for (lane, row) in rows.chunks_exact_mut(width).enumerate() {
                    let number = (first + number) * LANES + lane;
                    if number < shape.rows {
                        weights(number, tap, &mut row[..shape.cols]);
                    } else {
                        row.fill(0.0);
                    }
                }
                let tap_bytes = panel_bytes / shape.taps;
                let blocks =
                    panel[tap * tap_bytes..][..tap_bytes].chunks_exact_mut(precision.block_bytes());
                for (block, bytes) in blocks.enumerate() {
                    let from = block * precision.block();
                    for lane in 0..LANES {
                        let row = &rows[lane * width + from..][..precision.block()];
                        pack_lane(precision, row, lane, bytes);
                    }
                }
            }
        }
    });
}

/// Packs one row's part of one block.
fn pack_lane(precision: Precision, row: &[f32], lane: usize, block: &mut [u8]) {
    match precision {
        Precision::F32 => block[lane * 4..][..4].copy_from_slice(&row[0].to_le_bytes()),
        Precision::Bf16 => {
            for (half, number) in row.iter().enumerate() {
                let bytes = bf16::from_f32(*number).to_le_bytes();
                block[(lane * 2 + half) * 2..][..2].copy_from_slice(&bytes);
            }
        }
        Precision::Int8 | Precision::Int4 => {
            for (group, numbers) in row.chunks_exact(precision.group()).enumerate() {
                let scale = match precision {
                    Precision::Int8 => scale_int8(numbers),
                    _ => scale_int4(numbers),
                };
                for (column, number) in numbers.iter().enumerate() {
                    let value = quantize(precision, *number, scale);
                    let (at, shift) = address(precision, group, lane, column);
                    block[at] |= value << shift;
                }
                let at = scale_offset(precision, group, lane);
                block[at..][..2].copy_from_slice(&scale.to_le_bytes());
            }
        }
    }
}

/// The numbers that a row and tap of a packed matrix stand for.
pub(super) fn unpack(
    precision: Precision,
    shape: Shape,
    bytes: &[u8],
    row: usize,
    tap: usize,
) -> Vec<f32> {
    let panel_bytes = shape.panel_bytes(precision);
    let tap_bytes = panel_bytes / shape.taps;
    let lane = row % LANES;
    let tap = &bytes[row / LANES * panel_bytes + tap * tap_bytes..][..tap_bytes];
    let number = |column: usize| {
        let block = &tap[column / precision.block() * precision.block_bytes()..];
        let column = column % precision.block();
        match precision {
            Precision::F32 => f32::from_le_bytes([0, 1, 2, 3].map(|byte| block[lane * 4 + byte])),
            Precision::Bf16 => {
                bf16::from_le_bytes([0, 1].map(|byte| block[(lane * 2 + column) * 2 + byte]))
                    .to_f32()
            }
            Precision::Int8 | Precision::Int4 => {
                let group = column / precision.group();
                let (at, shift) = address(precision, group, lane, column % precision.group());
                let mask = if precision == Precision::Int8 {
                    0xff
                } else {
                    0x0f
                };
                let value = i32::from((block[at] >> shift) & mask) - precision.zero_point();
                let at = scale_offset(precision, group, lane);
                value as f32 * bf16::from_le_bytes([block[at], block[at + 1]]).to_f32()
            }
        }
    };
    (0..shape.cols).map(number).collect()
}

/// The byte of a block that holds a column of a group, and how far it is shifted in it.
const fn address(precision: Precision, group: usize, lane: usize, column: usize) -> (usize, u32) {
    match precision {
        Precision::Int4 => {
            let line = (group * precision.group() + column) / 8;
            let within = column % 8;
            let shift = if within < 4 { 0 } else { 4 };
            (line * 64 + lane * 4 + within % 4, shift)
        }
        _ => {
            let line = (group * precision.group() + column) / 4;
            (line * 64 + lane * 4 + column % 4, 0)
        }
    }
}

/// The first byte of a group's scale in a block.
const fn scale_offset(precision: Precision, group: usize, lane: usize) -> usize {
    precision.block_bytes() - 2 * 2 * LANES + (group * LANES + lane) * 2
}

fn quantize(precision: Precision, number: f32, scale: bf16) -> u8 {
    let scale = scale.to_f32();
    let (min, max) = match precision {
        Precision::Int8 => (-127.0, 127.0),
        _ => (-8.0, 7.0),
    };
    let value = if scale == 0.0 { 0.0 } else { number / scale };
    // In 0…255 by the bounds.
    (value.round_ties_even().clamp(min, max) as i32 + precision.zero_point()) as u8
}

/// The largest number becomes ±127.
fn scale_int8(numbers: &[f32]) -> bf16 {
    let abs_max = numbers.iter().fold(0.0_f32, |max, x| max.max(x.abs()));
    round_up(abs_max / 127.0)
}

/// The smallest bfloat16 that is not below a positive number.
fn round_up(number: f32) -> bf16 {
    let rounded = bf16::from_f32(number);
    if rounded.to_f32() < number {
        bf16::from_bits(rounded.to_bits() + 1)
    } else {
        rounded
    }
}

/// The scale with the least square error, of a few near the one that makes the largest number −8.
fn scale_int4(numbers: &[f32]) -> bf16 {
    let abs_max = numbers
        .iter()
        .fold(0.0_f32, |max, x| if x.abs() > max.abs() { *x } else { max });
    let mut best = (f32::INFINITY, bf16::ZERO);
    for steps in [-8.7, -8.3, -8.0, -7.6, -7.2, 7.0, 7.4] {
        let scale = bf16::from_f32(abs_max / steps);
        let inverse = if scale == bf16::ZERO {
            0.0
        } else {
            1.0 / scale.to_f32()
        };
        let error: f32 = numbers
            .iter()
            .map(|number| {
                let value = (number * inverse).round_ties_even().clamp(-8.0, 7.0);
                let error = number - value * scale.to_f32();
                error * error
            })
            .sum();
        if error < best.0 {
            best = (error, scale);
        }
    }
    best.1
}
