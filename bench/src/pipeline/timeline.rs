//! What a session says, from its first sample to its last.

use std::time::Duration;

use anyhow::Context;
use mynah_audio::{Clip, SampleRate};

/// Quieter than −50 dBFS is the end of the speech, not its last sample.
pub(crate) const AUDIBLE_THRESHOLD: f32 = 0.003_162;
/// The microphone stays open for so long after each round.
const ROUND_PAUSE: Duration = Duration::from_millis(1_500);

/// The speech, several times, with silence after each.
pub(crate) struct Timeline {
    samples: Vec<f32>,
    rate: SampleRate,
    spoken: usize,
    rounds: usize,
}

impl Timeline {
    pub(crate) fn new(clip: &Clip, rounds: usize) -> anyhow::Result<Self> {
        let last = clip
            .samples
            .iter()
            .rposition(|sample| sample.abs() > AUDIBLE_THRESHOLD);
        let spoken = last.context("nothing is said in the recording")? + 1;
        let mut round = clip.samples[..spoken].to_vec();
        round.resize(spoken + clip.rate.samples_in(ROUND_PAUSE), 0.0);
        Ok(Self {
            samples: round.repeat(rounds),
            rate: clip.rate,
            spoken,
            rounds,
        })
    }

    /// Everything, in blocks of this length; each with the moment at which its last sample has
    /// been spoken.
    pub(crate) fn blocks(&self, length: Duration) -> impl Iterator<Item = (Duration, &[f32])> {
        let mut end = 0;
        self.samples
            .chunks(self.rate.samples_in(length))
            .map(move |block| {
                end += block.len();
                (self.moment(end), block)
            })
    }

    /// When the last audible sample before this place was spoken; none where none was.
    pub(crate) fn last_speech_sample(&self, before_ms: u64) -> Option<Duration> {
        let end = self.rate.samples_in(Duration::from_millis(before_ms));
        let end = end.min(self.samples.len());
        let last = self.samples[..end]
            .iter()
            .rposition(|sample| sample.abs() > AUDIBLE_THRESHOLD)?;
        Some(self.moment(last + 1))
    }

    /// How long one round is, with its pause.
    pub(crate) fn round(&self) -> Duration {
        self.moment(self.samples.len() / self.rounds)
    }

    /// How long the speech of one round is.
    pub(crate) fn speech_duration(&self) -> Duration {
        self.moment(self.spoken)
    }

    fn moment(&self, samples: usize) -> Duration {
        Duration::from_secs_f64(samples as f64 / f64::from(self.rate.hz()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_spoken_sample_is_the_one_before_the_silence() {
        let mut samples = vec![0.5; 24_000];
        samples.extend([0.0; 240]);
        let timeline = Timeline::new(&Clip::new(SampleRate::HZ_24000, samples), 2).unwrap();
        assert_eq!(timeline.speech_duration(), Duration::from_secs(1));
        assert_eq!(timeline.round(), Duration::from_millis(2_500));
        let last = |ms| timeline.last_speech_sample(ms).map(|at| at.as_millis());
        assert_eq!(last(0), None);
        assert_eq!(last(500), Some(500));
        assert_eq!(last(1_400), Some(1_000));
        assert_eq!(last(9_000), Some(3_500));
        let blocks: Vec<_> = timeline.blocks(Duration::from_millis(40)).collect();
        assert_eq!(blocks.last().unwrap().0, Duration::from_secs(5));
        assert!(Timeline::new(&Clip::new(SampleRate::HZ_24000, vec![0.0; 9]), 1).is_err());
    }
}
