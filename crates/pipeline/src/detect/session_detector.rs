//! The detector of one session: samples in, segments out, and the position from which a replay finds
//! the same segments.

use std::sync::Arc;

use mynah_bus::event::{Chunk, ClientOptions, SegmentRange};
use mynah_speech::VoiceScorer;
use mynah_speech::voice_activity::{SegmenterSettings, SpeechDetector, SpeechEvent};

use crate::runner::commit_metadata::Reset;

/// Makes a scorer for a detector.
pub(crate) type Scorers = Arc<dyn Fn() -> Box<dyn VoiceScorer> + Send + Sync>;

/// A segment with the client's options.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DetectedSegment {
    pub(crate) segment: SegmentRange,
    pub(crate) samples: Vec<f32>,
    pub(crate) options: ClientOptions,
}

/// Samples are missing before a chunk. Holds the segments before the gap.
#[derive(Debug, PartialEq)]
pub(crate) struct MissingAudio(pub(crate) Vec<DetectedSegment>);

/// Cuts the audio of one session into segments.
pub(crate) struct SessionDetector {
    scorers: Scorers,
    settings: Arc<SegmenterSettings>,
    detector: SpeechDetector,
    /// The next sample of the session.
    expected: u64,
    options: Option<ClientOptions>,
    /// Whether any audio was received: a change of options before that closes nothing.
    began: bool,
}

impl SessionDetector {
    pub(crate) fn new(
        scorers: Scorers,
        settings: Arc<SegmenterSettings>,
        from: Option<Reset>,
    ) -> Self {
        let from = from.unwrap_or(Reset {
            sample: 0,
            segments: 0,
        });
        Self {
            detector: resume(&scorers, &settings, from.sample, from.segments.into()),
            scorers,
            settings,
            expected: from.sample,
            options: None,
            began: false,
        }
    }

    /// The number of segments so far, those before the reset included.
    pub(crate) const fn segments(&self) -> u32 {
        self.detector.segments() as u32
    }

    /// From where a replay finds the same later segments.
    pub(crate) const fn reset(&self) -> Reset {
        Reset {
            sample: self.detector.last_reset(),
            segments: self.segments(),
        }
    }

    /// Takes a chunk. Samples that were received before are skipped. A change of options closes
    /// the open segment.
    pub(crate) fn push(
        &mut self,
        chunk: Chunk,
        samples: &[f32],
        options: &ClientOptions,
    ) -> Result<Vec<DetectedSegment>, MissingAudio> {
        if chunk.start_sample > self.expected {
            return Err(MissingAudio(self.finish()));
        }
        let repeated = (self.expected - chunk.start_sample).min(samples.len() as u64) as usize;
        let fresh = &samples[repeated..];
        let mut segments = Vec::new();
        let only_repeated = fresh.is_empty() && !samples.is_empty();
        if !only_repeated && self.options.as_ref() != Some(options) {
            if self.began && self.options.is_some() {
                segments = self.finish();
                let count = self.detector.segments();
                self.detector = resume(&self.scorers, &self.settings, self.expected, count);
            }
            self.options = Some(options.clone());
        }
        if !fresh.is_empty() {
            self.began = true;
            self.expected += fresh.len() as u64;
            let events = self.detector.push(fresh);
            segments.extend(self.closed(events));
        }
        if chunk.is_last {
            segments.extend(self.finish());
        }
        Ok(segments)
    }

    /// Ends the audio, and with it the open segment.
    pub(crate) fn finish(&mut self) -> Vec<DetectedSegment> {
        let events = self.detector.finish();
        self.closed(events).collect()
    }

    fn closed(&self, events: Vec<SpeechEvent>) -> impl Iterator<Item = DetectedSegment> + use<> {
        let options = self.options.clone().unwrap_or_default();
        events.into_iter().filter_map(move |event| match event {
            SpeechEvent::Closed(speech) => Some(DetectedSegment {
                segment: SegmentRange {
                    index: speech.index as u32,
                    start_sample: speech.start_sample,
                    end_sample: speech.end_sample,
                },
                samples: speech.samples,
                options: options.clone(),
            }),
            SpeechEvent::Opened { .. } | SpeechEvent::Audio(_) => None,
        })
    }
}

fn resume(
    scorers: &Scorers,
    settings: &SegmenterSettings,
    sample: u64,
    segments: u64,
) -> SpeechDetector {
    SpeechDetector::resume(scorers(), settings, sample, segments)
        .expect("the settings were validated")
}

#[cfg(test)]
mod tests {
    use mynah_silero::Silero;
    use proptest::prelude::*;

    use super::*;

    const CHUNK: usize = 3_200;

    fn detector(from: Option<Reset>) -> SessionDetector {
        let scorers: Scorers = Arc::new(|| Box::new(Silero::new()));
        SessionDetector::new(scorers, Arc::default(), from)
    }

