//! Opus, decoded by libopus.

use super::super::{Container, DecodeError};
use super::DecodedPacket;

/// The rate at which Opus is decoded, whatever the encoder was given.
pub(super) const RATE_HZ: u32 = 48_000;

/// The longest packet: 120 ms (RFC 6716 section 2.1.4).
const MAX_PACKET_SAMPLES: usize = 5_760;

/// A decoder for one stream.
pub(super) struct OpusDecoder {
    decoder: opus::MSDecoder,
    channels: usize,
    gain: f32,
    buffer: Vec<f32>,
}

/// The identification header, of which MP4 has a variant with the other byte order
/// (RFC 7845 section 5.1; Opus in ISOBMFF section 4.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::decode) struct Head<'a> {
    pub(in crate::decode) channels: u8,
    /// Samples at 48 kHz that the encoder put first.
    pub(in crate::decode) pre_skip: u16,
    /// dB, in steps of 1/256.
    gain: i16,
    family: u8,
    /// Number of streams, of coupled streams, then the stream of each channel.
    table: &'a [u8],
}

impl<'a> Head<'a> {
    /// The header of Ogg and Matroska, with its signature.
    pub(in crate::decode) fn read(bytes: &'a [u8]) -> Option<Self> {
        Self::fields(bytes.strip_prefix(b"OpusHead")?, u16::from_le_bytes)
    }

    /// The body of the `dOps` box of MP4.
    pub(in crate::decode) fn read_mp4(bytes: &'a [u8]) -> Option<Self> {
        Self::fields(bytes, u16::from_be_bytes)
    }

    fn fields(bytes: &'a [u8], number: fn([u8; 2]) -> u16) -> Option<Self> {
        let (fixed, table) = bytes.split_first_chunk::<11>()?;
        let &[_, channels, a, b, _, _, _, _, c, d, family] = fixed;
        Some(Self {
            channels,
            pre_skip: number([a, b]),
            gain: number([c, d]).cast_signed(),
            family,
            table,
        })
    }

    /// Streams, coupled streams, and the stream of each channel.
    fn layout(&self) -> Option<(u8, u8, &[u8])> {
        match (self.family, self.channels, self.table) {
            (0, 1, _) => Some((1, 0, &[0])),
            (0, 2, _) => Some((1, 1, &[0, 1])),
            (1 | 255, channels, [streams, coupled, map @ ..]) => {
                Some((*streams, *coupled, map.get(..usize::from(channels))?))
            }
            _ => None,
        }
    }
}

impl OpusDecoder {
    pub(super) fn new(container: Container, head: &Head<'_>) -> Result<Self, DecodeError> {
        let (streams, coupled, map) = head.layout().ok_or_else(|| {
            container.unsupported("an Opus channel layout other than 0, 1 and 255")
        })?;
        let decoder = opus::MSDecoder::new(RATE_HZ, streams, coupled, map)
            .map_err(|error| container.malformed(error.description()))?;
        let channels = map.len();
        Ok(Self {
            decoder,
            channels,
            gain: 10_f32.powf(f32::from(head.gain) / 256.0 / 20.0),
            buffer: vec![0.0; MAX_PACKET_SAMPLES * channels],
        })
    }

    pub(super) fn decode(
        &mut self,
        container: Container,
        packet: &[u8],
    ) -> Result<DecodedPacket<'_>, DecodeError> {
        // To the library an empty packet means a lost one, for which it synthesizes samples.
        if packet.is_empty() {
            return Err(container.malformed("an Opus packet is empty"));
        }
        let frames = self
            .decoder
            .decode_float(packet, &mut self.buffer, false)
            .map_err(|error| container.malformed(error.description()))?;
        let samples = &mut self.buffer[..frames * self.channels];
        for sample in &mut *samples {
            *sample *= self.gain;
        }
        Ok(DecodedPacket {
            rate: RATE_HZ,
            channels: self.channels,
            samples,
        })
    }

    pub(super) fn reset(&mut self) {
        // Only an invalid handle makes this fail.
        let _ = self.decoder.reset_state();
    }
}
