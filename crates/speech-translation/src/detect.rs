//! The first stage: a stream of sound to segments of speech. The one stage with state, one per
//! session.

use std::time::Instant;

use mynah_audio::{Clip, ResampleError, Resampler, SampleRate};
use mynah_speech::VoiceScorer;
use mynah_speech::voice_activity::{
    InvalidSegmenterSettings, Segmenter, SegmenterSettings, VoiceEvent,
};

use crate::clock::ArrivalClock;
use crate::event::{HeardSegment, SegmentHeader, SegmentTimings};
use crate::session_sound::SessionSound;

/// What the detector makes of a piece of sound.
#[derive(Debug)]
pub(crate) enum Detected {
    /// Somebody began to speak.
    Opened {
        segment: u64,
        start_ms: u64,
        start_sample: u64,
    },
    /// More of the open segment, at the detector's rate. Only where a preview is wanted.
    Sound { samples: Vec<f32> },
    /// A segment is complete.
    Closed(HeardSegment),
}

/// Cuts one session's sound into segments. Blocking for some microseconds a millisecond of sound.
pub(crate) struct Detect {
    segmenter: Segmenter,
    rate: SampleRate,
    resampler: Option<Resampler>,
    /// Makes a session's sound of a recording's; none where a session is heard.
    recording: Option<SessionSound>,
    clock: ArrivalClock,
    /// How much sound came in, in nanoseconds: rates may change within a session.
    heard_ns: u128,
    /// The samples of the open segment.
    open: Vec<f32>,
    /// Whether the sound of the open segment is told as it comes.
    preview: bool,
    segments: u64,
}

impl Detect {
    pub(crate) fn new(
        scorer: Box<dyn VoiceScorer>,
        settings: &SegmenterSettings,
        preview: bool,
    ) -> Result<Self, InvalidSegmenterSettings> {
        let rate = scorer.rate();
        Ok(Self {
            segmenter: Segmenter::new(scorer, settings)?,
            rate,
            resampler: None,
            recording: None,
            clock: ArrivalClock::default(),
            heard_ns: 0,
            open: Vec::new(),
            preview,
            segments: 0,
        })
    }

    /// For a recording of this rate, which is heard as it would be if it were sent to a session.
    pub(crate) fn of_recording(mut self, rate: SampleRate) -> Result<Self, ResampleError> {
        self.recording = Some(SessionSound::new(rate)?);
        Ok(self)
    }

    /// The rate of the segments' sound.
    pub(crate) const fn rate(&self) -> SampleRate {
        self.rate
    }

    /// How many segments were heard so far.
    pub(crate) const fn segments(&self) -> u64 {
        self.segments
    }

    /// Takes the next piece of sound, at any rate, that arrived then.
    pub(crate) fn push(
        &mut self,
        mut clip: Clip,
        arrived: Instant,
    ) -> Result<Vec<Detected>, ResampleError> {
        // A decoder's NaN would poison filters and detector for the rest of the session.
        for sample in clip.samples.iter_mut().filter(|sample| !sample.is_finite()) {
            *sample = 0.0;
        }
        self.heard_ns += clip.duration().as_nanos();
        self.clock.mark((self.heard_ns / 1_000_000) as u64, arrived);

        let mut events = Vec::new();
        if let Some(recording) = self
            .recording
            .as_mut()
            .filter(|own| own.from() == clip.rate)
        {
            clip = recording.push(&clip.samples);
        }
        self.hear(&clip, &mut events)?;
        Ok(self.tell(events))
    }

    /// Hands sound on to the segmenter, at its rate.
    fn hear(&mut self, clip: &Clip, events: &mut Vec<VoiceEvent>) -> Result<(), ResampleError> {
        if let Some(resampler) = self
            .resampler
            .as_mut()
            .filter(|own| own.from() != clip.rate)
        {
            let rest = rounded(resampler.finish());
            self.segmenter.push(&rest, events);
            self.resampler = None;
        }
        let resampler = match &mut self.resampler {
            Some(resampler) => resampler,
            none => none.insert(Resampler::new(clip.rate, self.rate)?),
        };
        let heard = rounded(resampler.push(&clip.samples));
        self.segmenter.push(&heard, events);
        Ok(())
    }

    /// Ends the stream, and with it the open segment.
    pub(crate) fn finish(&mut self) -> Result<Vec<Detected>, ResampleError> {
        let mut events = Vec::new();
        if let Some(rest) = self.recording.as_mut().map(SessionSound::finish) {
            self.hear(&rest, &mut events)?;
        }
        if let Some(resampler) = &mut self.resampler {
            let rest = rounded(resampler.finish());
            self.segmenter.push(&rest, &mut events);
        }
        self.segmenter.finish(&mut events);
        Ok(self.tell(events))
    }

    fn tell(&mut self, events: Vec<VoiceEvent>) -> Vec<Detected> {
        let mut detected = Vec::new();
        for event in events {
            match event {
                VoiceEvent::Opened { start_sample } => {
                    let start_ms = self.millis(start_sample);
                    detected.push(Detected::Opened {
                        segment: self.segments,
                        start_ms,
                        start_sample,
                    });
                }
                VoiceEvent::Audio(samples) => {
                    self.open.extend_from_slice(&samples);
                    if self.preview {
                        detected.push(Detected::Sound { samples });
                    }
                }
                VoiceEvent::Closed {
                    start_sample,
                    end_sample,
                } => {
                    detected.push(Detected::Closed(self.close(start_sample, end_sample)));
                }
            }
        }
        detected
    }

    fn close(&mut self, start_sample: u64, end_sample: u64) -> HeardSegment {
        let now = Instant::now();
        let end_ms = self.millis(end_sample);
        let heard_at = self.clock.arrival(end_ms).unwrap_or(now);
        let detect = now.saturating_duration_since(heard_at);
        let header = SegmentHeader {
            segment: self.segments,
            start_ms: self.millis(start_sample),
            end_ms,
            heard_at,
            queued_at: now,
            timings: SegmentTimings {
                detect,
                ..SegmentTimings::default()
            },
        };
        self.segments += 1;
        HeardSegment {
            header,
            clip: Clip::new(self.rate, std::mem::take(&mut self.open)),
        }
    }

    fn millis(&self, sample: u64) -> u64 {
        sample * 1_000 / u64::from(self.rate.hz())
    }
}

/// Sound as it would come over a bus, in 16 bits: who interprets here hears what stages elsewhere
/// hear, and so the same words.
fn rounded(mut samples: Vec<f32>) -> Vec<f32> {
    mynah_audio::to_16_bits(&mut samples);
    samples
}
