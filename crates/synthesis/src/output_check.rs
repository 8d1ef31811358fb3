//! Checks of an engine's audio: finite samples, bounded length, constant rate, not silent.

use mynah_audio::Clip;

/// Allowed for every chunk, however short: an engine may spell out a symbol at length.
const BASE_SECONDS: f64 = 10.0;

/// The lowest peak of a chunk of speech: −60 dBFS.
const AUDIBLE_PEAK: f32 = 0.001;

/// Why audio is not valid, as the end of "engine failed: …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A sample is infinite or not a number.
    NotFinite,
    /// More audio than the text can become.
    Runaway,
    /// The rate changed within a chunk.
    RateChanged,
    /// Not one audible sample.
    Silent,
}

impl Fault {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::NotFinite => "it produced samples that are not numbers",
            Self::Runaway => "it went on without end and was stopped",
            Self::RateChanged => "it changed the sample rate in the middle of a chunk",
            Self::Silent => "it produced only silence for a text that has words",
        }
    }
}

/// Checks the audio of one chunk.
#[derive(Clone)]
pub(crate) struct OutputCheck {
    max_seconds: f64,
    first: Option<mynah_audio::SampleRate>,
    samples: usize,
    peak: f32,
}

impl OutputCheck {
    /// For a chunk of this many characters.
    pub(crate) fn new(chars: usize, seconds_per_char: f64) -> Self {
        let max_seconds = BASE_SECONDS + chars as f64 * seconds_per_char;
        Self {
            max_seconds,
            first: None,
            samples: 0,
            peak: 0.0,
        }
    }

    /// Checks the next clip.
    pub(crate) fn check(&mut self, clip: &Clip) -> Result<(), Fault> {
        if *self.first.get_or_insert(clip.rate) != clip.rate {
            return Err(Fault::RateChanged);
        }
        for sample in &clip.samples {
            if !sample.is_finite() {
                return Err(Fault::NotFinite);
            }
            self.peak = self.peak.max(sample.abs());
        }
        self.samples += clip.samples.len();
        if self.samples as f64 > self.max_seconds * f64::from(clip.rate.hz()) {
            return Err(Fault::Runaway);
        }
        Ok(())
    }

    /// Checks the chunk at its end.
    pub(crate) fn finish(&self) -> Result<(), Fault> {
        if self.peak < AUDIBLE_PEAK {
            Err(Fault::Silent)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use mynah_audio::SampleRate;

    use super::*;

    fn clip(samples: Vec<f32>) -> Clip {
        Clip::new(SampleRate::HZ_16000, samples)
    }

    #[test]
    fn non_finite_samples_are_faults() {
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut output_check = OutputCheck::new(10, 1.0);
            assert_eq!(
                output_check.check(&clip(vec![0.1, wrong])),
                Err(Fault::NotFinite)
            );
        }
    }

    #[test]
    fn the_length_bound_grows_with_the_text() {
        let second = vec![0.1; 16_000];
        let mut output_check = OutputCheck::new(4, 0.5);
        for _ in 0..12 {
            assert_eq!(output_check.check(&clip(second.clone())), Ok(()));
        }
        assert_eq!(output_check.check(&clip(vec![0.1])), Err(Fault::Runaway));
    }

    #[test]
    fn only_complete_silence_is_a_fault() {
        let mut output_check = OutputCheck::new(4, 0.5);
        assert_eq!(output_check.check(&clip(vec![0.0; 100])), Ok(()));
        assert_eq!(output_check.finish(), Err(Fault::Silent));
        assert_eq!(output_check.check(&clip(vec![0.1])), Ok(()));
        assert_eq!(output_check.finish(), Ok(()));
    }

    #[test]
    fn a_chunk_has_one_rate() {
        let mut output_check = OutputCheck::new(4, 0.5);
        assert_eq!(output_check.check(&clip(vec![0.1])), Ok(()));
        let other = Clip::new(SampleRate::HZ_24000, vec![0.1]);
        assert_eq!(output_check.check(&other), Err(Fault::RateChanged));
    }
}
