//! The mel filters of Whisper: triangles of equal area on Slaney's mel scale, up to 8 kHz.

/// The highest frequency, in Hz: half the sample rate.
const MAX_HERTZ: f64 = 8_000.0;

/// The filters, band after band; each has a weight for each bin.
pub(super) fn filters(bands: usize, bins: usize) -> Vec<f32> {
    let max_mel = to_mel(MAX_HERTZ);
    let edges: Vec<f64> = (0..bands + 2)
        .map(|edge| to_hertz(max_mel * edge as f64 / (bands + 1) as f64))
        .collect();
    let mut weights = Vec::with_capacity(bands * bins);
    for band in edges.windows(3) {
        let &[low, centre, high] = band else { continue };
        for bin in 0..bins {
            let hertz = MAX_HERTZ * bin as f64 / (bins - 1) as f64;
            let slope = ((hertz - low) / (centre - low)).min((high - hertz) / (high - centre));
            weights.push((slope.max(0.0) * 2.0 / (high - low)) as f32);
        }
    }
    weights
}

/// Linear below 1 kHz, which is 15 mel; logarithmic above, 27 mel for a factor of 6.4.
fn to_mel(hertz: f64) -> f64 {
    if hertz < 1_000.0 {
        hertz * 3.0 / 200.0
    } else {
        15.0 + (hertz / 1_000.0).ln() * 27.0 / 6.4_f64.ln()
    }
}

fn to_hertz(mel: f64) -> f64 {
    if mel < 15.0 {
        mel * 200.0 / 3.0
    } else {
        1_000.0 * ((mel - 15.0) * 6.4_f64.ln() / 27.0).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_filter_has_unit_area() {
        let (bands, bins) = (80, 20_001);
        let filters = filters(bands, bins);
        assert_eq!(filters.len(), bands * bins);
        for band in filters.chunks(bins) {
            let area = band.iter().sum::<f32>() * 8_000.0 / (bins - 1) as f32;
            assert!((area - 1.0).abs() < 1e-2, "{area}");
        }
    }
}
