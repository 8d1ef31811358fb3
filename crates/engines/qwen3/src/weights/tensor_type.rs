//! The number formats of tensors: plain numbers, and the blocks of ggml, in which numbers share
//! scales.
//!
//! The layouts are those of `ggml-common.h`; the results equal the dequantization of the Python
//! package `gguf` bit for bit.

use half::{bf16, f16};

/// The format of a tensor's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorType {
    /// 32 bits.
    F32,
    /// 16 bits, 10 of them mantissa.
    F16,
    /// 16 bits, 7 of them mantissa.
    Bf16,
    /// Blocks of 32: a scale, 8 bits a number.
    Q8_0,
    /// Blocks of 32: a scale, 4 bits a number.
    Q4_0,
    /// Blocks of 256 in eight groups with a scale and an offset each: 4 bits a number.
    Q4K,
    /// The same with 5 bits a number.
    Q5K,
    /// Blocks of 256 in sixteen groups with a scale each: 6 bits a number.
    Q6K,
}

/// The most numbers of a block.
pub(super) const MAX_BLOCK: usize = 256;

/// Bytes of the scales and offsets of the eight groups of a block of [`TensorType::Q4K`] or
/// [`TensorType::Q5K`]: 6 bits each.
const GROUP_SCALES: usize = 12;

impl TensorType {
    /// All of them, for errors.
    pub(crate) const NAMES: &str = "F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K and Q6_K";

    /// Numbers of a block; 1 where each number stands alone.
    pub const fn block(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => 1,
            Self::Q8_0 | Self::Q4_0 => 32,
            Self::Q4K | Self::Q5K | Self::Q6K => MAX_BLOCK,
        }
    }

    /// Bytes of a block.
    pub const fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Q8_0 => 34,
            Self::Q4_0 => 18,
            Self::Q4K => 144,
            Self::Q5K => 176,
            Self::Q6K => 210,
        }
    }

    /// Bytes of so many numbers; None where they are no whole blocks, or too many.
    pub fn bytes(self, numbers: usize) -> Option<usize> {
        let whole = numbers.is_multiple_of(self.block());
        (numbers / self.block())
            .checked_mul(self.block_bytes())
            .filter(|_| whole)
    }

    /// Decodes the first of every `step` numbers of a plain format, `step` being at least 1; false
    /// where the format has blocks.
    pub(super) fn decode_strided(self, bytes: &[u8], step: usize, out: &mut [f32]) -> bool {
        match self {
            Self::F32 => copy_strided(bytes, step, out, f32::from_le_bytes),
            Self::F16 => copy_strided(bytes, step, out, half),
            Self::Bf16 => copy_strided(bytes, step, out, |bytes| {
                bf16::from_le_bytes(bytes).to_f32()
            }),
            Self::Q8_0 | Self::Q4_0 | Self::Q4K | Self::Q5K | Self::Q6K => return false,
        }
        true
    }

    /// Decodes whole blocks.
    pub(super) fn decode(self, bytes: &[u8], out: &mut [f32]) {
        match self {
            Self::F32 => each::<4, 1>(bytes, out, |block, out| *out = [f32::from_le_bytes(*block)]),
            Self::F16 => each::<2, 1>(bytes, out, |block, out| *out = [half(*block)]),
            Self::Bf16 => each::<2, 1>(bytes, out, |block, out| {
                *out = [bf16::from_le_bytes(*block).to_f32()];
            }),
            Self::Q8_0 => each(bytes, out, q8_0),
            Self::Q4_0 => each(bytes, out, q4_0),
            Self::Q4K => each(bytes, out, q4_k),
            Self::Q5K => each(bytes, out, q5_k),
            Self::Q6K => each(bytes, out, q6_k),
        }
    }
}

/// Writes the first of every `step` plain numbers.
fn copy_strided<const N: usize>(
    bytes: &[u8],
    step: usize,
    out: &mut [f32],
    number: impl Fn([u8; N]) -> f32,
) {
    let (numbers, _) = bytes.as_chunks::<N>();
    for (out, bytes) in out.iter_mut().zip(numbers.iter().step_by(step)) {
        *out = number(*bytes);
    }
}

/// Calls `decode` for each block of `BYTES` bytes and `NUMBERS` numbers.
fn each<const BYTES: usize, const NUMBERS: usize>(
    bytes: &[u8],
    out: &mut [f32],
    decode: impl Fn(&[u8; BYTES], &mut [f32; NUMBERS]),
) {
    let (blocks, _) = bytes.as_chunks();
    let (out, _) = out.as_chunks_mut();
    for (block, out) in blocks.iter().zip(out) {
        decode(block, out);
    }
}

