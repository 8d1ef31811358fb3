//! How much of its window of 30 s the encoder computes.
//!
//! The encoder's cost grows with its context, and the original always takes all of it. Silence
//! behind a short segment adds nothing to its text, so the context follows the segment's length.
//! The measurements behind the margin and the floor are in the crate's README.

use crate::clip::RATE;

/// Samples in a step of the encoder: 20 ms.
const STEP: usize = 320;
/// All steps of the encoder: 30 s.
pub(crate) const FULL: usize = 1_500;
/// Steps of silence behind the segment, at least: 2.6 s.
const MARGIN: usize = 128;
/// The smallest context of a final text: 12.8 s. Below it, single words of a short segment change.
const FLOOR: usize = 640;
/// The smallest context of a preview: 9 s. Below it, the model often does not end its text.
const PREVIEW_FLOOR: usize = 448;
/// Contexts are multiples of this.
const MULTIPLE: usize = 64;

/// Tokens that people say in a second at most, in languages that need many of them.
const TOKENS_PER_SECOND: usize = 16;
/// Tokens of a text, whatever its length.
const MORE_TOKENS: usize = 32;

/// The most tokens of a text that may be a loop, so that the loop ends early. A text that reaches it
/// is decoded again, with the full context and without this limit.
pub(crate) fn max_tokens(samples: usize) -> usize {
    samples * TOKENS_PER_SECOND / RATE + MORE_TOKENS
}

/// The context of the final text of so many samples, in steps, at most [`FULL`].
pub(crate) fn for_samples(samples: usize) -> usize {
    at_least(FLOOR, samples)
}

/// The context of the preview of so many samples, likewise.
pub(crate) fn for_preview(samples: usize) -> usize {
    at_least(PREVIEW_FLOOR, samples)
}

fn at_least(floor: usize, samples: usize) -> usize {
    let steps = samples.div_ceil(STEP) + MARGIN;
    steps.max(floor).next_multiple_of(MULTIPLE).min(FULL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clip, windows};

    #[test]
    fn context_covers_every_window_with_a_margin() {
        assert_eq!(for_samples(0), FLOOR);
        assert_eq!(for_samples(3 * clip::RATE), FLOOR);
        assert_eq!(for_samples(12 * clip::RATE), 768);
        assert_eq!(for_preview(3 * clip::RATE), PREVIEW_FLOOR);
        for samples in (0..=windows::MAX_SAMPLES).step_by(997) {
            let context = for_samples(samples);
            assert!(context * STEP >= samples);
            assert!(context == FULL || context * STEP >= samples + MARGIN * STEP);
        }
        assert_eq!(for_samples(30 * clip::RATE), FULL);
    }
}
