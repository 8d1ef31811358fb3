//! Uncompressed samples, and the two laws of telephony.

use super::g711::{a_law, mu_law};

/// How one sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::decode) struct Encoding {
    pub(in crate::decode) kind: SampleFormat,
    /// Most significant byte first.
    pub(in crate::decode) big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::decode) enum SampleFormat {
    U8,
    S8,
    S16,
    S24,
    S32,
    F32,
    F64,
    ALaw,
    MuLaw,
}

impl Encoding {
    pub(in crate::decode) const fn little(kind: SampleFormat) -> Self {
        Self {
            kind,
            big_endian: false,
        }
    }

    /// Signed integers (8-bit ones are unsigned where `unsigned_bytes`) or floats of this many bits.
    pub(in crate::decode) const fn new(
        float: bool,
        bits: u32,
        big_endian: bool,
        unsigned_bytes: bool,
    ) -> Option<Self> {
        let kind = match (float, bits) {
            (false, 8) if unsigned_bytes => SampleFormat::U8,
            (false, 8) => SampleFormat::S8,
            (false, 16) => SampleFormat::S16,
            (false, 24) => SampleFormat::S24,
            (false, 32) => SampleFormat::S32,
            (true, 32) => SampleFormat::F32,
            (true, 64) => SampleFormat::F64,
            _ => return None,
        };
        Some(Self { kind, big_endian })
    }

    /// Bytes of one sample.
    pub(in crate::decode) const fn bytes(self) -> usize {
        match self.kind {
            SampleFormat::U8 | SampleFormat::S8 | SampleFormat::ALaw | SampleFormat::MuLaw => 1,
            SampleFormat::S16 => 2,
            SampleFormat::S24 => 3,
            SampleFormat::S32 | SampleFormat::F32 => 4,
            SampleFormat::F64 => 8,
        }
    }

    /// One sample of as many bytes, in −1…1.
    pub(in crate::decode) fn sample(self, bytes: &[u8]) -> f32 {
        let join = |wide: u64, &byte: &u8| wide << 8 | u64::from(byte);
        let wide = || {
            if self.big_endian {
                bytes.iter().fold(0, join)
            } else {
                bytes.iter().rev().fold(0, join)
            }
        };
        // Integers are moved to the top of 32 bits, so that one scale fits all.
        let scaled = |shift: u32| ((wide() as u32) << shift).cast_signed() as f32 / 2_147_483_648.0;
        match self.kind {
            SampleFormat::U8 => (f32::from(bytes[0]) - 128.0) / 128.0,
            SampleFormat::S8 => scaled(24),
            SampleFormat::S16 => scaled(16),
            SampleFormat::S24 => scaled(8),
            SampleFormat::S32 => scaled(0),
            SampleFormat::F32 => f32::from_bits(wide() as u32),
            SampleFormat::F64 => f64::from_bits(wide()) as f32,
            SampleFormat::ALaw => a_law(bytes[0]),
            SampleFormat::MuLaw => mu_law(bytes[0]),
        }
    }
}
