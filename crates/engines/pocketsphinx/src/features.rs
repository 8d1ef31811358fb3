//! Cepstra and their mean.
//!
//! The recognizer compares cepstra from which the channel's mean has been taken. The library
//! would do it, but either with a mean that outlives the utterance, or only for a whole utterance
//! that it then searches in one call that cannot be stopped. So the mean is taken here.

use mynah_audio::to_i16;

/// Cepstral coefficients in a frame.
pub(crate) const CEPSTRA: usize = 13;

/// Frames a second.
pub(crate) const FRAMES_PER_SECOND: u64 = 100;

/// The cepstra of 10 ms of sound.
pub(crate) type Frame = [f32; CEPSTRA];

/// Takes the mean of the frames from all of them: the whole utterance's own.
pub(crate) fn subtract_own_mean(frames: &mut [Frame]) {
    let mut mean = RunningMean::default();
    mean.add(frames);
    mean.subtract_from(frames);
}

/// The mean of the frames so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunningMean {
    sum: [f64; CEPSTRA],
    weight: f64,
}

impl RunningMean {
    /// A mean that starts with the weight of this many frames.
    pub(crate) fn with_prior(mean: &Frame, frames: u32) -> Self {
        let weight = f64::from(frames);
        Self {
            sum: mean.map(|value| f64::from(value) * weight),
            weight,
        }
    }

    pub(crate) fn add(&mut self, frames: &[Frame]) {
        // Frames of digital silence have a negative energy and no information about the channel.
        for frame in frames.iter().filter(|frame| frame[0] >= 0.0) {
            for (sum, value) in self.sum.iter_mut().zip(frame) {
                *sum += f64::from(*value);
            }
            self.weight += 1.0;
        }
    }

    pub(crate) fn subtract_from(&self, frames: &mut [Frame]) {
        if self.weight == 0.0 {
            return;
        }
        let mean = self.sum.map(|sum| (sum / self.weight) as f32);
        for (value, mean) in frames
            .iter_mut()
            .flat_map(|frame| frame.iter_mut().zip(&mean))
        {
            *value -= mean;
        }
    }
}

/// Samples in −1…1 as 16 bits. What is not a number is silence.
pub(crate) fn to_pcm16(samples: &[f32]) -> impl Iterator<Item = i16> + '_ {
    samples.iter().map(|sample| to_i16(*sample))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_utterance_has_no_mean_left_and_silence_does_not_count() {
        let mut frames = vec![[10.0; CEPSTRA], [20.0; CEPSTRA], [-7.0; CEPSTRA]];
        subtract_own_mean(&mut frames);
        assert_eq!(frames.map_first(), [-5.0, 5.0, -22.0]);
        let mut silence = vec![[-7.0; CEPSTRA]];
        subtract_own_mean(&mut silence);
        assert_eq!(silence, [[-7.0; CEPSTRA]]);
    }

    #[test]
    fn a_running_mean_moves_from_what_was_expected_to_what_is_heard() {
        let mut mean = RunningMean::with_prior(&[40.0; CEPSTRA], 1);
        mean.add(&[[60.0; CEPSTRA]]);
        let mut frames = vec![[60.0; CEPSTRA]];
        mean.subtract_from(&mut frames);
        assert_eq!(frames.map_first(), [10.0]);
    }

    #[test]
    fn samples_are_clamped_and_nonsense_is_silent() {
        let given = [0.0, 0.5, 1.0, -1.0, 7.0, f32::NAN, f32::NEG_INFINITY];
        let pcm: Vec<i16> = to_pcm16(&given).collect();
        assert_eq!(pcm, [0, 16_384, 32_767, -32_768, 32_767, 0, -32_768]);
    }

    trait MapFirst {
        fn map_first(&self) -> Vec<f32>;
    }

    impl MapFirst for Vec<Frame> {
        fn map_first(&self) -> Vec<f32> {
            self.iter().map(|frame| frame[0]).collect()
        }
    }
}
