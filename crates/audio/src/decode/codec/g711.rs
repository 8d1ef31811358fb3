//! The two laws of telephony: eight bits, logarithmic (ITU-T G.711).

/// One A-law byte as a sample in −1…1.
pub fn a_law(byte: u8) -> f32 {
    let bits = byte ^ 0x55;
    let (segment, step) = (u32::from(bits >> 4 & 7), i32::from(bits & 15));
    let size = match segment {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 0x108) << (segment - 1),
    };
    signed(size, bits & 0x80 != 0)
}

/// One µ-law byte as a sample in −1…1.
pub fn mu_law(byte: u8) -> f32 {
    let bits = !byte;
    let (segment, step) = (u32::from(bits >> 4 & 7), i32::from(bits & 15));
    signed((((step << 3) + 0x84) << segment) - 0x84, bits & 0x80 == 0)
}

fn signed(size: i32, positive: bool) -> f32 {
    (if positive { size } else { -size }) as f32 / 32_768.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ends and the middles of both tables of the recommendation, in 16-bit steps.
    #[test]
    fn the_tables_of_the_recommendation() {
        let steps = |sample: f32| (sample * 32_768.0) as i32;
        for (byte, expected) in [
            (0xd5, 8),
            (0x55, -8),
            (0xaa, 32_256),
            (0x2a, -32_256),
            (0x80, 5_504),
        ] {
            assert_eq!(steps(a_law(byte)), expected, "A-law {byte:#x}");
        }
        for (byte, expected) in [
            (0xff, 0),
            (0x7f, 0),
            (0x80, 32_124),
            (0x00, -32_124),
            (0xf0, 120),
        ] {
            assert_eq!(steps(mu_law(byte)), expected, "µ-law {byte:#x}");
        }
    }
}
