//! From a client's audio to chunks at 16 kHz.

use mynah_audio::{Clip, ResampleError, Resampler, SampleRate, resample};
use mynah_bus::event::Chunk;

/// Samples a second of chunks.
const RATE: SampleRate = SampleRate::HZ_16000;

/// The last chunk of a session without remaining audio: 20 ms of silence.
const CLOSING_SILENCE_SAMPLES: usize = 320;

/// A chunk: its range, and its samples.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cut {
    pub(crate) chunk: Chunk,
    pub(crate) samples: Vec<f32>,
    /// The session's samples up to its end that a client sent: all but inserted silence.
    pub(crate) received: u64,
}

/// The position of a session's next chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Next {
    pub(crate) sequence: u64,
    /// Its first sample.
    pub(crate) start: u64,
    /// How many of the samples before it are inserted silence.
    pub(crate) inserted: u64,
}

/// Cuts a stream into chunks of equal length.
///
/// Positions are exact, also after flushes: the sample `n` of a chunk is the client's sample
/// `n × client's rate / 16 000`. So audio enters the filter by whole steps (of 3 samples at
/// 24 kHz); the rest of a step waits for the next audio.
pub(crate) struct Chunker {
    resampler: Resampler,
    /// Samples of the client that make a whole number at 16 kHz.
    step: usize,
    /// Audio that is no whole step.
    odd: Vec<f32>,
    /// Audio at 16 kHz that is in no chunk yet.
    waiting: Vec<f32>,
    length: usize,
    next: Next,
}

impl Chunker {
    /// For audio at this rate, in chunks of this length; numbers and positions continue from there.
    pub(crate) fn new(from: SampleRate, chunk_ms: u32, next: Next) -> Result<Self, ResampleError> {
        Ok(Self {
            resampler: Resampler::new(from, RATE)?,
            step: step(from),
            odd: Vec::new(),
            waiting: Vec::new(),
            length: chunk_ms as usize * RATE.hz() as usize / 1_000,
            next,
        })
    }

    /// Sets the rate of the audio that follows. Returns all audio before it; less than a step is
    /// continued at the new rate.
    pub(crate) fn set_rate(&mut self, from: SampleRate) -> Result<Vec<Cut>, ResampleError> {
        let resampler = Resampler::new(from, RATE)?;
        let cuts = self.flush();
        let odd = Clip::new(self.resampler.source_rate(), std::mem::take(&mut self.odd));
        self.odd = resample(&odd, from).samples;
        self.resampler = resampler;
        self.step = step(from);
        Ok(cuts)
    }

    /// All audio, but for less than a step, and after it so many samples of silence at
    /// 16 kHz that the client did not send.
    pub(crate) fn insert_silence(&mut self, samples: usize) -> Vec<Cut> {
        let mut cuts = self.flush();
        let mut left = samples;
        while left > 0 {
            let length = left.min(self.length);
            left -= length;
            self.waiting = vec![0.0; length];
            self.next.inserted += length as u64;
            let mut cut = self.cut(length);
            cut.chunk.inserted_silence = true;
            cuts.push(cut);
        }
        cuts
    }

    /// How many samples of inserted silence there are so far.
    pub(crate) const fn inserted(&self) -> u64 {
        self.next.inserted
    }

    /// Adds audio.
    pub(crate) fn push(&mut self, samples: &[f32]) {
        let mut sound = std::mem::take(&mut self.odd);
        sound.extend_from_slice(samples);
        self.odd = sound.split_off(sound.len() / self.step * self.step);
        self.waiting.extend(self.resampler.push(&sound));
    }

    /// The next whole chunk, if there is one.
    pub(crate) fn next(&mut self) -> Option<Cut> {
        (self.waiting.len() >= self.length).then(|| self.cut(self.length))
    }

    /// All audio, but for less than a step: a chunk ends here.
    pub(crate) fn flush(&mut self) -> Vec<Cut> {
        self.waiting.extend(self.resampler.finish());
        let mut cuts = Vec::new();
        while let Some(cut) = self.next() {
            cuts.push(cut);
        }
        if !self.waiting.is_empty() {
            cuts.push(self.cut(self.waiting.len()));
        }
        cuts
    }

    /// All audio, the last chunk flagged.
    pub(crate) fn finish(&mut self) -> Vec<Cut> {
        if !self.odd.is_empty() {
            let missing = self.step - self.odd.len();
            self.push(&vec![0.0; missing]);
        }
        let mut cuts = self.flush();
        if cuts.is_empty() {
            self.waiting = vec![0.0; CLOSING_SILENCE_SAMPLES];
            cuts.push(self.cut(CLOSING_SILENCE_SAMPLES));
        }
        if let Some(last) = cuts.last_mut() {
            last.chunk.is_last = true;
        }
        cuts
    }

    /// A keepalive: a chunk of the audio that waits, or one without samples.
    pub(crate) fn send_keepalive(&mut self) -> Cut {
        self.cut(self.waiting.len().min(self.length))
    }

    fn cut(&mut self, length: usize) -> Cut {
        let rest = self.waiting.split_off(length);
        let samples = std::mem::replace(&mut self.waiting, rest);
        let chunk = Chunk {
            sequence: self.next.sequence,
            start_sample: self.next.start,
            end_sample: self.next.start + length as u64,
            is_last: false,
            inserted_silence: false,
        };
        self.next.sequence += 1;
        self.next.start = chunk.end_sample;
        let received = chunk.end_sample - self.next.inserted;
        Cut {
            chunk,
            samples,
            received,
        }
    }
}

