//! Kernels for AVX-512 with VNNI and BF16. A vector holds one number for each row of a panel.
//!
//! Weights are the unsigned operand of `vpdpbusd`, which is why they are stored with their zero
//! point added; one instruction multiplies four columns of all 16 rows by four broadcast numbers of
//! the input. The two bytes of an input make two sums, which are combined once a group.

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

    /// How far ahead weights are fetched, in bytes: the prefetchers of the processor stop at the
    /// end of each page of 4 KB.
    const PREFETCH_BYTES: usize = 4 << 10;

    pub(in super::super) fn kernel(precision: Precision, panels: usize, columns: usize) -> Kernel {
        match precision {
            Precision::F32 => instance!(f32, panels, columns, float),
            Precision::Bf16 => instance!(bf16, panels, columns, float),
            Precision::Int8 => instance!(int8, panels, columns, integer),
            Precision::Int4 => instance!(int4, panels, columns, integer),
        }
    }

    /// Where each panel of a tile begins.
    fn panels<const P: usize>(tile: &Tile<'_>) -> [*const u8; P] {
        std::array::from_fn(|panel| tile.panels[panel * tile.panel_bytes..].as_ptr())
    }

    /// Where the input of each column begins, for a tap.
    fn inputs<T, const C: usize>(tile: &Tile<'_>, data: &[T], offset: usize) -> [*const T; C] {
        std::array::from_fn(|column| {
            data[(tile.rows[column] + offset) * tile.input.stride..].as_ptr()
        })
    }

    #[target_feature(enable = "avx512f")]
    unsafe fn store<const P: usize, const C: usize>(
        totals: [[__m512; C]; P],
        sums: &mut [Lanes; MAX_SUMS],
    ) {
        for (panel, totals) in totals.into_iter().enumerate() {
            for (column, total) in totals.into_iter().enumerate() {
                // SAFETY: a row of sums is 16 floats.
                unsafe { _mm512_storeu_ps(sums[panel * C + column].as_mut_ptr(), total) };
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    unsafe fn f32<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        let Data::F32(data) = &tile.input.data else {
            unreachable!("the precision was checked")
        };
        let mut totals = [[_mm512_setzero_ps(); C]; P];
        let mut weights = panels::<P>(tile);
        for offset in tile.offsets {
            let inputs = inputs::<_, C>(tile, data, *offset);
            for block in 0..tile.blocks {
                // SAFETY: inside the tile's panels and the input's rows, by the caller's promise.
                unsafe {
                    for panel in 0..P {
                        let weight = _mm512_loadu_ps(weights[panel].cast());
                        for column in 0..C {
                            let input = _mm512_set1_ps(*inputs[column].add(block));
                            totals[panel][column] =
                                _mm512_fmadd_ps(weight, input, totals[panel][column]);
                        }
                        weights[panel] = weights[panel].add(64);
                    }
                }
            }
        }
        // SAFETY: the instructions are there.
        unsafe { store(totals, sums) };
    }

    #[target_feature(enable = "avx512f,avx512bf16")]
    unsafe fn bf16<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        let Data::Bf16(data) = &tile.input.data else {
            unreachable!("the precision was checked")
        };
        let mut totals = [[_mm512_setzero_ps(); C]; P];
        let mut weights = panels::<P>(tile);
        for offset in tile.offsets {
            let inputs = inputs::<_, C>(tile, data, *offset);
            for block in 0..tile.blocks {
                // SAFETY: inside the tile's panels and the input's rows, by the caller's promise.
                unsafe {
                    let pairs: [__m512i; P] = std::array::from_fn(|panel| {
                        let pairs = _mm512_loadu_si512(weights[panel].cast());
                        _mm_prefetch::<_MM_HINT_T0>(
                            weights[panel].wrapping_add(PREFETCH_BYTES).cast(),
                        );
                        weights[panel] = weights[panel].add(64);
                        pairs
                    });
                    for column in 0..C {
                        let pair = inputs[column].add(2 * block).cast::<i32>();
                        let input = _mm512_set1_epi32(pair.read_unaligned());
                        for panel in 0..P {
                            totals[panel][column] = _mm512_dpbf16_ps(
                                totals[panel][column],
                                std::mem::transmute::<__m512i, __m512bh>(pairs[panel]),
                                std::mem::transmute::<__m512i, __m512bh>(input),
                            );
                        }
                    }
                }
            }
        }
        // SAFETY: the instructions are there.
        unsafe { store(totals, sums) };
    }

    /// A group's scales times the input's scale, times the joined sums, added to the total.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    unsafe fn add_group(
        total: __m512,
        high: __m512i,
        low: __m512i,
        scales: __m512,
        input_scale: f32,
        compensation: i32,
    ) -> __m512 {
        let joined = _mm512_add_epi32(_mm512_slli_epi32::<7>(high), low);
        let exact = _mm512_sub_epi32(joined, _mm512_set1_epi32(compensation));
        let scale = _mm512_mul_ps(scales, _mm512_set1_ps(input_scale));
        _mm512_fmadd_ps(_mm512_cvtepi32_ps(exact), scale, total)
    }

    /// 16 bfloat16.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    unsafe fn scales(at: *const u8) -> __m512 {
        // SAFETY: a block ends with 2 × 16 scales.
        let bits = unsafe { _mm256_loadu_si256(at.cast()) };
        _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(bits)))
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    unsafe fn int8<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        const GROUP: usize = Precision::Int8.group();
        const GROUP_BYTES: usize = GROUP * 16;
        let Data::Int(data) = &tile.input.data else {
            unreachable!("the precision was checked")
        };
        let mut totals = [[_mm512_setzero_ps(); C]; P];
        let mut weights = panels::<P>(tile);
        for offset in tile.offsets {
            let highs = inputs::<_, C>(tile, &data.high, *offset);
            let lows = inputs::<_, C>(tile, &data.low, *offset);
            for block in 0..tile.blocks {
                for second in 0..2 {
                    let group = 2 * block + second;
                    // SAFETY: inside the tile's panels and the input's rows, by the caller's
                    // promise.
                    unsafe {
                        let mut high = [[_mm512_setzero_si512(); C]; P];
                        let mut low = [[_mm512_setzero_si512(); C]; P];
                        for line in 0..GROUP / 4 {
                            for panel in 0..P {
                                let at = weights[panel].add(second * GROUP_BYTES + line * 64);
                                let weight = _mm512_loadu_si512(at.cast());
                                _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(PREFETCH_BYTES).cast());
                                for column in 0..C {
                                    let at = group * GROUP + line * 4;
                                    let sum = &mut high[panel][column];
                                    *sum = _mm512_dpbusd_epi32(
                                        *sum,
                                        weight,
                                        four(highs[column].add(at)),
                                    );
                                    let sum = &mut low[panel][column];
                                    *sum = _mm512_dpbusd_epi32(
                                        *sum,
                                        weight,
                                        four(lows[column].add(at)),
                                    );
                                }
                            }
                        }
                        for panel in 0..P {
                            let scales = scales(weights[panel].add(2 * GROUP_BYTES + second * 32));
                            for column in 0..C {
                                let row = (tile.rows[column] + offset) * tile.input.stride;
                                let at = row / GROUP + group;
                                totals[panel][column] = add_group(
                                    totals[panel][column],
                                    high[panel][column],
                                    low[panel][column],
                                    scales,
                                    *data.scales.get_unchecked(at),
                                    *data.compensation.get_unchecked(at),
                                );
                            }
                        }
                    }
                }
                for panel in &mut weights {
                    // SAFETY: at most one past the panel's end.
                    *panel = unsafe { panel.add(2 * GROUP_BYTES + 64) };
                }
            }
        }
        // SAFETY: the instructions are there.
        unsafe { store(totals, sums) };
    }

    /// Four bytes of the input in each lane.
    #[target_feature(enable = "avx512f")]
    unsafe fn four(at: *const i8) -> __m512i {
        // SAFETY: rows are made of whole blocks.
        _mm512_set1_epi32(unsafe { at.cast::<i32>().read_unaligned() })
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    unsafe fn int4<const P: usize, const C: usize>(tile: &Tile<'_>, sums: &mut [Lanes; MAX_SUMS]) {
        const GROUP: usize = Precision::Int4.group();
        const GROUP_BYTES: usize = GROUP * 16 / 2;
        let Data::Int(data) = &tile.input.data else {
            unreachable!("the precision was checked")
        };
        let nibble = _mm512_set1_epi8(0x0f);
        let mut totals = [[_mm512_setzero_ps(); C]; P];
        let mut weights = panels::<P>(tile);
        for offset in tile.offsets {
            let highs = inputs::<_, C>(tile, &data.high, *offset);
            let lows = inputs::<_, C>(tile, &data.low, *offset);
            for block in 0..tile.blocks {
                for second in 0..2 {
                    let group = 2 * block + second;
                    // SAFETY: inside the tile's panels and the input's rows, by the caller's
                    // promise.
                    unsafe {
                        let mut high = [[_mm512_setzero_si512(); C]; P];
                        let mut low = [[_mm512_setzero_si512(); C]; P];
                        for line in 0..GROUP / 8 {
                            for panel in 0..P {
                                let at = weights[panel].add(second * GROUP_BYTES + line * 64);
                                let bytes = _mm512_loadu_si512(at.cast());
                                _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(PREFETCH_BYTES).cast());
                                let first = _mm512_and_si512(bytes, nibble);
                                let last = _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), nibble);
                                for column in 0..C {
                                    let at = group * GROUP + line * 8;
                                    let (up, down) = (highs[column].add(at), lows[column].add(at));
                                    let sum = &mut high[panel][column];
                                    *sum = _mm512_dpbusd_epi32(*sum, first, four(up));
                                    *sum = _mm512_dpbusd_epi32(*sum, last, four(up.add(4)));
                                    let sum = &mut low[panel][column];
                                    *sum = _mm512_dpbusd_epi32(*sum, first, four(down));
                                    *sum = _mm512_dpbusd_epi32(*sum, last, four(down.add(4)));
                                }
                            }
                        }
                        for panel in 0..P {
                            let scales = scales(weights[panel].add(2 * GROUP_BYTES + second * 32));
                            for column in 0..C {
                                let row = (tile.rows[column] + offset) * tile.input.stride;
                                let at = row / GROUP + group;
                                totals[panel][column] = add_group(
                                    totals[panel][column],
                                    high[panel][column],
                                    low[panel][column],
                                    scales,
                                    *data.scales.get_unchecked(at),
                                    *data.compensation.get_unchecked(at),
                                );
                            }
                        }
                    }
                }
                for panel in &mut weights {
                    // SAFETY: at most one past the panel's end.
                    *panel = unsafe { panel.add(2 * GROUP_BYTES + 64) };
                }
            }
        }
        // SAFETY: the instructions are there.
        unsafe { store(totals, sums) };
    }
}
