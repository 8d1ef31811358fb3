//! Segments of speech with their audio.

use mynah_audio::zero_non_finite;
use mynah_settings::InvalidSettings;

use super::{Segmenter, SegmenterSettings, VoiceEvent};
use crate::VoiceScorer;

/// A segment of speech.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectedSpeech {
    /// Its number in the stream, from 0.
    pub index: u64,
    /// Its first sample, padding included.
    pub start_sample: u64,
    /// The position after its last sample.
    pub end_sample: u64,
    /// Its audio.
    pub samples: Vec<f32>,
}

/// What a [`SpeechDetector`] found.
#[derive(Clone, Debug, PartialEq)]
pub enum SpeechEvent {
    /// A segment opened.
    Opened {
        /// Its number in the stream, from 0.
        index: u64,
        /// Its first sample, padding included.
        start_sample: u64,
    },
    /// The next samples of the open segment.
    Audio(Vec<f32>),
    /// A segment is complete.
    Closed(DetectedSpeech),
}

/// Cuts a stream into numbered segments with their audio, by a [`Segmenter`]. Samples that are not
/// finite are silence.
pub struct SpeechDetector {
    segmenter: Segmenter,
    /// The audio of the open segment.
    open: Vec<f32>,
    segments: u64,
}

impl SpeechDetector {
    /// A detector at the first sample of a stream.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn new(
        scorer: Box<dyn VoiceScorer>,
        settings: &SegmenterSettings,
    ) -> Result<Self, InvalidSettings> {
        Self::resume(scorer, settings, 0, 0)
    }

    /// A detector that continues from a [`SpeechDetector::last_reset`] after this many segments.
    /// The next sample pushed must be `sample` of the stream.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn resume(
        scorer: Box<dyn VoiceScorer>,
        settings: &SegmenterSettings,
        sample: u64,
        segments: u64,
    ) -> Result<Self, InvalidSettings> {
        Ok(Self {
            segmenter: Segmenter::resume(scorer, settings, sample)?,
            open: Vec::new(),
            segments,
        })
    }

    /// The number of segments so far.
    pub const fn segments(&self) -> u64 {
        self.segments
    }

    /// See [`Segmenter::last_reset`].
    pub const fn last_reset(&self) -> u64 {
        self.segmenter.last_reset()
    }

    /// Takes the next samples, at the scorer's rate.
    pub fn push(&mut self, samples: &[f32]) -> Vec<SpeechEvent> {
        let mut events = Vec::new();
        if samples.iter().all(|sample| sample.is_finite()) {
            self.segmenter.push(samples, &mut events);
        } else {
            let mut finite = samples.to_vec();
            zero_non_finite(&mut finite);
            self.segmenter.push(&finite, &mut events);
        }
        self.collect(events)
    }

    /// Ends the stream, and with it the open segment.
    pub fn finish(&mut self) -> Vec<SpeechEvent> {
        let mut events = Vec::new();
        self.segmenter.finish(&mut events);
        self.collect(events)
    }

    fn collect(&mut self, events: Vec<VoiceEvent>) -> Vec<SpeechEvent> {
        events
            .into_iter()
            .map(|event| match event {
                VoiceEvent::Opened { start_sample } => SpeechEvent::Opened {
                    index: self.segments,
                    start_sample,
                },
                VoiceEvent::Audio(samples) => {
                    self.open.extend_from_slice(&samples);
                    SpeechEvent::Audio(samples)
                }
                VoiceEvent::Closed {
                    start_sample,
                    end_sample,
                } => {
                    let index = self.segments;
                    self.segments += 1;
                    SpeechEvent::Closed(DetectedSpeech {
                        index,
                        start_sample,
                        end_sample,
                        samples: std::mem::take(&mut self.open),
                    })
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use mynah_audio::SampleRate;

    use super::*;

    /// Scores the level of a frame; a NaN would stay in its state.
    struct LevelScorer(f32);

    impl VoiceScorer for LevelScorer {
        fn rate(&self) -> SampleRate {
            SampleRate::HZ_16000
        }

        fn frame_samples(&self) -> usize {
            256
        }

        fn score(&mut self, frame: &[f32]) -> f32 {
            let level = frame.iter().map(|sample| sample.abs()).sum::<f32>();
            self.0 = 0.5 * self.0 + level / frame.len() as f32;
            self.0
        }

        fn reset(&mut self) {
            self.0 = 0.0;
        }
    }

    #[test]
    fn samples_that_are_not_finite_are_silence() {
        let detect = |bad: f32| {
            let scorer = Box::new(LevelScorer(0.0));
            let settings = SegmenterSettings::default();
            let mut detector = SpeechDetector::new(scorer, &settings).unwrap();
            let mut samples = vec![0.0; 16_000];
            samples[100] = bad;
            samples.extend([0.9; 16_000]);
            samples.extend([0.0; 16_000]);
            samples[40_000] = bad;
            let mut events = detector.push(&samples);
            events.extend(detector.finish());
            let closed = events.into_iter().filter_map(|event| match event {
                SpeechEvent::Closed(speech) => Some(speech),
                _ => None,
            });
            closed.collect::<Vec<_>>()
        };
        let expected = detect(0.0);
        assert_eq!(expected.len(), 1);
        assert_eq!(
            expected[0].samples.len() as u64,
            expected[0].end_sample - expected[0].start_sample
        );
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(detect(bad), expected);
        }
    }
}
