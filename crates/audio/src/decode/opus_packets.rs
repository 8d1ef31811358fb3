//! Opus: the demultiplexing library hands out its packets but does not decode them.

use symphonia::core::packet::Packet;

use super::intake::Intake;
use super::{Container, DecodeError};

/// The rate at which Opus is decoded, whatever the encoder was given.
const RATE_HZ: u32 = 48_000;

/// The longest packet: 120 ms (RFC 6716 section 2.1.4).
const MAX_PACKET_SAMPLES: usize = 5_760;

/// A decoder for one stream.
pub(super) struct OpusPackets {
    decoder: opus::MSDecoder,
    channels: usize,
    gain: f32,
    /// Samples still to drop from the start: the encoder's look-ahead.
    skip_left: usize,
    buffer: Vec<f32>,
}

/// The identification header, of which MP4 has a variant with the other byte order
/// (RFC 7845 section 5.1; Opus in ISOBMFF section 4.3.2).
struct Head<'a> {
    channels: u8,
    pre_skip: u16,
    /// dB, in steps of 1/256.
    gain: i16,
    family: u8,
    /// Number of streams, of coupled streams, then the stream of each channel.
    table: &'a [u8],
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (fixed, table) = bytes.strip_prefix(b"OpusHead")?.split_first_chunk::<11>()?;
        let &[version, channels, a, b, _, _, _, _, c, d, family] = fixed;
        let mp4 = version == 0;
        let number = |pair| {
            if mp4 {
                u16::from_be_bytes(pair)
            } else {
                u16::from_le_bytes(pair)
            }
        };
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

impl OpusPackets {
    pub(super) fn new(head: Option<&[u8]>, intake: &mut Intake<'_>) -> Result<Self, DecodeError> {
        let container = intake.container();
        let head = head
            .and_then(Head::read)
            .ok_or_else(|| container.malformed("its Opus header is missing or too short"))?;
        intake.begin(RATE_HZ, usize::from(head.channels))?;
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
            skip_left: usize::from(head.pre_skip),
            buffer: vec![0.0; MAX_PACKET_SAMPLES * channels],
        })
    }

    pub(super) fn decode(
        &mut self,
        packet: &Packet,
        intake: &mut Intake<'_>,
    ) -> Result<(), DecodeError> {
        let container = intake.container();
        // To the library an empty packet means a lost one, for which it makes sound up.
        if packet.data.is_empty() {
            return Err(container.malformed("an Opus packet is empty"));
        }
        let frames = self
            .decoder
            .decode_float(&packet.data, &mut self.buffer, false)
            .map_err(|error| container.malformed(error.description()))?;
        // Only Ogg tells of padding at the end (its clock runs at 48 kHz as well).
        let padding = match container {
            Container::Ogg => usize::try_from(packet.trim_end.get()).unwrap_or(frames),
            _ => 0,
        };
        let skip = self.skip_left.min(frames);
        self.skip_left -= skip;
        let end = frames.saturating_sub(padding);
        if skip >= end {
            return Ok(());
        }
        let sound = &mut self.buffer[skip * self.channels..end * self.channels];
        for sample in &mut *sound {
            *sample *= self.gain;
        }
        intake.push(self.channels, sound)
    }
}
