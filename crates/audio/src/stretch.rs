//! Faster or slower without a change of pitch, and higher or lower without a change of pace.

mod pitch;
mod speed;
mod vocoder;

pub use pitch::{InvalidPitch, Pitch};
pub use speed::{InvalidSpeed, Speed};

use crate::SampleRate;
use vocoder::Vocoder;

/// Changes the pace and the pitch of a stream of speech, each without the other.
///
/// All that comes out is as long as all that went in, divided by the speed and rounded to the
/// nearest sample, and stands where it should: the library's delay is taken out. At speed 1 and the
/// same pitch samples pass through untouched and at once. Otherwise the first output comes after
/// about 60 ms + 70 ms × speed of input (130 ms at nearly 1, 340 ms at 4; 65 ms more below half speed). Output does not depend
/// on how the input was divided, and equal input gives equal output.
///
/// Below half speed the library mixes phases at random and takes no seed, so that such speeds are
/// made of two steps: half speed, and the rest.
pub struct Stretcher(Vec<Vocoder>);

/// The slowest speed of one step.
const MIN_STEP: f32 = 0.5;

impl Stretcher {
    /// A stretcher for a new stream.
    pub fn new(rate: SampleRate, speed: Speed, pitch: Pitch) -> Self {
        let rest = Speed::try_from(speed.factor() / MIN_STEP);
        let half = Speed::try_from(MIN_STEP);
        let steps = match (half, rest) {
            _ if speed.is_one() && pitch.is_zero() => Vec::new(),
            (Ok(half), Ok(rest)) if speed.factor() < MIN_STEP => vec![half, rest],
            _ => vec![speed],
        };
        let vocoders = steps.into_iter().enumerate().map(|(step, speed)| {
            let pitch = if step == 0 { pitch } else { Pitch::ZERO };
            Vocoder::new(rate, speed, pitch)
        });
        Self(vocoders.collect())
    }

    /// Takes the next samples and gives those that are ready, perhaps none.
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        let steps = self.0.iter_mut();
        steps.fold(samples.to_vec(), |samples, step| step.push(&samples))
    }

    /// Gives the rest.
    pub fn finish(self) -> Vec<f32> {
        let steps = self.0.into_iter();
        steps.fold(Vec::new(), |samples, mut step| {
            let mut ready = step.push(&samples);
            ready.extend(step.finish());
            ready
        })
    }
}