    /// Something like speech: bursts of a buzz with moving formants, and noise between them.
    fn speech(bursts: &[(u32, u32)], seed: u64) -> Vec<f32> {
        let mut state = seed | 1;
        let mut noise = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 40) as f32 / (1 << 24) as f32 - 0.5
        };
        let mut samples = Vec::new();
        for (loud_ms, quiet_ms) in bursts {
            for n in 0..loud_ms * 16 {
                let t = f64::from(n) / 16_000.0;
                let pitch = 120.0 + 20.0 * (t * 3.0).sin();
                let voice: f64 = (1..20)
                    .map(|k| {
                        let hz = pitch * f64::from(k);
                        let formant = (-((hz - 700.0 - 300.0 * (t * 9.0).sin()) / 400.0).powi(2))
                            .exp()
                            + 0.5 * (-((hz - 1_800.0) / 500.0).powi(2)).exp();
                        formant * (hz * t * std::f64::consts::TAU).sin()
                    })
                    .sum();
                let wave = 0.5 + 0.5 * (t * 5.0 * std::f64::consts::TAU).sin();
                samples.push((0.25 * voice * wave) as f32 + 0.004 * noise());
            }
            samples.extend((0..quiet_ms * 16).map(|_| 0.002 * noise()));
        }
        samples
    }

    fn chunk(samples: &[f32], index: usize) -> (Chunk, &[f32]) {
        let start = index * CHUNK;
        let end = samples.len().min(start + CHUNK);
        let chunk = Chunk {
            sequence: index as u64,
            start_sample: start as u64,
            end_sample: end as u64,
            is_last: end == samples.len(),
            inserted_silence: false,
        };
        (chunk, &samples[start..end])
    }

    fn options(of: usize, change: usize) -> ClientOptions {
        ClientOptions {
            target: Some(if of < change { "es" } else { "fr" }.into()),
            ..ClientOptions::default()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

        /// From every position that could have been committed a replay finds the segments that
        /// were not closed before it, with the same names, numbers and samples.
        #[test]
        fn a_replay_from_every_committable_position_finds_the_same_segments(
            bursts in prop::collection::vec((200_u32..4_000, 100_u32..14_000), 1..6),
            seed in any::<u64>(),
            change in 0_usize..200,
        ) {
            let samples = speech(&bursts, seed);
            let chunks = samples.len().div_ceil(CHUNK);
            let mut first = detector(None);
            let mut all = Vec::new();
            let mut positions = Vec::new();
            for index in 0..chunks {
                let (at, audio) = chunk(&samples, index);
                let found = first.push(at, audio, &options(index, change)).unwrap();
                all.extend(found);
                // What the runner commits after this chunk, and how many segments are published.
                positions.push((index, first.reset(), all.len()));
            }
            positions.dedup_by_key(|(_, reset, _)| *reset);
            for (after, reset, _) in positions {
                // The chunk that holds the reset, which is never after the last one that came.
                let replay_starts = ((reset.sample as usize) / CHUNK).min(after);
                let mut again = detector(Some(reset));
                let mut found = Vec::new();
                for index in replay_starts..chunks {
                    let (at, audio) = chunk(&samples, index);
                    found.extend(again.push(at, audio, &options(index, change)).unwrap());
                }
                let rest: Vec<_> = all
                    .iter()
                    .filter(|own| own.segment.start_sample >= reset.sample)
                    .cloned()
                    .collect();
                prop_assert_eq!(found, rest, "reset at {:?}", reset);
            }
        }
    }

    #[test]
    fn repeated_audio_is_skipped_and_missing_audio_is_reported() {
        let samples = speech(&[(1_500, 800), (1_500, 800)], 7);
        let chunks = samples.len().div_ceil(CHUNK);
        let (mut once, mut twice) = (detector(None), detector(None));
        let (mut found, mut again) = (Vec::new(), Vec::new());
        let own = ClientOptions::default();
        for index in 0..chunks {
            let (at, audio) = chunk(&samples, index);
            found.extend(once.push(at, audio, &own).unwrap());
            again.extend(twice.push(at, audio, &own).unwrap());
            let at = Chunk {
                is_last: false,
                ..at
            };
            again.extend(
                twice
                    .push(
                        at,
                        audio,
                        &ClientOptions {
                            voice: Some("x".into()),
                            ..own.clone()
                        },
                    )
                    .unwrap(),
            );
        }
        assert!(!found.is_empty());
        assert_eq!(found, again);

        let mut with_gap = detector(None);
        let (at, audio) = chunk(&samples, 0);
        with_gap.push(at, audio, &own).unwrap();
        let (at, audio) = chunk(&samples, 2);
        assert!(with_gap.push(at, audio, &own).is_err());
    }
}
