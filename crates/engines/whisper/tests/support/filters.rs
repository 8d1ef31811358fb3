//! The mel filters of Slaney's Auditory Toolbox, as Whisper uses them: 80 triangles of equal area.

/// Bands by bins, band after band.
pub(super) fn slaney(bands: usize, bins: usize) -> Vec<f32> {
    let top = to_mel(8_000.0);
    let edges: Vec<f64> = (0..bands + 2)
        .map(|i| to_hertz(top * i as f64 / (bands + 1) as f64))
        .collect();
    let weight = |band: usize, bin: usize| {
        let hertz = 8_000.0 * bin as f64 / (bins - 1) as f64;
        let (low, middle, high) = (edges[band], edges[band + 1], edges[band + 2]);
        let slope = ((hertz - low) / (middle - low)).min((high - hertz) / (high - middle));
        (slope.max(0.0) * 2.0 / (high - low)) as f32
    };
    (0..bands)
        .flat_map(|band| (0..bins).map(move |bin| weight(band, bin)))
        .collect()
}

/// Linear below 1 kHz, 15 mel there; logarithmic above, 27 steps to a factor of 6.4.
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
