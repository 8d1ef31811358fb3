//! RIFF WAVE <https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html>.

use super::pcm::Pcm;
use super::quantize::to_i16;
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
        write_header(header, rate, UNKNOWN, &riff_info::chunk(tags), UNKNOWN);
        Self {
            header_bytes: header.len() as u64,
            data_bytes: 0,
        }
    }
}

/// A header of one channel of 16-bit PCM: the sizes of the file and of its samples, and the chunks
/// between `fmt ` and `data`.
fn write_header(out: &mut Vec<u8>, rate: SampleRate, riff: u32, chunks: &[u8], data: u32) {
    let hz = rate.hz();
    out.extend(b"RIFF");
    out.extend(riff.to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16u32.to_le_bytes());
    out.extend(1u16.to_le_bytes()); // PCM
    out.extend(1u16.to_le_bytes()); // one channel
    out.extend(hz.to_le_bytes());
    out.extend((hz * 2).to_le_bytes()); // bytes a second
    out.extend(2u16.to_le_bytes()); // bytes a frame
    out.extend(16u16.to_le_bytes()); // bits a sample
    out.extend(chunks);
    out.extend(b"data");
    out.extend(data.to_le_bytes());
}

/// The bytes of a header without tags.
const BARE_HEADER_BYTES: u32 = 44;
/// What a RIFF size can count beside the rest of such a header.
const MAX_DATA_BYTES: u32 = u32::MAX - BARE_HEADER_BYTES;

/// A WAV with more samples than its header can count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a WAV holds at most {MAX_DATA_BYTES} bytes of samples")]
pub struct WavTooLarge;

/// A WAV of these samples without tags: one channel, 16 bits, a header that is true. Samples beyond
/// ±1 are clipped. No samples are fine. [`crate::decode_mono_wav`] reads it back.
///
/// # Errors
/// [`WavTooLarge`].
pub fn encode_mono_wav(samples: &[f32], rate: SampleRate) -> Result<Vec<u8>, WavTooLarge> {
    let data = u32::try_from(2 * samples.len())
        .ok()
        .filter(|bytes| *bytes <= MAX_DATA_BYTES)
        .ok_or(WavTooLarge)?;
    let mut wav = Vec::with_capacity((BARE_HEADER_BYTES + data) as usize);
    let riff = BARE_HEADER_BYTES - RIFF_PREFIX as u32 + data;
    write_header(&mut wav, rate, riff, &[], data);
    wav.extend(
        samples
            .iter()
            .flat_map(|sample| to_i16(*sample).to_le_bytes()),
    );
    Ok(wav)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode_mono_wav;

    const RATE: SampleRate = SampleRate::HZ_16000;

    #[test]
    fn samples_are_read_back_as_they_were_rounded() {
        let samples = [0.0, 0.5, -1.0, 1.0, 2.0, -2.0, 1.0 / 32_768.0];
        let once = decode_mono_wav(&encode_mono_wav(&samples, RATE).unwrap()).unwrap();
        assert_eq!(once.rate, RATE);
        assert_eq!(once.samples[..3], [0.0, 0.5, -1.0]);
        assert_eq!(once.samples[3], once.samples[4]);
        // What was rounded once is not rounded again.
        let twice = decode_mono_wav(&encode_mono_wav(&once.samples, RATE).unwrap()).unwrap();
        assert_eq!(twice, once);
        let silent = decode_mono_wav(&encode_mono_wav(&[], RATE).unwrap()).unwrap();
        assert!(silent.samples.is_empty());
    }

    #[test]
    fn other_and_truncated_files_are_refused() {
        let whole = encode_mono_wav(&[0.1; 100], RATE).unwrap();
        for broken in [&b""[..], b"RIFF", &whole[..60], &whole[..43]] {
            assert!(decode_mono_wav(broken).is_err(), "{}", broken.len());
        }
        let mut stereo = whole.clone();
        (stereo[22], stereo[32]) = (2, 4);
        assert!(decode_mono_wav(&stereo).is_err());
        // "To the end", as recorders write it, is not true of a whole file.
        let mut unknown = whole;
        unknown[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(decode_mono_wav(&unknown).is_err());
    }
}
