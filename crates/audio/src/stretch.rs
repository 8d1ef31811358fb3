//! Faster or slower without a change of pitch.

mod speed;
mod vocoder;

pub use speed::{InvalidSpeed, Speed};

use crate::SampleRate;
use vocoder::Vocoder;

/// Changes the pace of a stream of speech and leaves its pitch.
///
/// All that comes out is as long as all that went in, divided by the speed and rounded to the
/// nearest sample, and stands where it should: the library's delay is taken out. At speed 1
/// samples pass through untouched and at once. At any other speed the first output comes after
/// about 60 ms + 70 ms × speed of input (130 ms at nearly 1, 340 ms at 4). Output does not depend
/// on how the input was divided. Below half speed it is not repeatable to the bit: the library
/// then mixes phases at random, and takes no seed.
pub struct Stretcher(Option<Vocoder>);

impl Stretcher {
    /// A stretcher for a new stream.
    pub fn new(rate: SampleRate, speed: Speed) -> Self {
        Self((!speed.is_one()).then(|| Vocoder::new(rate, speed)))
    }

    /// Takes the next samples and gives those that are ready, perhaps none.
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        match &mut self.0 {
            None => samples.to_vec(),
            Some(vocoder) => vocoder.push(samples),
        }
    }

    /// Gives the rest.
    pub fn finish(self) -> Vec<f32> {
        self.0.map(Vocoder::finish).unwrap_or_default()
    }
}