/// The samples at this rate that make a whole number at 16 kHz.
const fn step(from: SampleRate) -> usize {
    (from.hz() / gcd(from.hz(), RATE.hz())) as usize
}

const fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chunker(from: SampleRate) -> Chunker {
        Chunker::new(from, 200, Next::default()).unwrap()
    }

    fn drain(chunker: &mut Chunker) -> Vec<Cut> {
        std::iter::from_fn(|| chunker.next()).collect()
    }

    #[test]
    fn a_last_chunk_without_audio_has_silence() {
        let cuts = chunker(SampleRate::HZ_24000).finish();
        let [cut] = cuts.as_slice() else {
            panic!("{cuts:?}")
        };
        assert!(cut.chunk.is_last && cut.samples == [0.0; CLOSING_SILENCE_SAMPLES]);
    }

    #[test]
    fn a_keepalive_has_a_number_and_an_empty_range() {
        let mut chunker = chunker(SampleRate::HZ_16000);
        chunker.push(&[0.5; 4_000]);
        assert_eq!(drain(&mut chunker).len(), 1);
        let rest = chunker.send_keepalive();
        assert_eq!((rest.chunk.sequence, rest.samples.len()), (1, 800));
        let nothing = chunker.send_keepalive();
        assert_eq!((nothing.chunk.sequence, nothing.samples.len()), (2, 0));
        assert_eq!(nothing.chunk.start_sample, 4_000);
        assert_eq!(nothing.chunk.end_sample, 4_000);
    }

    #[test]
    fn inserted_silence_has_a_range_and_is_not_received() {
        let mut chunker = chunker(SampleRate::HZ_24000);
        chunker.push(&[0.5; 4_801]);
        let mut cuts = chunker.insert_silence(8_000);
        assert_eq!(chunker.inserted(), 8_000);
        chunker.push(&[0.5; 2_999]);
        cuts.extend(chunker.finish());
        let ranges: Vec<_> = cuts
            .iter()
            .map(|cut| {
                let at = cut.chunk;
                (
                    at.start_sample,
                    at.end_sample,
                    at.inserted_silence,
                    cut.received,
                )
            })
            .collect();
        assert_eq!(
            ranges,
            [
                (0, 3_200, false, 3_200),
                (3_200, 6_400, true, 3_200),
                (6_400, 9_600, true, 3_200),
                (9_600, 11_200, true, 3_200),
                (11_200, 13_200, false, 5_200),
            ]
        );
        let silent = |cut: &&Cut| cut.chunk.inserted_silence;
        assert!(
            cuts.iter()
                .filter(silent)
                .all(|cut| cut.samples.iter().all(|own| *own == 0.0))
        );
    }

    #[test]
    fn a_change_of_rate_loses_no_time() {
        let rates = [8_000, 11_025, 24_000, 44_100, 16_000, 48_000];
        let mut chunker = chunker(SampleRate::HZ_24000);
        let mut cuts = Vec::new();
        for hz in rates {
            cuts.extend(chunker.set_rate(SampleRate::new(hz).unwrap()).unwrap());
            // Half a second, and some samples that are no step.
            chunker.push(&vec![0.25; hz as usize / 2 + 1]);
            cuts.extend(drain(&mut chunker));
        }
        cuts.extend(chunker.finish());
        let end = cuts.last().unwrap().chunk.end_sample;
        let expected = 8_000 * rates.len() as u64;
        assert!(end.abs_diff(expected) < 20, "{end}");
        let mut at = 0;
        for cut in &cuts {
            assert_eq!(cut.chunk.start_sample, at);
            at = cut.chunk.end_sample;
        }
    }

    proptest! {
        #[test]
        fn chunks_are_whole_and_joined_are_the_sound(
            pieces in prop::collection::vec(0_usize..9_000, 0..12),
            flushes in prop::collection::vec(any::<bool>(), 12),
            wide in any::<bool>(),
        ) {
            let rate = if wide { SampleRate::HZ_24000 } else { RATE };
            let mut chunker = chunker(rate);
            let (mut cuts, mut taken) = (Vec::new(), 0);
            for (piece, flush) in pieces.iter().zip(flushes) {
                chunker.push(&vec![0.25; *piece]);
                taken += piece;
                let whole = drain(&mut chunker);
                prop_assert!(whole.iter().all(|cut| cut.samples.len() == 3_200));
                cuts.extend(whole);
                if flush {
                    cuts.extend(chunker.flush());
                    let end = cuts.last().map_or(0, |cut| cut.chunk.end_sample);
                    // Less than a step is missing, and the position is exact.
                    let position = end * u64::from(rate.hz()) / 16_000;
                    prop_assert_eq!(end * u64::from(rate.hz()) % 16_000, 0);
                    prop_assert!(taken as u64 - position < 3);
                }
            }
            cuts.extend(chunker.finish());
            let mut end = 0;
            for (number, cut) in cuts.iter().enumerate() {
                prop_assert_eq!(cut.chunk.sequence, number as u64);
                prop_assert_eq!(cut.chunk.start_sample, end);
                end += cut.samples.len() as u64;
                prop_assert_eq!(cut.chunk.end_sample, end);
                prop_assert_eq!(cut.chunk.is_last, number + 1 == cuts.len());
            }
            let expected = (taken as u64 * 16_000).div_ceil(u64::from(rate.hz()));
            let silence = end - expected;
            prop_assert!(silence < 2 || silence == CLOSING_SILENCE_SAMPLES as u64, "{} of {}", end, expected);
        }
    }
}
