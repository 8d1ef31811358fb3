//! Kernels for AVX2 and FMA. A panel is two vectors of eight rows.
//!
//! `vpmaddubsw` multiplies an unsigned by a signed byte and would overflow with a full unsigned
//! weight, so weights lose their zero point here, and each product takes its sign from the input:
//! |input| × (weight with the input's sign). The sums are the same integers.

#![allow(
    unsafe_code,
    reason = "vector instructions and pointers into checked slices"
)]

use super::Precision;
use super::tile::Kernel;

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn kernel(_: Precision, _: usize, _: usize) -> Kernel {
    unreachable!("not available, see `Isa::is_available`")
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::kernel;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::activations::Data;
    use super::super::tile::{Lanes, MAX_SUMS, Tile, instance};
    use super::{Kernel, Precision};

    /// How far ahead weights are fetched, in bytes.
    const PREFETCH_BYTES: usize = 4 << 10;

    pub(in super::super) fn kernel(precision: Precision, panels: usize, columns: usize) -> Kernel {
        match precision {
            Precision::F32 => instance!(f32, panels, columns, float),
            Precision::Bf16 => instance!(bf16, panels, columns, float),
            Precision::Int8 => instance!(int8, panels, columns, integer),
            Precision::Int4 => instance!(int4, panels, columns, integer),
        }
    }

    /// A panel's bytes and a column's first input for a tap.
    fn address(tile: &Tile<'_>, panel: usize, column: usize, tap: usize) -> (*const u8, usize) {
        let bytes = tile.panel_bytes / tile.offsets.len();
        let weights = tile.panels[panel * tile.panel_bytes + tap * bytes..].as_ptr();
        let row = tile.rows[column] + tile.offsets[tap];
        (weights, row * tile.input.stride)
    }

    /// Sixteen registers hold one panel and up to three columns: wider tiles go in parts.
    const WIDTH: usize = 3;

    #[target_feature(enable = "avx2,fma")]
    unsafe fn f32<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        let Data::F32(data) = &tile.input.data else {
            unreachable!("the precision was checked")
        };
        for panel in 0..P {
            for from in (0..C).step_by(WIDTH) {
                let width = WIDTH.min(C - from);
                let mut totals = [[_mm256_setzero_ps(); 2]; WIDTH];
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
                            let at = weights.add(block * 64).cast::<f32>();
                            let halves = [_mm256_loadu_ps(at), _mm256_loadu_ps(at.add(8))];
                            for column in 0..WIDTH {
                                let input = _mm256_broadcast_ss(&*inputs[column].add(block));
                                for half in 0..2 {
                                    totals[column][half] =
                                        _mm256_fmadd_ps(halves[half], input, totals[column][half]);
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

    #[target_feature(enable = "avx2,fma")]
    unsafe fn bf16<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        let Data::Bf16(data) = &tile.input.data else {
            unreachable!("the precision was checked")
        };
        let upper = _mm256_set1_epi32(0xffff_0000_u32 as i32);
        for panel in 0..P {
            for from in (0..C).step_by(WIDTH) {
                let width = WIDTH.min(C - from);
                let mut totals = [[_mm256_setzero_ps(); 2]; WIDTH];
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
                            if C == 1 {
                                _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(PREFETCH_BYTES).cast());
                            }
                            let pairs = [
                                _mm256_loadu_si256(at.cast()),
                                _mm256_loadu_si256(at.add(32).cast()),
                            ];
                            // A bfloat16 is the upper half of a float.
                            let even = pairs
                                .map(|pair| _mm256_castsi256_ps(_mm256_slli_epi32::<16>(pair)));
                            let odd = pairs
                                .map(|pair| _mm256_castsi256_ps(_mm256_and_si256(pair, upper)));
                            for column in 0..WIDTH {
                                let pair =
                                    inputs[column].add(2 * block).cast::<u32>().read_unaligned();
                                let first = _mm256_set1_ps(f32::from_bits(pair << 16));
                                let second = _mm256_set1_ps(f32::from_bits(pair & 0xffff_0000));
                                for half in 0..2 {
                                    let total = &mut totals[column][half];
                                    *total = _mm256_fmadd_ps(even[half], first, *total);
                                    *total = _mm256_fmadd_ps(odd[half], second, *total);
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

    #[target_feature(enable = "avx2,fma")]
    unsafe fn store(totals: [__m256; 2], sums: &mut Lanes) {
        for (half, total) in totals.into_iter().enumerate() {
            // SAFETY: a row of sums is twice eight floats.
            unsafe { _mm256_storeu_ps(sums.as_mut_ptr().add(8 * half), total) };
        }
    }

    #[target_feature(enable = "avx2,fma")]
    unsafe fn int8<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        // SAFETY: the caller's promise is passed on.
        unsafe { integers::<P, C, 8>(tile, sums) }
    }

    #[target_feature(enable = "avx2,fma")]
    unsafe fn int4<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        // SAFETY: the caller's promise is passed on.
        unsafe { integers::<P, C, 4>(tile, sums) }
    }

    /// Both integer formats, column by column: a panel of one group stays in the first cache.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
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
        let nibble = _mm256_set1_epi8(0x0f);
        let zero_point = _mm256_set1_epi8(if BITS == 8 { -128 } else { 8 });
        for panel in 0..P {
            let mut totals = [[_mm256_setzero_ps(); 2]; C];
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
                        let scales = [scales(scales_at), scales(scales_at.add(16))];
                        for column in 0..C {
                            let from = inputs[column] + number * group;
                            let mut high = [_mm256_setzero_si256(); 2];
                            let mut low = high;
                            for line in 0..group / columns_of_line {
                                let at = weights.add(line * 64);
                                if C == 1 {
                                    _mm_prefetch::<_MM_HINT_T0>(
                                        at.wrapping_add(PREFETCH_BYTES).cast(),
                                    );
                                }
                                for half in 0..2 {
                                    let bytes = _mm256_loadu_si256(at.add(32 * half).cast());
                                    let parts = if BITS == 8 {
                                        [_mm256_xor_si256(bytes, zero_point), bytes]
                                    } else {
                                        let first = _mm256_and_si256(bytes, nibble);
                                        let last = _mm256_srli_epi16::<4>(bytes);
                                        [
                                            _mm256_sub_epi8(first, zero_point),
                                            _mm256_sub_epi8(
                                                _mm256_and_si256(last, nibble),
                                                zero_point,
                                            ),
                                        ]
                                    };
                                    for (part, weights) in parts.iter().take(8 / BITS).enumerate() {
                                        let at = from + line * columns_of_line + 4 * part;
                                        high[half] = add_products(
                                            high[half],
                                            *weights,
                                            data.high.as_ptr().add(at),
                                        );
                                        low[half] = add_products(
                                            low[half],
                                            *weights,
                                            data.low.as_ptr().add(at),
                                        );
                                    }
                                }
                            }
                            let scale = _mm256_set1_ps(*data.scales.get_unchecked(from / group));
                            for half in 0..2 {
                                let joined =
                                    _mm256_add_epi32(_mm256_slli_epi32::<7>(high[half]), low[half]);
                                totals[column][half] = _mm256_fmadd_ps(
                                    _mm256_cvtepi32_ps(joined),
                                    _mm256_mul_ps(scales[half], scale),
                                    totals[column][half],
                                );
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

    /// Adds four products to each lane: the weights' bytes times four bytes of the input.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn add_products(sum: __m256i, weights: __m256i, input: *const i8) -> __m256i {
        // SAFETY: rows are made of whole blocks.
        let input = _mm256_set1_epi32(unsafe { input.cast::<i32>().read_unaligned() });
        let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(input), _mm256_sign_epi8(weights, input));
        _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
    }

    /// Eight bfloat16.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn scales(at: *const u8) -> __m256 {
        // SAFETY: a block ends with 2 × 16 scales.
        let bits = unsafe { _mm_loadu_si128(at.cast()) };
        _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(bits)))
    }
}
