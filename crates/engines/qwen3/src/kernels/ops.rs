//! Work on single rows of numbers: norms, activations, rounding. Plain loops, compiled once for
//! each set of vector instructions.

#![allow(
    unsafe_code,
    reason = "functions compiled for instruction sets that were detected"
)]

use half::bf16;

#[cfg(target_arch = "x86_64")]
use super::Isa;

/// Compiles a function for each set of instructions and calls the best.
macro_rules! vectorized {
    ($($(#[$doc:meta])* $visibility:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block)*) => {$(
        $(#[$doc])*
        $visibility fn $name($($arg: $type),*) $(-> $out)? {
            #[inline(always)]
            fn body($($arg: $type),*) $(-> $out)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma")]
                fn avx512($($arg: $type),*) $(-> $out)? { body($($arg),*) }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $type),*) $(-> $out)? { body($($arg),*) }
                match Isa::best() {
                    // SAFETY: `Isa::best` is available.
                    Isa::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    Isa::Avx2 => return unsafe { avx2($($arg),*) },
                    Isa::Portable | Isa::Neon => {}
                }
            }
            body($($arg),*)
        }
    )*};
}

/// Numbers summed side by side, so that a loop can be vectorized and its order is fixed.
const ACCUMULATORS: usize = 16;

/// Sums `ACCUMULATORS` running sums in a fixed order.
#[inline(always)]
fn sum_lanes(sums: [f32; ACCUMULATORS]) -> f32 {
    let mut width = ACCUMULATORS;
    let mut sums = sums;
    while width > 1 {
        width /= 2;
        for at in 0..width {
            sums[at] += sums[at + width];
        }
    }
    sums[0]
}

/// e^x, by range reduction and a polynomial of degree 6; within 2 units in the last place where
/// the result is normal, 0 below.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "ln 2 in two parts")]
fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.3, 88.7);
    let n = (x * std::f32::consts::LOG2_E).round_ties_even();
    // ln 2 in a part that multiplies exactly and the rest (Cody and Waite).
    let r = x - n * 0.693_359_375;
    let r = r + n * 2.121_944_400e-4;
    let mut p = 1.388_888_9e-3_f32;
    p = p * r + 8.333_333_3e-3;
    p = p * r + 4.166_666_7e-2;
    p = p * r + 1.666_666_7e-1;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    // 2^n by its exponent bits; n is −126…128, and 128 needs two steps.
    let half = (n as i32) >> 1;
    let rest = n as i32 - half;
    p * f32::from_bits(((half + 127) as u32) << 23) * f32::from_bits(((rest + 127) as u32) << 23)
}

/// sin(x)² for any finite x that codec activations have: the period is π, and the polynomial is
/// odd of degree 9 on ±π/2; absolute error below 3e-7 for |x| < 10 000.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "π in three parts")]
fn sin_squared(x: f32) -> f32 {
    let n = (x * std::f32::consts::FRAC_1_PI).round_ties_even();
    let r = x - n * 3.140_625;
    let r = r - n * 9.670_257_568_359_375e-4;
    let r = r - n * 6.278_329_571_2e-7;
    let r2 = r * r;
    let mut p = 2.605_780_7e-6_f32;
    p = p * r2 - 1.980_960_3e-4;
    p = p * r2 + 8.333_075_4e-3;
    p = p * r2 - 1.666_665_8e-1;
    let sin = r + r * r2 * p;
    sin * sin
}

/// The error function, by Abramowitz and Stegun 7.1.26 carried to f32's needs: error below 2e-7.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let a = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * a);
    let mut p = 1.061_405_4_f32;
    p = p * t - 1.453_152;
    p = p * t + 1.421_413_7;
    p = p * t - 0.284_496_74;
    p = p * t + 0.254_829_6;
    let y = 1.0 - p * t * exp(-a * a);
    y.copysign(x)
}