fn half(bytes: [u8; 2]) -> f32 {
    f16::from_le_bytes(bytes).to_f32()
}

fn signed(byte: u8) -> f32 {
    f32::from(byte.cast_signed())
}

fn q8_0(block: &[u8; 34], out: &mut [f32; 32]) {
    let [d0, d1, quants @ ..] = block;
    let scale = half([*d0, *d1]);
    for (out, quant) in out.iter_mut().zip(quants) {
        *out = scale * signed(*quant);
    }
}

fn q4_0(block: &[u8; 18], out: &mut [f32; 32]) {
    let [d0, d1, quants @ ..] = block;
    let scale = half([*d0, *d1]);
    let (low, high) = out.split_at_mut(16);
    for ((low, high), quant) in low.iter_mut().zip(high).zip(quants) {
        *low = scale * (f32::from(quant & 15) - 8.0);
        *high = scale * (f32::from(quant >> 4) - 8.0);
    }
}

/// Scale and offset of group 0 … 7, each of 6 bits: those of the first four groups are the lower
/// bits of a byte, those of the others are put together from two.
fn group(scales: &[u8; GROUP_SCALES], group: usize) -> (f32, f32) {
    let (scale, offset) = if group < 4 {
        (scales[group] & 63, scales[group + 4] & 63)
    } else {
        let low = scales[group + 4];
        (
            low & 15 | scales[group - 4] >> 6 << 4,
            low >> 4 | scales[group] >> 6 << 4,
        )
    };
    (f32::from(scale), f32::from(offset))
}

fn q4_k(block: &[u8; 144], out: &mut [f32; MAX_BLOCK]) {
    let [d0, d1, m0, m1, rest @ ..] = block;
    let (scales, quants): (&[u8; GROUP_SCALES], _) = split(rest);
    let (scale, offset) = (half([*d0, *d1]), half([*m0, *m1]));
    for (number, (out, quants)) in out.chunks_exact_mut(32).zip(halves(quants)).enumerate() {
        let (group_scale, group_offset) = group(scales, number);
        let (scale, offset) = (scale * group_scale, offset * group_offset);
        for (out, quant) in out.iter_mut().zip(quants) {
            *out = scale * f32::from(quant) - offset;
        }
    }
}

fn q5_k(block: &[u8; 176], out: &mut [f32; MAX_BLOCK]) {
    let [d0, d1, m0, m1, rest @ ..] = block;
    let (scales, rest): (&[u8; GROUP_SCALES], _) = split(rest);
    let (highest, quants): (&[u8; 32], _) = split(rest);
    let (scale, offset) = (half([*d0, *d1]), half([*m0, *m1]));
    for (number, (out, quants)) in out.chunks_exact_mut(32).zip(halves(quants)).enumerate() {
        let (group_scale, group_offset) = group(scales, number);
        let (scale, offset) = (scale * group_scale, offset * group_offset);
        for ((out, quant), highest) in out.iter_mut().zip(quants).zip(highest) {
            let quant = quant | (highest >> number & 1) << 4;
            *out = scale * f32::from(quant) - offset;
        }
    }
}

/// Lower, then upper halves of each 32 bytes.
fn halves(quants: &[u8]) -> impl Iterator<Item = impl Iterator<Item = u8>> {
    quants
        .chunks_exact(32)
        .flat_map(|bytes| [0, 4].map(|shift| bytes.iter().map(move |byte| byte >> shift & 15)))
}

fn q6_k(block: &[u8; 210], out: &mut [f32; MAX_BLOCK]) {
    let (low, rest): (&[u8; 128], _) = split(block);
    let (high, rest): (&[u8; 64], _) = split(rest);
    let (scales, rest): (&[u8; 16], _) = split(rest);
    let (scale, _): (&[u8; 2], _) = split(rest);
    let scale = half(*scale);
    for (at, out) in out.iter_mut().enumerate() {
        // Each half of the block is four runs of 32: their lower 4 bits are in two runs of 32
        // bytes, their upper 2 bits in one.
        let (part, run, column) = (at / 128, at % 128 / 32, at % 32);
        let low = low[part * 64 + run % 2 * 32 + column] >> (run / 2 * 4) & 15;
        let high = high[part * 32 + column] >> (run * 2) & 3;
        let group_scale = scale * signed(scales[at / 16]);
        *out = group_scale * (f32::from(low | high << 4) - 32.0);
    }
}

/// The first `N` bytes, and the rest. Blocks have fixed sizes, so that there always are as many.
fn split<const N: usize>(bytes: &[u8]) -> (&[u8; N], &[u8]) {
    bytes.split_first_chunk().unwrap_or((&[0; N], &[]))
}
