//! The shape of a clip, for drawing.

use crate::Clip;

/// The lowest and the highest sample of each of `count` parts of a clip, whose lengths differ by one sample
/// at most. A clip of fewer samples has a part for each.
pub fn peaks(clip: &Clip, count: usize) -> Vec<[f32; 2]> {
    let samples = &clip.samples;
    let count = count.min(samples.len());
    (0..count)
        .map(|part| {
            let at = |part: usize| part * samples.len() / count;
            let part = &samples[at(part)..at(part + 1)];
            let range = [f32::INFINITY, f32::NEG_INFINITY];
            part.iter().fold(range, |[low, high], &sample| {
                [low.min(sample), high.max(sample)]
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SampleRate;

    proptest! {
        #[test]
        fn peaks_cover_all_samples(samples in prop::collection::vec(-1.0_f32..1.0, 0..500), count in 1_usize..100) {
            let clip = Clip::new(SampleRate::HZ_24000, samples.clone());
            let peaks = peaks(&clip, count);
            prop_assert_eq!(peaks.len(), count.min(samples.len()));
            let low = peaks.iter().map(|part| part[0]).fold(f32::INFINITY, f32::min);
            let high = peaks.iter().map(|part| part[1]).fold(f32::NEG_INFINITY, f32::max);
            prop_assert_eq!(low, samples.iter().copied().fold(f32::INFINITY, f32::min));
            prop_assert_eq!(high, samples.iter().copied().fold(f32::NEG_INFINITY, f32::max));
            prop_assert!(peaks.iter().all(|[low, high]| low <= high));
        }
    }
}
