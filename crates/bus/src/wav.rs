//! The WAV of events: one channel, 16 bits. Read by the WAV reader of `mynah-audio`, in a strict
//! form: the header must be true.

use mynah_audio::{Clip, DecodeError, SampleRate, decode_mono_wav, to_i16};

/// A WAV with more samples than its header can count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a WAV holds at most {MAX_DATA_BYTES} bytes of samples")]
pub struct WavTooLarge;

/// The bytes of the header.
const HEADER_BYTES: u32 = 44;

/// What a RIFF size can count beside the rest of the header.
const MAX_DATA_BYTES: u32 = u32::MAX - HEADER_BYTES;

/// A WAV of these samples. What lies beyond ±1 is clipped. No samples are fine.
///
/// # Errors
/// [`WavTooLarge`].
pub fn encode(samples: &[f32], rate: SampleRate) -> Result<Vec<u8>, WavTooLarge> {
    let data = u32::try_from(2 * samples.len())
        .ok()
        .filter(|bytes| *bytes <= MAX_DATA_BYTES)
        .ok_or(WavTooLarge)?;
    let hz = rate.hz();
    let mut wav = Vec::with_capacity((HEADER_BYTES + data) as usize);
    wav.extend(b"RIFF");
    wav.extend((HEADER_BYTES - 8 + data).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend(1_u16.to_le_bytes()); // PCM
    wav.extend(1_u16.to_le_bytes()); // one channel
    wav.extend(hz.to_le_bytes());
    wav.extend((2 * hz).to_le_bytes()); // bytes a second
    wav.extend(2_u16.to_le_bytes()); // bytes a frame
    wav.extend(16_u16.to_le_bytes()); // bits a sample
    wav.extend(b"data");
    wav.extend(data.to_le_bytes());
    for sample in samples {
        wav.extend(to_i16(*sample).to_le_bytes());
    }
    Ok(wav)
}

/// The samples of a WAV.
///
/// # Errors
/// [`DecodeError`] of a WAV in another form, or one that is truncated.
pub fn decode(bytes: &[u8]) -> Result<Clip, DecodeError> {
    decode_mono_wav(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_16000;

    #[test]
    fn samples_are_read_back_as_they_were_rounded() {
        let samples = [0.0, 0.5, -1.0, 1.0, 2.0, -2.0, 1.0 / 32_768.0];
        let once = decode(&encode(&samples, RATE).unwrap()).unwrap();
        assert_eq!(once.rate, RATE);
        assert_eq!(once.samples[..3], [0.0, 0.5, -1.0]);
        assert_eq!(once.samples[3], once.samples[4]);
        // What was rounded once is not rounded again.
        let twice = decode(&encode(&once.samples, RATE).unwrap()).unwrap();
        assert_eq!(twice, once);
        let silent = decode(&encode(&[], RATE).unwrap()).unwrap();
        assert!(silent.samples.is_empty());
    }

    #[test]
    fn other_and_truncated_files_are_refused() {
        let whole = encode(&[0.1; 100], RATE).unwrap();
        for broken in [&b""[..], b"RIFF", &whole[..60], &whole[..43]] {
            assert!(decode(broken).is_err(), "{}", broken.len());
        }
        let mut stereo = whole.clone();
        (stereo[22], stereo[32]) = (2, 4);
        assert!(decode(&stereo).is_err());
        // "To the end", as recorders write it, is not true of a whole file.
        let mut unknown = whole;
        unknown[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(decode(&unknown).is_err());
    }
}
