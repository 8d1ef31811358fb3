//! From one sample rate to another.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _};

use crate::{Clip, SampleRate};

/// The fewest samples that a block has at the lower of the two rates. Longer blocks have a
/// steeper filter and more delay: 480 samples at 16 kHz are 30 ms.
const MIN_BLOCK_SAMPLES: usize = 480;

/// Two rates between which the library makes no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no filter from {from} to {to}: {reason}")]
pub struct ResampleError {
    /// The rate of the input.
    pub from: SampleRate,
    /// The rate of the output.
    pub to: SampleRate,
    /// The library's message.
    pub reason: String,
}

/// Changes the rate of a stream, block by block, by FFT.
///
/// The output is as long as the input: `round(samples × to / from)` in all, with the filter's
/// delay taken off, so the first sample out belongs to the first sample in. It does not depend
/// on how the input is cut into calls. Between equal rates samples pass untouched.
///
/// Audio comes out in blocks of at least 480 samples at the lower rate (30 ms at 16 kHz; up to
/// one second between rates without a common divisor), the last ones at [`Resampler::finish`].
pub struct Resampler {
    from: SampleRate,
    to: SampleRate,
    /// Absent between equal rates.
    filter: Option<Filter>,
    /// Input that does not fill a block yet.
    pending: Vec<f32>,
    /// Samples taken in since the stream began.
    taken: u64,
    /// Samples handed out since the stream began.
    given: u64,
}

struct Filter {
    fft: Fft<f32>,
    block_in: usize,
    block: Vec<f32>,
    /// Samples still to drop from the start: the filter's delay.
    delay_left: usize,
}

impl Resampler {
    /// A resampler at the start of a stream.
    ///
    /// # Errors
    /// When the library makes no filter between these rates; none within the bounds of
    /// [`SampleRate`] is known.
    pub fn new(from: SampleRate, to: SampleRate) -> Result<Self, ResampleError> {
        let filter = if from == to {
            None
        } else {
            Some(Filter::new(from, to)?)
        };
        Ok(Self {
            from,
            to,
            filter,
            pending: Vec::new(),
            taken: 0,
            given: 0,
        })
    }

    /// The rate of what goes in.
    pub const fn source_rate(&self) -> SampleRate {
        self.from
    }

    /// The rate of what comes out.
    pub const fn target_rate(&self) -> SampleRate {
        self.to
    }

    /// Takes the next samples and returns those that are finished, often none.
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.taken += samples.len() as u64;
        let Some(filter) = &mut self.filter else {
            self.given = self.taken;
            return samples.to_vec();
        };
        self.pending.extend_from_slice(samples);
        let mut out = Vec::new();
        let whole = self.pending.len() / filter.block_in * filter.block_in;
        for block in self.pending[..whole].chunks_exact(filter.block_in) {
            filter.process(block, &mut out);
        }
        self.pending.drain(..whole);
        self.given += out.len() as u64;
        out
    }

    /// Returns what is left and goes back to the start, ready for another stream.
    pub fn finish(&mut self) -> Vec<f32> {
        let mut out = Vec::new();
        let left = (scaled(self.taken, self.from, self.to) - self.given) as usize;
        if let Some(filter) = &mut self.filter {
            let mut pending = std::mem::take(&mut self.pending);
            while out.len() < left {
                pending.resize(filter.block_in, 0.0);
                filter.process(&pending, &mut out);
                pending.clear();
            }
            out.truncate(left);
            filter.reset();
        }
        (self.taken, self.given) = (0, 0);
        out
    }
}

/// `round(samples × to / from)`.
fn scaled(samples: u64, from: SampleRate, to: SampleRate) -> u64 {
    let (from, to) = (u128::from(from.hz()), u128::from(to.hz()));
    ((u128::from(samples) * to + from / 2) / from) as u64
}

impl Filter {
    fn new(from: SampleRate, to: SampleRate) -> Result<Self, ResampleError> {
        let divisor = gcd(from.hz(), to.hz());
        let (step_in, step_out) = ((from.hz() / divisor) as usize, (to.hz() / divisor) as usize);
        let block_in = step_in * MIN_BLOCK_SAMPLES.div_ceil(step_in.min(step_out));
        let fft = Fft::new(
            from.hz() as usize,
            to.hz() as usize,
            block_in,
            1,
            FixedSync::Both,
        )
        .map_err(|error| ResampleError {
            from,
            to,
            reason: error.to_string(),
        })?;
        let block = vec![0.0; fft.output_frames_max()];
        let delay_left = fft.output_delay();
        Ok(Self {
            block_in: fft.input_frames_next(),
            fft,
            block,
            delay_left,
        })
    }

    /// One block of exactly `block_in` samples.
    fn process(&mut self, input: &[f32], out: &mut Vec<f32>) {
        let frames = self.block.len();
        let input = InterleavedSlice::new(input, 1, input.len()).expect("one channel");
        let mut output =
            InterleavedSlice::new_mut(&mut self.block, 1, frames).expect("one channel");
        let (_, made) = self
            .fft
            .process_into_buffer(&input, &mut output, None)
            .expect("both blocks have the sizes that the filter asked for");
        let skip = self.delay_left.min(made);
        self.delay_left -= skip;
        out.extend_from_slice(&self.block[skip..made]);
    }

    fn reset(&mut self) {
        self.fft.reset();
        self.delay_left = self.fft.output_delay();
    }
}

const fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The same audio at another rate: `round(samples × to / from)` samples.
///
/// # Panics
/// Where [`Resampler::new`] errs, which it does for no valid pair of rates.
pub fn resample(clip: &Clip, to: SampleRate) -> Clip {
    let mut resampler = Resampler::new(clip.rate, to).expect("valid rates have a filter");
    let mut samples = resampler.push(&clip.samples);
    samples.extend(resampler.finish());
    Clip::new(to, samples)
}
