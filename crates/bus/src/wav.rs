//! The WAV of events: one channel, 16 bits.

use std::io::Cursor;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

/// Why bytes are no such WAV.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// Not a WAV, or one that is cut off.
    #[error("not a whole WAV: {0}")]
    Broken(String),
    /// Another form of WAV.
    #[error("a WAV of an event has one channel and 16 bits, and not {channels} and {bits}")]
    Form {
        /// How many channels it has.
        channels: u16,
        /// How many bits a sample.
        bits: u16,
    },
}

/// The sound of a WAV.
#[derive(Clone, Debug, PartialEq)]
pub struct Wav {
    /// Samples a second.
    pub rate: u32,
    /// −1 to 1.
    pub samples: Vec<f32>,
}

const FULL: f32 = 32_768.0;

/// The nearest of the values that 16 bits have.
pub fn quantize(sample: f32) -> i16 {
    (sample * FULL).round().clamp(-FULL, FULL - 1.0) as i16
}

/// A WAV of these samples. What lies beyond ±1 is cut. None at all is fine.
///
/// # Errors
/// Only for more samples than a WAV can hold.
pub fn encode(samples: &[f32], rate: u32) -> Result<Vec<u8>, WavError> {
    let spec = WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let broken = |error: hound::Error| WavError::Broken(error.to_string());
    let mut bytes = Vec::with_capacity(44 + 2 * samples.len());
    let mut writer = WavWriter::new(Cursor::new(&mut bytes), spec).map_err(broken)?;
    for sample in samples {
        writer.write_sample(quantize(*sample)).map_err(broken)?;
    }
    writer.finalize().map_err(broken)?;
    Ok(bytes)
}

/// The samples of a WAV.
///
/// # Errors
/// [`WavError`].
pub fn decode(bytes: &[u8]) -> Result<Wav, WavError> {
    let broken = |error: hound::Error| WavError::Broken(error.to_string());
    let reader = WavReader::new(Cursor::new(bytes)).map_err(broken)?;
    let spec = reader.spec();
    let fits =
        spec.channels == 1 && spec.bits_per_sample == 16 && spec.sample_format == SampleFormat::Int;
    if !fits {
        return Err(WavError::Form {
            channels: spec.channels,
            bits: spec.bits_per_sample,
        });
    }
    let samples = reader
        .into_samples::<i16>()
        .map(|sample| sample.map(|own| f32::from(own) / FULL))
        .collect::<Result<_, _>>()
        .map_err(broken)?;
    Ok(Wav {
        rate: spec.sample_rate,
        samples,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_come_back_as_they_were_rounded() {
        let samples = [0.0, 0.5, -1.0, 1.0, 2.0, -2.0, 1.0 / 32_768.0];
        let once = decode(&encode(&samples, 16_000).unwrap()).unwrap();
        assert_eq!(once.rate, 16_000);
        assert_eq!(once.samples[..3], [0.0, 0.5, -1.0]);
        assert_eq!(once.samples[3], once.samples[4]);
        // What was rounded once is not rounded again.
        let twice = decode(&encode(&once.samples, 16_000).unwrap()).unwrap();
        assert_eq!(twice, once);
        let silent = decode(&encode(&[], 16_000).unwrap()).unwrap();
        assert!(silent.samples.is_empty());
    }

    #[test]
    fn what_is_no_such_wav_is_an_error() {
        let whole = encode(&[0.1; 100], 16_000).unwrap();
        for broken in [&b""[..], b"RIFF", &whole[..60], &whole[..43]] {
            assert!(
                matches!(decode(broken), Err(WavError::Broken(_))),
                "{}",
                broken.len()
            );
        }
        let mut stereo = whole;
        stereo[22] = 2;
        stereo[32] = 4;
        let form = decode(&stereo);
        assert!(matches!(
            form,
            Err(WavError::Form { channels: 2, .. } | WavError::Broken(_))
        ));
    }
}
