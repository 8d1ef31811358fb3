//! Rotary positions: how far each pair of a head turns at each position.

/// How far each pair of a head turns a position: θ^(−2i / head).
pub(crate) fn inverse_frequencies(theta: f32, head: usize) -> Vec<f32> {
    (0..head / 2)
        .map(|pair| 1.0 / theta.powf((2 * pair) as f32 / head as f32))
        .collect()
}

/// Cosines and sines for the positions seen so far. The three position streams of Qwen3-TTS's
/// M-RoPE are always equal, which makes it the plain one-dimensional kind.
#[derive(Clone, Debug)]
pub(crate) struct Rope {
    inverse_frequencies: Vec<f32>,
    cos: Vec<f32>,
    sin: Vec<f32>,
}

impl Rope {
    pub(crate) fn new(theta: f32, head: usize) -> Self {
        Self {
            inverse_frequencies: inverse_frequencies(theta, head),
            cos: Vec::new(),
            sin: Vec::new(),
        }
    }

    /// Makes the positions below `end` ready.
    pub(crate) fn extend_to(&mut self, end: usize) {
        let pairs = self.inverse_frequencies.len();
        for position in self.cos.len() / pairs..end {
            for frequency in &self.inverse_frequencies {
                let angle = position as f32 * frequency;
                self.cos.push(angle.cos());
                self.sin.push(angle.sin());
            }
        }
    }

    /// Cosines and sines of a position that was made ready, half a head of each.
    pub(crate) fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let pairs = self.inverse_frequencies.len();
        let range = position * pairs..(position + 1) * pairs;
        (&self.cos[range.clone()], &self.sin[range])
    }
}
