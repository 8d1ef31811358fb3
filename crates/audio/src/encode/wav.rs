//! RIFF WAVE <https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html>.

use super::pcm::Pcm;
use super::{CodecEncoder, EncodeError, Patch};
use crate::SampleRate;
use crate::tags::{Tags, riff_info};

/// A size that is not known yet: readers take it as "to the end".
const UNKNOWN: u32 = u32::MAX;
/// What a RIFF header's size leaves out: the four bytes `RIFF` and the size itself.
const RIFF_PREFIX: u64 = 8;

/// 16-bit PCM after `fmt ` and `LIST` chunks.
pub(super) struct Wav {
    header_bytes: u64,
    data_bytes: u64,
}

impl Wav {
    pub(super) fn new(rate: SampleRate, tags: &Tags, header: &mut Vec<u8>) -> Self {
        let hz = rate.hz();
        header.extend(b"RIFF");
        header.extend(UNKNOWN.to_le_bytes());
        header.extend(b"WAVEfmt ");
        header.extend(16u32.to_le_bytes());
        header.extend(1u16.to_le_bytes()); // PCM
        header.extend(1u16.to_le_bytes()); // one channel
        header.extend(hz.to_le_bytes());
        header.extend((hz * 2).to_le_bytes()); // bytes a second
        header.extend(2u16.to_le_bytes()); // bytes a frame
        header.extend(16u16.to_le_bytes()); // bits a sample
        header.extend(riff_info::chunk(tags));
        header.extend(b"data");
        header.extend(UNKNOWN.to_le_bytes());
        Self {
            header_bytes: header.len() as u64,
            data_bytes: 0,
        }
    }
}

impl CodecEncoder for Wav {
    fn push(&mut self, samples: &[f32], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.data_bytes += samples.len() as u64 * 2;
        Pcm.push(samples, out)
    }

    /// The true sizes. A file of 4 GiB or more keeps "to the end": RIFF has no number for it.
    fn finish(&mut self, _: &mut Vec<u8>) -> Result<Vec<Patch>, EncodeError> {
        let size = |bytes: u64| {
            u32::try_from(bytes)
                .unwrap_or(UNKNOWN)
                .to_le_bytes()
                .to_vec()
        };
        let riff = self.header_bytes + self.data_bytes - RIFF_PREFIX;
        Ok(vec![
            Patch {
                offset: 4,
                bytes: size(riff),
            },
            Patch {
                offset: self.header_bytes - 4,
                bytes: size(self.data_bytes),
            },
        ])
    }
}
