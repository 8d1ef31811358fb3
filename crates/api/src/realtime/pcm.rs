//! Between audio on the wire and samples: base64 of 16-bit little-endian PCM.

use base64::Engine as _;
use mynah_audio::{from_i16, to_i16};

use crate::BASE64;

use super::{AppendAudio, AudioDelta, SpeakerReference};

impl AppendAudio {
    /// The bytes of the audio; none where `audio` is not base64, which is the client's fault.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        BASE64.decode(&self.audio).ok()
    }
}

impl SpeakerReference {
    /// The bytes of the file; none where `audio` is not base64, which is the client's fault.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        BASE64.decode(&self.audio).ok()
    }
}

impl AudioDelta {
    /// The samples of the audio; none where it is not base64 of whole samples.
    pub fn samples(&self) -> Option<Vec<f32>> {
        let mut joiner = PcmJoiner::default();
        let samples = joiner.push(&BASE64.decode(&self.delta).ok()?);
        joiner.is_whole().then_some(samples)
    }
}

/// Samples as they stand in an event. What is beyond full scale is clipped, and what is no number
/// is silence.
pub fn encode_pcm(samples: &[f32]) -> String {
    let bytes: Vec<u8> = samples
        .iter()
        .flat_map(|sample| to_i16(*sample).to_le_bytes())
        .collect();
    BASE64.encode(bytes)
}

/// Makes samples of bytes that come in pieces of any length: half a sample at the end of one is
/// completed by the next.
#[derive(Clone, Copy, Debug, Default)]
pub struct PcmJoiner {
    half: Option<u8>,
}

impl PcmJoiner {
    /// The samples that these bytes complete, in −1…1.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<f32> {
        let mut samples = Vec::with_capacity(bytes.len() / 2 + 1);
        let mut bytes = bytes;
        if let (Some(low), [high, rest @ ..]) = (self.half, bytes) {
            samples.push(sample([low, *high]));
            self.half = None;
            bytes = rest;
        }
        let (pairs, rest) = bytes.as_chunks::<2>();
        samples.extend(pairs.iter().copied().map(sample));
        if let [half] = rest {
            self.half = Some(*half);
        }
        samples
    }

    /// Whether no half sample is left over.
    pub const fn is_whole(&self) -> bool {
        self.half.is_none()
    }
}

fn sample(bytes: [u8; 2]) -> f32 {
    from_i16(i16::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes_of(audio: &str) -> Option<Vec<u8>> {
        AppendAudio {
            event_id: None,
            audio: audio.into(),
        }
        .bytes()
    }

    proptest! {
        #[test]
        fn samples_do_not_depend_on_how_the_bytes_are_cut(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            cuts in prop::collection::vec(0_usize..20, 0..60),
        ) {
            let mut whole = PcmJoiner::default();
            let expected = whole.push(&bytes);

            let mut joiner = PcmJoiner::default();
            let (mut joined, mut rest) = (Vec::new(), bytes.as_slice());
            for cut in cuts {
                let (piece, later) = rest.split_at(cut.min(rest.len()));
                joined.extend(joiner.push(piece));
                rest = later;
            }
            joined.extend(joiner.push(rest));

            prop_assert_eq!(&joined, &expected);
            prop_assert_eq!(joined.len(), bytes.len() / 2);
            prop_assert_eq!(joiner.is_whole(), bytes.len() % 2 == 0);
        }

        #[test]
        fn what_came_in_goes_out(bytes in prop::collection::vec(any::<[u8; 2]>(), 0..100)) {
            let bytes = bytes.concat();
            let samples = PcmJoiner::default().push(&bytes);
            prop_assert_eq!(bytes_of(&encode_pcm(&samples)), Some(bytes));
        }
    }

    #[test]
    fn full_scale_is_clipped_and_no_number_is_silence() {
        let loud = encode_pcm(&[2.0, 1.0, -1.0, -2.0, f32::NAN]);
        let bytes = bytes_of(&loud).unwrap();
        assert_eq!(
            bytes,
            [0xff, 0x7f, 0xff, 0x7f, 0x00, 0x80, 0x00, 0x80, 0, 0]
        );
    }

    #[test]
    fn padding_is_optional_and_other_texts_are_errors() {
        assert_eq!(bytes_of("AAA="), Some(vec![0, 0]));
        assert_eq!(bytes_of("AAA"), Some(vec![0, 0]));
        for wrong in ["A", "AA A", "AA-_", "=", "é"] {
            assert_eq!(bytes_of(wrong), None, "{wrong}");
        }
    }
}
