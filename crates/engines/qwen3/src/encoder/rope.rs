//! Rotary positions of a whole recording.

/// Cosines and sines for each position, half a head of each.
#[derive(Debug)]
pub(super) struct Turns {
    pairs: usize,
    cos: Vec<f32>,
    sin: Vec<f32>,
}

impl Turns {
    /// Those of positions 0 to `count`: pair i turns by θ^(−2i / head) a position.
    pub(super) fn new(theta: f32, head: usize, count: usize) -> Self {
        let pairs = head / 2;
        let rates: Vec<f32> = (0..pairs)
            .map(|pair| 1.0 / theta.powf((2 * pair) as f32 / head as f32))
            .collect();
        let angles = (0..count).flat_map(|at| rates.iter().map(move |rate| at as f32 * rate));
        let (sin, cos) = angles.map(f32::sin_cos).unzip();
        Self { pairs, cos, sin }
    }

    /// Cosines and sines of a position.
    pub(super) fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let range = position * self.pairs..(position + 1) * self.pairs;
        (&self.cos[range.clone()], &self.sin[range])
    }
}
