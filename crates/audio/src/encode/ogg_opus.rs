//! Opus in Ogg (RFC 7845), by libopus and the `ogg` crate.

use ogg::writing::{PacketWriteEndInfo, PacketWriter};
use opus::{Application, Bitrate, Channels, Signal};

use super::{CodecEncoder, EncodeError, Patch};
use crate::tags::{Tags, vorbis_comment};
use crate::{Format, SampleRate};

/// Well above where mono speech stops getting better.
const BITS_PER_SECOND: i32 = 64_000;
/// Ogg counts Opus in samples of 48 kHz, whatever the encoder was given.
const GRANULE_HZ: u32 = 48_000;
/// Packets of 20 ms.
const PACKETS_PER_SECOND: u32 = 50;
/// What a page holds at most: 100 ms. The first holds one packet, so that audio starts at once.
const PACKETS_PER_PAGE: u32 = 5;
/// The longest packet that libopus advises to allow for, in bytes.
const MAX_PACKET: usize = 4_000;
/// Names the logical stream. Always the same, so that equal audio gives equal bytes.
const SERIAL: u32 = u32::from_le_bytes(*b"Myna");

/// A logical stream of 20 ms packets.
pub(super) struct OggOpus {
    encoder: opus::Encoder,
    writer: PacketWriter<'static, Vec<u8>>,
    /// Samples of the source that make a packet.
    frame: usize,
    /// How many samples of 48 kHz one of the source's stands for.
    step: u64,
    /// What a decoder throws away at the start, in samples of 48 kHz.
    pre_skip: u64,
    pending: Vec<f32>,
    /// Samples of the source so far.
    taken: u64,
    packets: u64,
    on_page: u32,
}

impl OggOpus {
    pub(super) fn new(rate: SampleRate, tags: &Tags) -> Result<Self, EncodeError> {
        let mut encoder =
            opus::Encoder::new(rate.hz(), Channels::Mono, Application::Audio).map_err(failed)?;
        encoder
            .set_bitrate(Bitrate::Bits(BITS_PER_SECOND))
            .map_err(failed)?;
        encoder.set_signal(Signal::Voice).map_err(failed)?;
        let step = u64::from(GRANULE_HZ / rate.hz());
        let lookahead = encoder.get_lookahead().map_err(failed)?;
        let pre_skip = u64::try_from(lookahead).map_err(failed)? * step;
        let mut writer = PacketWriter::new(Vec::new());
        for packet in [head(pre_skip, rate), opus_tags(tags)] {
            writer
                .write_packet(packet, SERIAL, PacketWriteEndInfo::EndPage, 0)
                .map_err(failed)?;
        }
        let frame = (rate.hz() / PACKETS_PER_SECOND) as usize;
        let pending = Vec::with_capacity(frame);
        Ok(Self {
            encoder,
            writer,
            frame,
            step,
            pre_skip,
            pending,
            taken: 0,
            packets: 0,
            on_page: 0,
        })
    }

    /// Encodes the pending samples, which make a whole packet. The position of a packet is that
    /// of its last sample, `end` at most: there a decoder stops.
    fn packet(&mut self, end: Option<u64>) -> Result<(), EncodeError> {
        let packet = self
            .encoder
            .encode_vec_float(&self.pending, MAX_PACKET)
            .map_err(failed)?;
        self.pending.clear();
        self.packets += 1;
        self.on_page += 1;
        let covered = self.packets * self.frame as u64 * self.step;
        let last = end.is_some_and(|end| end <= covered);
        let page_ends = self.packets == 1 || self.on_page == PACKETS_PER_PAGE;
        let info = match (last, page_ends) {
            (true, _) => PacketWriteEndInfo::EndStream,
            (false, true) => PacketWriteEndInfo::EndPage,
            (false, false) => PacketWriteEndInfo::NormalPacket,
        };
        if page_ends {
            self.on_page = 0;
        }
        let position = end.map_or(covered, |end| end.min(covered));
        self.writer
            .write_packet(packet, SERIAL, info, position)
            .map_err(failed)
    }

    /// Where the audio ends, counted with what is skipped before it.
    fn end(&self) -> u64 {
        self.pre_skip + self.taken * self.step
    }

    fn covered(&self) -> u64 {
        self.packets * self.frame as u64 * self.step
    }
}

impl CodecEncoder for OggOpus {
    fn push(&mut self, mut samples: &[f32], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.taken += samples.len() as u64;
        while !samples.is_empty() {
            let (now, later) = samples.split_at(samples.len().min(self.frame - self.pending.len()));
            self.pending.extend(now);
            samples = later;
            if self.pending.len() == self.frame {
                self.packet(None)?;
            }
        }
        out.append(self.writer.inner_mut());
        Ok(())
    }

    /// Silence follows until the codec's delay has brought out the last sample. That takes at
    /// least one packet more, so there always is one to end the stream with.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<Vec<Patch>, EncodeError> {
        let end = self.end();
        while self.covered() < end {
            self.pending.resize(self.frame, 0.0);
            self.packet(Some(end))?;
        }
        out.append(self.writer.inner_mut());
        Ok(Vec::new())
    }
}

/// The identification header (RFC 7845 section 5.1).
fn head(pre_skip: u64, rate: SampleRate) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec(); // version, channels
    head.extend((pre_skip as u16).to_le_bytes());
    head.extend(rate.hz().to_le_bytes());
    head.extend([0, 0, 0]); // no gain, channel mapping family 0
    head
}

/// The comment header (RFC 7845 section 5.2).
fn opus_tags(tags: &Tags) -> Vec<u8> {
    let mut packet = b"OpusTags".to_vec();
    packet.extend(vorbis_comment::encode(tags));
    packet
}

fn failed(error: impl ToString) -> EncodeError {
    EncodeError::codec(Format::Opus, error)
}
