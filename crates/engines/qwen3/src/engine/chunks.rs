//! How many frames are decoded at once: one at first, so that sound begins early; more later, so
//! that the codec's weights are read less often.

/// Frames of a chunk, at most: 640 ms of sound.
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
    /// Frames that the next chunk shall have.
    pub(super) const fn frames(self) -> usize {
        self.0
    }

    /// Takes note that a chunk has left.
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
