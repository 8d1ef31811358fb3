//! Bare samples.

use super::{CodecEncoder, EncodeError, Patch, quantize};

/// Little-endian 16-bit samples without anything around them.
pub(super) struct Pcm;

impl CodecEncoder for Pcm {
    fn push(&mut self, samples: &[f32], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.reserve(samples.len() * 2);
        for &sample in samples {
            out.extend(quantize::to_i16(sample).to_le_bytes());
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<Vec<Patch>, EncodeError> {
        Ok(Vec::new())
    }
}
