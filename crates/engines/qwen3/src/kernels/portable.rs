//! Kernels in plain Rust: for every machine, and the reference for the others.

#![allow(unsafe_code, reason = "kernels have one signature")]

use half::bf16;

use super::activations::Data;
use super::tile::{Kernel, Lanes, MAX_SUMS, Tile, instance};
use super::{LANES, Precision};

pub(super) fn kernel(precision: Precision, panels: usize, columns: usize) -> Kernel {
    match precision {
        Precision::F32 => instance!(f32, panels, columns, float),
        Precision::Bf16 => instance!(bfloat16, panels, columns, float),
        Precision::Int8 => instance!(int8, panels, columns, integer),
        Precision::Int4 => instance!(int4, panels, columns, integer),
    }
}

/// Calls `work` with each block of each panel and column, taps outermost: the panel, the number of
/// the sum, the block's bytes and the first number of its input.
fn blocks<const P: usize, const C: usize>(
    tile: &Tile<'_>,
    precision: Precision,
    mut work: impl FnMut(usize, &[u8], usize),
) {
    let size = precision.block_bytes();
    for panel in 0..P {
        for column in 0..C {
            for (tap, offset) in tile.offsets.iter().enumerate() {
                let input = (tile.rows[column] + offset) * tile.input.stride;
                for block in 0..tile.blocks {
                    let at = panel * tile.panel_bytes + (tap * tile.blocks + block) * size;
                    work(
                        panel * C + column,
                        &tile.panels[at..at + size],
                        input + block * precision.block(),
                    );
                }
            }
        }
    }
}

unsafe fn f32<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
    let Data::F32(input) = &tile.input.data else {
        unreachable!("the precision was checked")
    };
    sums[..P * C].fill([0.0; LANES]);
    blocks::<P, C>(tile, Precision::F32, |sum, block, at| {
        let (weights, _) = block.as_chunks::<4>();
        for (sum, weight) in sums[sum].iter_mut().zip(weights) {
            *sum += f32::from_le_bytes(*weight) * input[at];
        }
    });
}

unsafe fn bfloat16<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
    let Data::Bf16(input) = &tile.input.data else {
        unreachable!("the precision was checked")
    };
    sums[..P * C].fill([0.0; LANES]);
    blocks::<P, C>(tile, Precision::Bf16, |sum, block, at| {
        let (weights, _) = block.as_chunks::<2>();
        let (pairs, _) = weights.as_chunks::<2>();
        for (sum, pair) in sums[sum].iter_mut().zip(pairs) {
            for (weight, input) in pair.iter().zip(&input[at..at + 2]) {
                *sum += bf16::from_le_bytes(*weight).to_f32() * bf16::from_bits(*input).to_f32();
            }
        }
    });
}

unsafe fn int8<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
    integers::<P, C>(tile, Precision::Int8, sums, |group, lane, column| {
        i32::from(group[column / 4 * 64 + lane * 4 + column % 4])
    });
}

unsafe fn int4<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
    integers::<P, C>(tile, Precision::Int4, sums, |group, lane, column| {
        let byte = group[column / 8 * 64 + lane * 4 + column % 4];
        i32::from(if column % 8 < 4 {
            byte & 0x0f
        } else {
            byte >> 4
        })
    });
}

/// Both integer formats; `weight` gives a group's stored weight of a lane and column.
fn integers<const P: usize, const C: usize>(
    tile: &Tile<'_>,
    precision: Precision,
    sums: &mut [Lanes; MAX_SUMS],
    weight: impl Fn(&[u8], usize, usize) -> i32,
) {
    let Data::Int(input) = &tile.input.data else {
        unreachable!("the precision was checked")
    };
    sums[..P * C].fill([0.0; LANES]);
    let size = precision.group();
    blocks::<P, C>(tile, precision, |sum, block, at| {
        let (weights, scales) = block.split_at(block.len() - 4 * LANES);
        let (scales, _) = scales.as_chunks::<2>();
        for (half, group) in weights.chunks_exact(weights.len() / 2).enumerate() {
            let at = at + half * size;
            for lane in 0..LANES {
                let mut total = -input.compensation[at / size];
                for column in 0..size {
                    let number = i32::from(input.high[at + column]) * 128
                        + i32::from(input.low[at + column]);
                    total += weight(group, lane, column) * number;
                }
                let scale = bf16::from_le_bytes(scales[half * LANES + lane]).to_f32()
                    * input.scales[at / size];
                // Fused, as the other kernels do it: integer formats give the same bits everywhere.
                sums[sum][lane] = (total as f32).mul_add(scale, sums[sum][lane]);
            }
        }
    });
}
