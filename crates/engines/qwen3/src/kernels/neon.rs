//! Kernels for NEON, which every 64-bit ARM has. A panel is four vectors of four rows.
//!
//! Weights lose their zero point here, as they do for AVX2: a signed byte times a signed byte is
//! what `smull` does. Pairs of products fit into 16 bits (128 × 127 × 2), and are added up from
//! there. The sums are the same integers as everywhere.

#![allow(
    unsafe_code,
    reason = "vector instructions and pointers into checked slices"
)]

use super::Precision;
use super::tile::Kernel;

#[cfg(not(target_arch = "aarch64"))]
pub(super) fn kernel(_: Precision, _: usize, _: usize) -> Kernel {
    unreachable!("not available, see `Isa::is_available`")
}

#[cfg(target_arch = "aarch64")]
pub(super) use arm::kernel;

#[cfg(target_arch = "aarch64")]
mod arm {
    use std::arch::aarch64::*;

    use super::super::activations::Data;
    use super::super::tile::{Lanes, MAX_SUMS, Tile, instance};
    use super::{Kernel, Precision};

    pub(in super::super) fn kernel(precision: Precision, panels: usize, columns: usize) -> Kernel {
        match precision {
            Precision::F32 => instance!(f32, panels, columns, float),
            Precision::Bf16 => instance!(bf16, panels, columns, float),
            Precision::Int8 => instance!(int8, panels, columns, integer),
            Precision::Int4 => instance!(int4, panels, columns, integer),
        }
    }

    /// Vectors of a panel.
    const QUARTERS: usize = 4;

    /// Sixteen of the 32 registers hold one panel's sums of four columns.
    const WIDTH: usize = 4;

    type Totals = [float32x4_t; QUARTERS];

    /// A panel's bytes and a column's first input for a tap.
    fn address(tile: &Tile<'_>, panel: usize, column: usize, tap: usize) -> (*const u8, usize) {
        let bytes = tile.panel_bytes / tile.offsets.len();
        let weights = tile.panels[panel * tile.panel_bytes + tap * bytes..].as_ptr();
        let row = tile.rows[column] + tile.offsets[tap];
        (weights, row * tile.input.stride)
    }