/// The product of two rows, summed in one fixed order.
#[inline(always)]
fn dot_product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; ACCUMULATORS];
    let (a_chunks, a_rest) = a.as_chunks::<ACCUMULATORS>();
    let (b_chunks, b_rest) = b.as_chunks::<ACCUMULATORS>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for at in 0..ACCUMULATORS {
            sums[at] += a[at] * b[at];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sum_lanes(sums) + rest
}

vectorized! {
    /// The largest magnitude; no number where there is one that is none.
    pub fn abs_max(numbers: &[f32]) -> f32 {
        // Without their sign the bits of floats are ordered like them, and NaN comes last.
        let mut max = [0_u32; ACCUMULATORS];
        let (chunks, rest) = numbers.as_chunks::<ACCUMULATORS>();
        for chunk in chunks {
            for (max, x) in max.iter_mut().zip(chunk) {
                *max = (*max).max(x.to_bits() & 0x7fff_ffff);
            }
        }
        let rest = rest.iter().map(|x| x.to_bits() & 0x7fff_ffff);
        f32::from_bits(max.into_iter().chain(rest).max().unwrap_or(0))
    }

    /// Rounds numbers times `inverse` to `high` × 128 + `low`, and returns the sum of the integers.
    pub(super) fn quantize(numbers: &[f32], inverse: f32, high: &mut [i8], low: &mut [i8]) -> i32 {
        let mut sum = 0;
        for ((number, high), low) in numbers.iter().zip(high).zip(low) {
            let whole = (number * inverse).round_ties_even() as i32;
            let upper = (whole + 64) >> 7;
            *high = upper as i8;
            *low = (whole - (upper << 7)) as i8;
            sum += whole;
        }
        sum
    }

    /// Rounds to bfloat16, to nearest, ties to even.
    pub fn to_bf16(numbers: &[f32], out: &mut [u16]) {
        for (number, out) in numbers.iter().zip(out) {
            let bits = number.to_bits();
            let rounded = (bits.wrapping_add(0x7fff + ((bits >> 16) & 1))) >> 16;
            *out = if number.is_nan() { bf16::NAN.to_bits() } else { rounded as u16 };
        }
    }

    /// The product of two rows.
    pub fn dot(a: &[f32], b: &[f32]) -> f32 {
        dot_product(a, b)
    }

    /// `out` += `scale` × `row`.
    pub fn add_scaled(out: &mut [f32], scale: f32, row: &[f32]) {
        for (out, x) in out.iter_mut().zip(row) {
            *out += scale * x;
        }
    }

    /// `out` += `row`.
    pub fn add(out: &mut [f32], row: &[f32]) {
        for (out, x) in out.iter_mut().zip(row) {
            *out += x;
        }
    }

    /// `out` += `scale` × `row`, number by number.
    pub fn add_product(out: &mut [f32], scale: &[f32], row: &[f32]) {
        for ((out, scale), x) in out.iter_mut().zip(scale).zip(row) {
            *out += scale * x;
        }
    }

    /// RMS normalization: x / √(mean x² + ε) × weight.
    pub fn rms_norm(row: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) {
        let mut sums = [0.0; ACCUMULATORS];
        let (chunks, rest) = row.as_chunks::<ACCUMULATORS>();
        for chunk in chunks {
            for at in 0..ACCUMULATORS {
                sums[at] += chunk[at] * chunk[at];
            }
        }
        let rest: f32 = rest.iter().map(|x| x * x).sum();
        let scale = 1.0 / ((sum_lanes(sums) + rest) / row.len() as f32 + epsilon).sqrt();
        for ((out, x), weight) in out.iter_mut().zip(row).zip(weight) {
            *out = x * scale * weight;
        }
    }

    /// Layer normalization: (x − mean) / √(variance + ε) × weight + bias.
    pub fn layer_norm(row: &[f32], weight: &[f32], bias: &[f32], epsilon: f32, out: &mut [f32]) {
        let count = row.len() as f32;
        let mean = row.iter().sum::<f32>() / count;
        let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / count;
        let scale = 1.0 / (variance + epsilon).sqrt();
        for (((out, x), weight), bias) in out.iter_mut().zip(row).zip(weight).zip(bias) {
            *out = (x - mean) * scale * weight + bias;
        }
    }

    /// `gate` becomes silu(gate) × up, where silu(x) = x / (1 + e^−x).
    pub fn swiglu(gate: &[f32], up: &[f32], out: &mut [f32]) {
        for ((out, gate), up) in out.iter_mut().zip(gate).zip(up) {
            *out = gate / (1.0 + exp(-gate)) * up;
        }
    }

    /// x / (1 + e^−x), in place.
    pub fn silu(row: &mut [f32]) {
        for x in row {
            *x /= 1.0 + exp(-*x);
        }
    }

    /// GELU with the error function, in place.
    pub fn gelu(row: &mut [f32]) {
        for x in row {
            *x = 0.5 * *x * (1.0 + erf(*x * std::f32::consts::FRAC_1_SQRT_2));
        }
    }

    /// ELU with α = 1: x, or e^x − 1 below zero.
    pub fn elu(row: &mut [f32]) {
        for x in row {
            *x = if *x > 0.0 { *x } else { exp(*x) - 1.0 };
        }
    }

    /// The snake activation x + sin²(αx) / β, with α and 1 / β for each number.
    pub fn snake(row: &[f32], alpha: &[f32], inverse_beta: &[f32], out: &mut [f32]) {
        for (((out, x), alpha), inverse_beta) in
            out.iter_mut().zip(row).zip(alpha).zip(inverse_beta)
        {
            *out = x + sin_squared(x * alpha) * inverse_beta;
        }
    }

    /// One step of a convolution within each channel: `bias` + the sum over the taps of the tap's
    /// weights × its row. `rows` holds as many rows as there are taps, the oldest first, and
    /// `weights` is alike.
    pub fn depthwise(rows: &[f32], weights: &[f32], bias: &[f32], out: &mut [f32]) {
        out.copy_from_slice(bias);
        let width = out.len();
        for (row, weights) in rows.chunks_exact(width).zip(weights.chunks_exact(width)) {
            for ((out, x), weight) in out.iter_mut().zip(row).zip(weights) {
                *out += x * weight;
            }
        }
    }

    /// Softmax, in place.
    pub fn softmax(row: &mut [f32]) {
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for x in row.iter_mut() {
            *x = exp(*x - max);
        }
        let mut sums = [0.0; ACCUMULATORS];
        let (chunks, rest) = row.as_chunks::<ACCUMULATORS>();
        for chunk in chunks {
            for at in 0..ACCUMULATORS {
                sums[at] += chunk[at];
            }
        }
        let sum = sum_lanes(sums) + rest.iter().sum::<f32>();
        for x in row {
            *x /= sum;
        }
    }

    /// Attention of one query: the values, weighed by the softmax of the scaled products of query
    /// and keys. Keys and values lie side by side, each as long as the query.
    pub fn attend(
        query: &[f32],
        keys: &[f32],
        values: &[f32],
        scale: f32,
        scores: &mut Vec<f32>,
        out: &mut [f32],
    ) {
        scores.clear();
        scores.extend(keys.chunks_exact(query.len()).map(|key| dot_product(query, key) * scale));
        let max = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for score in scores.iter_mut() {
            *score = exp(*score - max);
            sum += *score;
        }
        out.fill(0.0);
        for (score, value) in scores.iter().zip(values.chunks_exact(query.len())) {
            let share = score / sum;
            for (out, value) in out.iter_mut().zip(value) {
                *out += share * value;
            }
        }
    }

    /// Rotary position embedding of one head, in place, in the halves of `NeoX`, where number i is
    /// rotated with number i + half. `cos` and `sin` are half a head long.
    pub fn rotate(head: &mut [f32], cos: &[f32], sin: &[f32]) {
        let (first, second) = head.split_at_mut(cos.len());
        for (((a, b), cos), sin) in first.iter_mut().zip(second).zip(cos).zip(sin) {
            (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
        }
    }
}
