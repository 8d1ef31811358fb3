//! Detection: a stream of audio to segments of speech. The one stage with state, one instance per
//! session.

use std::time::{Duration, Instant};

use mynah_audio::{ArrivalClock, Clip, ResampleError, Resampler, SampleRate, zero_non_finite};
use mynah_settings::InvalidSettings;
use mynah_speech::VoiceScorer;
use mynah_speech::voice_activity::{SegmenterSettings, SpeechDetector, SpeechEvent};

use crate::event::{Segment, SegmentHeader, SegmentTimings};
use crate::session_audio::SessionAudio;

/// How long arrival times are kept, in milliseconds of audio: longer than any segment and its
/// padding take to close.
const ARRIVALS_KEPT_MS: u64 = 60_000;

/// The minimum audio between two arrival times, in milliseconds.
const ARRIVAL_GRANULARITY_MS: u64 = 20;

/// What the detector found in a piece of audio.
#[derive(Debug)]
pub(crate) enum Detection {
    /// Speech began.
    Opened {
        segment: u64,
        start_ms: u64,
        start_sample: u64,
    },
    /// More audio of the open segment, at the detector's rate.
    Audio { samples: Vec<f32> },
    /// A segment is complete.
    Closed(Segment<Clip>),
}

/// Cuts the audio of one session into segments. Blocks for some microseconds a millisecond of
/// audio.
pub(crate) struct Detector {
    speech: SpeechDetector,
    rate: SampleRate,
    resampler: Option<Resampler>,
    /// Converts a recording to session audio; none for a session.
    recording: Option<SessionAudio>,
    arrivals: ArrivalClock<Instant>,
    /// The length of the audio so far: rates may change within a session.
    received: Duration,
}

impl Detector {
    pub(crate) fn new(
        scorer: Box<dyn VoiceScorer>,
        settings: &SegmenterSettings,
    ) -> Result<Self, InvalidSettings> {
        let rate = scorer.rate();
        Ok(Self {
            speech: SpeechDetector::new(scorer, settings)?,
            rate,
            resampler: None,
            recording: None,
            arrivals: ArrivalClock::new(ARRIVALS_KEPT_MS, ARRIVAL_GRANULARITY_MS),
            received: Duration::ZERO,
        })
    }

    /// The same for a recording of this rate, which gives the detector the same samples as if it
    /// were sent to a session.
    pub(crate) fn for_recording(mut self, rate: SampleRate) -> Result<Self, ResampleError> {
        self.recording = Some(SessionAudio::new(rate)?);
        Ok(self)
    }

    /// The rate of the segments' audio.
    pub(crate) const fn rate(&self) -> SampleRate {
        self.rate
    }

    /// The number of segments so far.
    pub(crate) const fn segments(&self) -> u64 {
        self.speech.segments()
    }

    /// Takes the next piece of audio, at any rate, and the time of its arrival.
    pub(crate) fn push(
        &mut self,
        mut clip: Clip,
        arrived: Instant,
    ) -> Result<Vec<Detection>, ResampleError> {
        // Before the resampler, whose filters would spread a NaN over the rest of the session.
        zero_non_finite(&mut clip.samples);
        self.received += clip.duration();
        self.arrivals
            .mark(self.received.as_millis() as u64, arrived);

        if let Some(recording) = self
            .recording
            .as_mut()
            .filter(|own| own.source_rate() == clip.rate)
        {
            clip = recording.push(&clip.samples);
        }
        let mut events = Vec::new();
        self.push_resampled(&clip, &mut events)?;
        Ok(self.detections(events))
    }

    /// Passes audio on to the detector, at its rate.
    fn push_resampled(
        &mut self,
        clip: &Clip,
        events: &mut Vec<SpeechEvent>,
    ) -> Result<(), ResampleError> {
        if let Some(resampler) = self
            .resampler
            .as_mut()
            .filter(|own| own.source_rate() != clip.rate)
        {
            let rest = quantized(resampler.finish());
            events.extend(self.speech.push(&rest));
            self.resampler = None;
        }
        let resampler = match &mut self.resampler {
            Some(resampler) => resampler,
            none => none.insert(Resampler::new(clip.rate, self.rate)?),
        };
        let samples = quantized(resampler.push(&clip.samples));
        events.extend(self.speech.push(&samples));
        Ok(())
    }

    /// Ends the stream, and with it the open segment.
    pub(crate) fn finish(&mut self) -> Result<Vec<Detection>, ResampleError> {
        let mut events = Vec::new();
        if let Some(rest) = self.recording.as_mut().map(SessionAudio::finish) {
            self.push_resampled(&rest, &mut events)?;
        }
        if let Some(resampler) = &mut self.resampler {
            let rest = quantized(resampler.finish());
            events.extend(self.speech.push(&rest));
        }
        events.extend(self.speech.finish());
        Ok(self.detections(events))
    }

    fn detections(&self, events: Vec<SpeechEvent>) -> Vec<Detection> {
        events
            .into_iter()
            .map(|event| match event {
                SpeechEvent::Opened {
                    index,
                    start_sample,
                } => Detection::Opened {
                    segment: index,
                    start_ms: self.millis(start_sample),
                    start_sample,
                },
                SpeechEvent::Audio(samples) => Detection::Audio { samples },
                SpeechEvent::Closed(speech) => Detection::Closed(Segment {
                    header: self.header(speech.index, speech.start_sample, speech.end_sample),
                    body: Clip::new(self.rate, speech.samples),
                }),
            })
            .collect()
    }

    fn header(&self, segment: u64, start_sample: u64, end_sample: u64) -> SegmentHeader {
        let now = Instant::now();
        let end_ms = self.millis(end_sample);
        let received_at = self.arrivals.arrival(end_ms).unwrap_or(now);
        SegmentHeader {
            segment,
            start_ms: self.millis(start_sample),
            end_ms,
            received_at,
            queued_at: now,
            timings: SegmentTimings {
                detect: now.saturating_duration_since(received_at),
                ..SegmentTimings::default()
            },
        }
    }

    fn millis(&self, sample: u64) -> u64 {
        sample * 1_000 / u64::from(self.rate.hz())
    }
}

/// Samples as they travel over a bus, in 16 bits: the local backend gives the detector the same
/// samples as the stages over a bus, so both recognize the same words.
fn quantized(mut samples: Vec<f32>) -> Vec<f32> {
    mynah_audio::to_16_bits(&mut samples);
    samples
}
