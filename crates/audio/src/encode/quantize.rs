//! Samples as 16-bit integers.
//!
//! Without dither. Rounding leaves noise at −98 dBFS, some 40 dB below the quietest recorded or
//! synthetic speech; dither would raise it by up to 5 dB, turn digital silence into hiss, and make
//! a file of 16-bit speech differ from its source. So what was 16 bits before comes back exactly.

/// One step below 1.0 stands for full scale, as decoders have it: `sample / 32768`.
const SCALE: f32 = 32_768.0;

/// A sample that any codec may get: NaN becomes silence, all else is in −1…1.
pub(super) fn clean(sample: f32) -> f32 {
    if sample.is_nan() {
        0.0
    } else {
        sample.clamp(-1.0, 1.0)
    }
}

/// The nearest 16-bit value. `as` saturates, so 1.0 becomes 32 767 and nothing wraps.
pub fn to_i16(sample: f32) -> i16 {
    (sample * SCALE).round() as i16
}

/// The sample of a 16-bit value, in −1…1.
pub fn from_i16(value: i16) -> f32 {
    f32::from(value) / SCALE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_16_bit_value_comes_back() {
        for value in i16::MIN..=i16::MAX {
            assert_eq!(to_i16(clean(from_i16(value))), value);
        }
    }

    #[test]
    fn nothing_wraps() {
        for (sample, value) in [
            (1.0, i16::MAX),
            (f32::INFINITY, i16::MAX),
            (1e30, i16::MAX),
            (-1.5, i16::MIN),
            (f32::NEG_INFINITY, i16::MIN),
            (f32::NAN, 0),
            (f32::MIN_POSITIVE, 0),
        ] {
            assert_eq!(to_i16(clean(sample)), value, "{sample}");
        }
    }
}
