//! The part of a stream that may still be needed.

/// A run of samples with its position in the stream.
#[derive(Debug)]
pub(super) struct Track {
    first: u64,
    samples: Vec<f32>,
}

impl Track {
    /// How many samples may lie unneeded before they are moved out, so that the moving is rare.
    const SLACK: u64 = 16_000;

    /// How many samples are best added at once.
    pub(super) const BLOCK_SAMPLES: usize = 16_000;

    pub(super) const fn starting_at(first: u64) -> Self {
        Self {
            first,
            samples: Vec::new(),
        }
    }

    /// The place after the last sample.
    pub(super) fn end(&self) -> u64 {
        self.first + self.samples.len() as u64
    }

    pub(super) fn extend(&mut self, samples: &[f32]) {
        self.samples.extend_from_slice(samples);
    }

    /// The samples of `from..to`, which must not have been forgotten.
    pub(super) fn range(&self, from: u64, to: u64) -> &[f32] {
        &self.samples[(from - self.first) as usize..(to - self.first) as usize]
    }

    /// Allows everything before `place` to be forgotten.
    pub(super) fn forget_before(&mut self, place: u64) {
        let unneeded = place.min(self.end()).saturating_sub(self.first);
        if unneeded > Self::SLACK {
            self.samples.drain(..unneeded as usize);
            self.first += unneeded;
        }
    }
}