    #[target_feature(enable = "neon")]
    unsafe fn f32<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        let Data::F32(data) = &tile.input.data else {
            unreachable!("the precision was checked")
        };
        for panel in 0..P {
            for from in (0..C).step_by(WIDTH) {
                let width = WIDTH.min(C - from);
                let mut totals: [Totals; WIDTH] = [[vdupq_n_f32(0.0); QUARTERS]; WIDTH];
                for tap in 0..tile.offsets.len() {
                    let (weights, _) = address(tile, panel, from, tap);
                    // A part that is not full repeats its last column.
                    let inputs: [*const f32; WIDTH] = std::array::from_fn(|column| {
                        let (_, at) = address(tile, panel, from + column.min(width - 1), tap);
                        data[at..].as_ptr()
                    });
                    for block in 0..tile.blocks {
                        // SAFETY: inside the panels and rows, by the caller's promise.
                        unsafe {
                            let at = weights.add(block * 64);
                            let row: Totals = std::array::from_fn(|quarter| {
                                vreinterpretq_f32_u8(vld1q_u8(at.add(16 * quarter)))
                            });
                            for column in 0..WIDTH {
                                let input = *inputs[column].add(block);
                                for quarter in 0..QUARTERS {
                                    let total = &mut totals[column][quarter];
                                    *total = vfmaq_n_f32(*total, row[quarter], input);
                                }
                            }
                        }
                    }
                }
                for (column, totals) in totals.into_iter().take(width).enumerate() {
                    // SAFETY: the instructions are there.
                    unsafe { store(totals, &mut sums[panel * C + from + column]) };
                }
            }
        }
    }

    #[target_feature(enable = "neon")]
    unsafe fn bf16<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        let Data::Bf16(data) = &tile.input.data else {
            unreachable!("the precision was checked")
        };
        let upper = vdupq_n_u32(0xffff_0000);
        for panel in 0..P {
            for from in (0..C).step_by(WIDTH) {
                let width = WIDTH.min(C - from);
                let mut totals: [Totals; WIDTH] = [[vdupq_n_f32(0.0); QUARTERS]; WIDTH];
                for tap in 0..tile.offsets.len() {
                    let (weights, _) = address(tile, panel, from, tap);
                    let inputs: [*const u16; WIDTH] = std::array::from_fn(|column| {
                        let (_, at) = address(tile, panel, from + column.min(width - 1), tap);
                        data[at..].as_ptr()
                    });
                    for block in 0..tile.blocks {
                        // SAFETY: inside the panels and rows, by the caller's promise.
                        unsafe {
                            let at = weights.add(block * 64);
                            for quarter in 0..QUARTERS {
                                // Two columns of a row lie side by side.
                                let pairs = vreinterpretq_u32_u8(vld1q_u8(at.add(16 * quarter)));
                                let even = vreinterpretq_f32_u32(vshlq_n_u32::<16>(pairs));
                                let odd = vreinterpretq_f32_u32(vandq_u32(pairs, upper));
                                for column in 0..WIDTH {
                                    let pair = inputs[column].add(2 * block).cast::<u32>();
                                    let pair = pair.read_unaligned();
                                    let first = f32::from_bits(pair << 16);
                                    let second = f32::from_bits(pair & 0xffff_0000);
                                    let total = &mut totals[column][quarter];
                                    *total = vfmaq_n_f32(*total, even, first);
                                    *total = vfmaq_n_f32(*total, odd, second);
                                }
                            }
                        }
                    }
                }
                for (column, totals) in totals.into_iter().take(width).enumerate() {
                    // SAFETY: the instructions are there.
                    unsafe { store(totals, &mut sums[panel * C + from + column]) };
                }
            }
        }
    }

    #[target_feature(enable = "neon")]
    unsafe fn store(totals: Totals, sums: &mut Lanes) {
        for (quarter, total) in totals.into_iter().enumerate() {
            // SAFETY: a row of sums is four times four floats.
            unsafe { vst1q_f32(sums.as_mut_ptr().add(4 * quarter), total) };
        }
    }

    #[target_feature(enable = "neon")]
    unsafe fn int8<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        // SAFETY: the caller's promise is passed on.
        unsafe { integers::<P, C, 8>(tile, sums) }
    }

    #[target_feature(enable = "neon")]
    unsafe fn int4<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        // SAFETY: the caller's promise is passed on.
        unsafe { integers::<P, C, 4>(tile, sums) }
    }

    /// Both integer formats, column by column: a panel of one group stays in the first cache.
    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn integers<const P: usize, const C: usize, const BITS: usize>(
        tile: &Tile<'_>,
        sums: &mut [Lanes; MAX_SUMS],
    ) {
        let Data::Int(data) = &tile.input.data else {
            unreachable!("the precision was checked")
        };
        let group = if BITS == 8 {
            Precision::Int8.group()
        } else {
            Precision::Int4.group()
        };
        let group_bytes = group * 16 * BITS / 8;
        let columns_of_line = 32 / BITS;
        for panel in 0..P {
            let mut totals: [Totals; C] = [[vdupq_n_f32(0.0); QUARTERS]; C];
            for tap in 0..tile.offsets.len() {
                let inputs: [usize; C] =
                    std::array::from_fn(|column| address(tile, panel, column, tap).1);
                let (mut weights, _) = address(tile, panel, 0, tap);
                for number in 0..2 * tile.blocks {
                    let second = number % 2;
                    // SAFETY: inside the panels and rows, by the caller's promise.
                    unsafe {
                        // The scales of both groups follow the weights of both.
                        let scales_at = weights.add((2 - second) * group_bytes).add(second * 32);
                        for column in 0..C {
                            let from = inputs[column] + number * group;
                            let mut high = [vdupq_n_s32(0); QUARTERS];
                            let mut low = high;
                            for line in 0..group / columns_of_line {
                                for quarter in 0..QUARTERS {
                                    let bytes = vld1q_u8(weights.add(line * 64 + 16 * quarter));
                                    for part in 0..8 / BITS {
                                        let weights = signed::<BITS>(bytes, part);
                                        let at = from + line * columns_of_line + 4 * part;
                                        high[quarter] = add_products(
                                            high[quarter],
                                            weights,
                                            data.high.as_ptr().add(at),
                                        );
                                        low[quarter] = add_products(
                                            low[quarter],
                                            weights,
                                            data.low.as_ptr().add(at),
                                        );
                                    }
                                }
                            }
                            let scale = *data.scales.get_unchecked(from / group);
                            for quarter in 0..QUARTERS {
                                let joined =
                                    vaddq_s32(vshlq_n_s32::<7>(high[quarter]), low[quarter]);
                                let scales = vmulq_n_f32(scales(scales_at, quarter), scale);
                                let total = &mut totals[column][quarter];
                                *total = vfmaq_f32(*total, vcvtq_f32_s32(joined), scales);
                            }
                        }
                        weights = weights.add(group_bytes + second * 64);
                    }
                }
            }
            for (column, totals) in totals.into_iter().enumerate() {
                // SAFETY: the instructions are there.
                unsafe { store(totals, &mut sums[panel * C + column]) };
            }
        }
    }

    /// The weights of one part of a line, without their zero point.
    #[inline]
    #[target_feature(enable = "neon")]
    fn signed<const BITS: usize>(bytes: uint8x16_t, part: usize) -> int8x16_t {
        if BITS == 8 {
            return vreinterpretq_s8_u8(veorq_u8(bytes, vdupq_n_u8(0x80)));
        }
        let nibbles = if part == 0 {
            vandq_u8(bytes, vdupq_n_u8(0x0f))
        } else {
            vshrq_n_u8::<4>(bytes)
        };
        vsubq_s8(vreinterpretq_s8_u8(nibbles), vdupq_n_s8(8))
    }

    /// Adds four products to each lane: the weights' bytes times four bytes of the input.
    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn add_products(sum: int32x4_t, weights: int8x16_t, input: *const i8) -> int32x4_t {
        // SAFETY: rows are made of whole blocks.
        let input =
            vreinterpretq_s8_s32(vdupq_n_s32(unsafe { input.cast::<i32>().read_unaligned() }));
        let first = vmull_s8(vget_low_s8(weights), vget_low_s8(input));
        let last = vmull_high_s8(weights, input);
        vpadalq_s16(sum, vpaddq_s16(first, last))
    }

    /// Four bfloat16 of the sixteen that end a group.
    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn scales(at: *const u8, quarter: usize) -> float32x4_t {
        // SAFETY: a block ends with 2 × 16 scales.
        let bits = unsafe { vld1_u16(at.add(8 * quarter).cast()) };
        vreinterpretq_f32_u32(vshll_n_u16::<16>(bits))
    }
}
