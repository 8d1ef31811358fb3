//! Where decoded samples arrive: limits, mixing to one channel, the place in time, and the rate
//! requested.
//!
//! Samples of a packet, or of some, are *staged*: mixed, but not taken yet. Then their container
//! states which of them are audio and how much silence comes before.

mod mix;

use std::time::Duration;

use super::memory::{DecodedMemory, Reservation};
use super::tracks::Track;
use super::{Container, DecodeError, DecodeLimits, DecodeOptions, Decoded};
use crate::{Clip, Resampler, SampleRate};
use mix::Mixer;

/// The loudest valid sample (+60 dBFS). Louder ones are integers in a file that claims floats.
const MAX_LEVEL: f32 = 1000.0;

/// Times of packets that differ from their samples by up to this are jitter, of clocks and of
/// containers that round to milliseconds. More is a pause, and becomes silence.
const MAX_JITTER: Duration = Duration::from_millis(150);

/// The most silence that pauses become, in all.
const MAX_SILENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// How often the sample rate may change.
const MAX_RATE_CHANGES: u32 = 256;

/// The buffer grows by an eighth, and by this many at least and at most.
const MIN_GROWTH_SAMPLES: usize = 1 << 16;
const MAX_GROWTH_SAMPLES: usize = 1 << 21;

/// How many samples are resampled at once.
const BLOCK_SAMPLES: usize = 1 << 14;

pub(super) struct SampleSink<'a> {
    container: Container,
    options: &'a DecodeOptions<'a>,
    reservation: Reservation,
    mixer: Mixer,
    staged: Vec<f32>,
    /// The rate that leaves; the first stream's where none is requested.
    to: Option<SampleRate>,
    stream: Option<RateSection>,
    channels: u16,
    /// Nanoseconds of earlier streams.
    before: u128,
    silence: Duration,
    rate_changes: u32,
    samples: Vec<f32>,
    notices: Vec<String>,
    cut: Option<&'static str>,
    tracks: Vec<Track>,
}

/// Audio at one rate.
struct RateSection {
    rate: SampleRate,
    /// Samples taken.
    taken: u64,
    /// Samples decoded, taken or not.
    decoded: u64,
    max_samples: u64,
    resampler: Option<Resampler>,
}

impl<'a> SampleSink<'a> {
    pub(super) fn new(
        container: Container,
        options: &'a DecodeOptions<'a>,
        reservation: Reservation,
    ) -> Self {
        Self {
            container,
            options,
            reservation,
            mixer: Mixer::default(),
            staged: Vec::new(),
            to: options.rate,
            stream: None,
            channels: 0,
            before: 0,
            silence: Duration::ZERO,
            rate_changes: 0,
            samples: Vec::new(),
            notices: Vec::new(),
            cut: None,
            tracks: Vec::new(),
        }
    }

    pub(super) const fn container(&self) -> Container {
        self.container
    }

    pub(super) const fn options(&self) -> &'a DecodeOptions<'a> {
        self.options
    }

