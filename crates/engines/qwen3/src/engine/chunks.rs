//! Frames that the codec decodes at once: one at first, so that audio starts early; more later, so
//! that the codec's weights are read less often.

/// Largest chunk in frames: 640 ms of audio.
const MAX_CHUNK_FRAMES: usize = 8;

/// The size of the next chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkSize(usize);

impl Default for ChunkSize {
    fn default() -> Self {
        Self(1)
    }
}

impl ChunkSize {
    /// Frames of the next chunk.
    pub(super) const fn frames(self) -> usize {
        self.0
    }

    /// Doubles the size, up to the bound, after a chunk was sent.
    pub(super) fn grow(&mut self) {
        self.0 = (self.0 * 2).min(MAX_CHUNK_FRAMES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_double_up_to_a_bound() {
        let mut size = ChunkSize::default();
        let sizes: Vec<_> = (0..6)
            .map(|_| {
                let frames = size.frames();
                size.grow();
                frames
            })
            .collect();
        assert_eq!(sizes, [1, 2, 4, 8, 8, 8]);
    }
}