    const fn limits(&self) -> &'a DecodeLimits {
        &self.options.limits
    }

    /// Whether the result is still wanted.
    pub(super) fn check_cancelled(&self) -> Result<(), DecodeError> {
        if (self.options.cancelled)() {
            return Err(DecodeError::Cancelled);
        }
        Ok(())
    }

    /// Something that was left out of the result, for its reader.
    pub(super) fn notice(&mut self, notice: impl Into<String>) {
        self.notices.push(notice.into());
    }

    /// The last frame, packet or block is not all there, and is left out. A file of which nothing
    /// else is left is truncated.
    pub(super) fn cut(&mut self, what: &'static str) {
        self.cut = Some(what);
    }

    /// Whether something was left out at the end.
    pub(super) const fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// The rate of the latest [`Self::begin`], in Hz.
    pub(super) fn rate_hz(&self) -> u32 {
        self.stream.as_ref().map_or(0, |stream| stream.rate.hz())
    }

    pub(super) fn set_tracks(&mut self, tracks: Vec<Track>) {
        self.tracks = tracks;
    }

    /// States what is about to come. Must be called before anything is allocated by these numbers;
    /// may be called again: where the rate differs, another stream begins.
    pub(super) fn begin(&mut self, hz: u32, channels: usize) -> Result<(), DecodeError> {
        let limits = self.limits();
        let rate = SampleRate::new(hz)
            .ok()
            .filter(|rate| *rate <= limits.max_rate);
        let rate = rate.ok_or(DecodeError::Rate {
            hz,
            min_hz: SampleRate::MIN_HZ,
            max_hz: limits.max_rate.hz(),
        })?;
        if channels == 0 {
            return Err(self.container.malformed("it has no channels"));
        }
        let max_channels = limits.max_channels;
        let channels = u16::try_from(channels)
            .ok()
            .filter(|channels| *channels <= max_channels)
            .ok_or(DecodeError::TooManyChannels {
                channels,
                max_channels,
            })?;
        self.channels = self.channels.max(channels);
        if let Some(stream) = &self.stream {
            if stream.rate == rate {
                return Ok(());
            }
            self.rate_changes += 1;
            if self.rate_changes > MAX_RATE_CHANGES {
                let what = format!("its sample rate changes more than {MAX_RATE_CHANGES} times");
                return Err(self.container.unsupported(what));
            }
            self.take_staged()?;
            self.end_stream()?;
        }
        let to = *self.to.get_or_insert(rate);
        let resampler = if to == rate {
            None
        } else {
            Some(
                Resampler::new(rate, to)
                    .map_err(|error| self.container.unsupported(error.to_string()))?,
            )
        };
        let left = limits.max_duration.as_nanos().saturating_sub(self.before);
        let max_samples = left.saturating_mul(u128::from(hz)) / 1_000_000_000;
        self.stream = Some(RateSection {
            rate,
            taken: 0,
            decoded: 0,
            max_samples: u64::try_from(max_samples).unwrap_or(u64::MAX),
            resampler,
        });
        Ok(())
    }

    /// Checks a length that a header states, in samples per channel at `hz`.
    pub(super) fn expect(&self, samples: u64, hz: u32) -> Result<(), DecodeError> {
        let max = self.limits().max_duration.as_nanos();
        let max = max.saturating_mul(u128::from(hz));
        if u128::from(samples) * 1_000_000_000 > max {
            return Err(self.too_long());
        }
        Ok(())
    }

    /// Mixes interleaved samples of as many channels, at the rate of the latest [`Self::begin`].
    pub(super) fn stage(
        &mut self,
        channels: usize,
        interleaved: &[f32],
    ) -> Result<(), DecodeError> {
        self.count((interleaved.len() / channels.max(1)) as u64)?;
        let from = self.staged.len();
        self.mixer.mix(channels, interleaved, &mut self.staged);
        let mixed = &self.staged[from..];
        if let Some(wrong) = mixed.iter().find(|s| s.is_nan() || s.abs() > MAX_LEVEL) {
            let reason = if wrong.is_finite() {
                "its samples are far beyond full scale; floats are between -1 and 1"
            } else {
                "a sample is not a finite number"
            };
            return Err(self.container.malformed(reason));
        }
        Ok(())
    }

    /// Counts samples that were decoded. What is decoded and left out costs time all the same: it may
    /// be as much as the audio and ten seconds.
    pub(super) fn count(&mut self, samples: u64) -> Result<(), DecodeError> {
        self.check_cancelled()?;
        let too_long = self.too_long();
        let Some(stream) = &mut self.stream else {
            return Err(self.container.malformed("it has samples before a header"));
        };
        stream.decoded = stream.decoded.saturating_add(samples);
        let slack = 10 * u64::from(stream.rate.hz());
        if stream.decoded > stream.max_samples.saturating_mul(2).saturating_add(slack) {
            return Err(too_long);
        }
        Ok(())
    }

    /// Samples that are staged.
    pub(super) const fn staged(&self) -> usize {
        self.staged.len()
    }

    /// Drops staged samples: so many at the start, and all beyond so many at the end.
    pub(super) fn trim_staged(&mut self, start: usize, keep: usize) {
        self.staged.drain(..start.min(self.staged.len()));
        self.staged.truncate(keep);
    }

    /// Takes what is staged.
    pub(super) fn take_staged(&mut self) -> Result<(), DecodeError> {
        let mut staged = std::mem::take(&mut self.staged);
        let outcome = self.take(&staged);
        staged.clear();
        self.staged = staged;
        outcome
    }

    /// Takes interleaved samples of as many channels.
    pub(super) fn push(&mut self, channels: usize, interleaved: &[f32]) -> Result<(), DecodeError> {
        self.stage(channels, interleaved)?;
        self.take_staged()
    }

    /// Where the next sample will stand, from the start of the audio.
    pub(super) fn position(&self) -> Duration {
        let stream = self.stream.as_ref().map_or(0, |stream| {
            u128::from(stream.taken) * 1_000_000_000 / u128::from(stream.rate.hz())
        });
        Duration::from_nanos(u64::try_from(self.before + stream).unwrap_or(u64::MAX))
    }

    /// Sets when the next sample is to be played, from the start of the audio. Later than it would
    /// be by more than jitter: silence goes before. Earlier: it follows at once.
    pub(super) fn seek_to(&mut self, time: Duration) -> Result<(), DecodeError> {
        match time.checked_sub(self.position()) {
            Some(gap) if gap > MAX_JITTER => self.append_silence(gap),
            _ => Ok(()),
        }
    }

    /// Whether a difference is a pause and no jitter, in samples at `hz`.
    pub(super) fn is_pause(samples: u64, hz: u32) -> bool {
        samples > MAX_JITTER.as_millis() as u64 * u64::from(hz) / 1000
    }

    /// Takes silence.
    pub(super) fn append_silence(&mut self, length: Duration) -> Result<(), DecodeError> {
        let too_long = self.too_long();
        let Some(stream) = &self.stream else {
            return Ok(());
        };
        let mut left = length.as_nanos() * u128::from(stream.rate.hz()) / 1_000_000_000;
        if left > u128::from(stream.max_samples - stream.taken) {
            return Err(too_long);
        }
        self.silence = self.silence.saturating_add(length);
        if self.silence > MAX_SILENCE {
            return Err(self.container.unsupported(format!(
                "its pauses are longer than {} s in all",
                MAX_SILENCE.as_secs()
            )));
        }
        let silence = [0.0; BLOCK_SAMPLES];
        while left > 0 {
            self.check_cancelled()?;
            let now = left.min(BLOCK_SAMPLES as u128) as usize;
            self.take(&silence[..now])?;
            left -= now as u128;
        }
        Ok(())
    }

    fn take(&mut self, mixed: &[f32]) -> Result<(), DecodeError> {
        let too_long = self.too_long();
        let Some(stream) = &mut self.stream else {
            return Ok(());
        };
        if mixed.len() as u64 > stream.max_samples - stream.taken {
            return Err(too_long);
        }
        stream.taken += mixed.len() as u64;
        for block in mixed.chunks(BLOCK_SAMPLES) {
            match &mut self.stream.as_mut().and_then(|s| s.resampler.as_mut()) {
                Some(resampler) => {
                    let resampled = resampler.push(block);
                    self.append(&resampled)?;
                }
                None => self.append(block)?,
            }
        }
        Ok(())
    }

    /// The buffer grows in steps, each accounted for before it is taken: doubling would take twice the
    /// memory of the samples.
    fn append(&mut self, samples: &[f32]) -> Result<(), DecodeError> {
        if self.samples.capacity() - self.samples.len() < samples.len() {
            let step = (self.samples.len() / 8).clamp(MIN_GROWTH_SAMPLES, MAX_GROWTH_SAMPLES);
            let step = step.max(samples.len());
            self.reservation.grow(step * size_of::<f32>())?;
            self.samples.reserve_exact(step);
        }
        self.samples.extend_from_slice(samples);
        Ok(())
    }

    fn end_stream(&mut self) -> Result<(), DecodeError> {
        let Some(mut stream) = self.stream.take() else {
            return Ok(());
        };
        self.before += u128::from(stream.taken) * 1_000_000_000 / u128::from(stream.rate.hz());
        if let Some(resampler) = &mut stream.resampler {
            let rest = resampler.finish();
            self.append(&rest)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Decoded, DecodeError> {
        let container = self.container;
        self.end_stream()?;
        let Some(rate) = self.to.filter(|_| !self.samples.is_empty()) else {
            return Err(match self.cut {
                Some(what) => container.truncated(format!("{what} is not all there")),
                None => DecodeError::NoAudio { container },
            });
        };
        if let Some(what) = self.cut {
            self.notice(format!("{what} is not all there and was left out"));
        }
        self.samples.shrink_to_fit();
        let bytes = self.samples.len() * size_of::<f32>();
        self.reservation.shrink_to(bytes);
        Ok(Decoded {
            clip: Clip::new(rate, self.samples),
            container: container.as_str(),
            channels: self.channels,
            tracks: self.tracks,
            notices: self.notices,
            memory: DecodedMemory::new(self.reservation),
        })
    }

    fn too_long(&self) -> DecodeError {
        DecodeError::TooLong {
            max_seconds: self.limits().max_duration.as_secs(),
        }
    }
}
