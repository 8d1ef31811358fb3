//! The stream that is decoded, within one link of a chain: its headers, packets and times.

use std::time::Duration;

use super::super::DecodeError;
use super::super::codec::Decoder;
use super::super::sample_sink::SampleSink;
use super::CONTAINER;
use super::page::Page;
use super::streams::StreamKind;

/// Staged samples are taken before their page ends once there are this many: 4 MB.
const MAX_STAGED_SAMPLES: usize = 1 << 20;

/// The most bytes of a packet that goes over several pages. Headers and blocks of audio are far
/// smaller.
const MAX_PACKET_BYTES: usize = 16 << 20;

/// The stream that is decoded, within one link of the chain.
pub(super) struct Link<'a> {
    pub(super) serial: u32,
    pub(super) kind: StreamKind,
    /// Its first packet.
    pub(super) head: &'a [u8],
    /// Its third packet, for Vorbis.
    pub(super) setup: Vec<u8>,
    headers: usize,
    pub(super) decoder: Option<Decoder>,
    /// The beginning of a packet that goes on on the next page.
    partial: Vec<u8>,
    in_packet: bool,
    next_sequence: Option<u32>,
    /// Whether packets of audio have come.
    begun: bool,
    /// Whether all pages are there, from the first.
    complete: bool,
    /// Samples to drop from the start.
    skip_left: usize,
    /// Granule position of the first decoded sample.
    base: Option<i64>,
    /// Samples decoded on earlier pages, and the silence put between.
    decoded_end: i64,
}

impl<'a> Link<'a> {
    pub(super) fn new(serial: u32, kind: StreamKind, head: &'a [u8]) -> Self {
        Self {
            serial,
            kind,
            head,
            setup: Vec::new(),
            headers: 1,
            decoder: None,
            partial: Vec::new(),
            in_packet: false,
            next_sequence: None,
            begun: false,
            complete: true,
            skip_left: 0,
            base: None,
            decoded_end: 0,
        }
    }

    /// Looks at a page: its order, and headers on it. Whether the headers became complete: then a
    /// decoder is due before [`Self::sound`].
    pub(super) fn page(&mut self, page: &Page<'_>) -> Result<bool, DecodeError> {
        let sequence = page.sequence();
        if self.next_sequence.is_some_and(|next| next != sequence) {
            if self.begun || self.headers < self.kind.headers() {
                return Err(CONTAINER.malformed("a page is missing"));
            }
            self.complete = false;
            self.in_packet = false;
            self.partial.clear();
        }
        self.next_sequence = Some(sequence.wrapping_add(1));
        if self.decoder.is_some() {
            return Ok(false);
        }
        let due = self.kind.headers();
        if due <= self.headers {
            return Ok(true);
        }
        // Headers end with their page, so that audio begins with the next one.
        for (part, ends) in page.packet_parts() {
            if self.headers == due {
                return Err(CONTAINER.malformed("audio begins on a page of its headers"));
            }
            if self.headers + 1 == due && self.kind == StreamKind::Vorbis {
                join(&mut self.setup, part)?;
            }
            self.in_packet = !ends;
            self.headers += usize::from(ends);
        }
        Ok(self.headers == due)
    }

    /// Decodes the packets of audio that end on this page.
    pub(super) fn sound(
        &mut self,
        page: &Page<'_>,
        sink: &mut SampleSink<'_>,
    ) -> Result<(), DecodeError> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(());
        };
        let mut packets = 0;
        let mut drop_part = page.continued() && !self.in_packet;
        if self.in_packet && !page.continued() {
            return Err(CONTAINER.malformed("a packet does not end"));
        }
        for (part, ends) in page.packet_parts() {
            let dropped = std::mem::replace(&mut drop_part, false);
            if dropped {
                if !ends {
                    drop_part = true;
                }
                continue;
            }
            let packet = match (self.in_packet, ends) {
                (false, true) => part,
                (_, false) => {
                    join(&mut self.partial, part)?;
                    self.in_packet = true;
                    continue;
                }
                (true, true) => {
                    join(&mut self.partial, part)?;
                    self.in_packet = false;
                    &self.partial
                }
            };
            let header = !self.begun && self.kind.is_header(packet);
            let nothing = packet.is_empty() && self.kind != StreamKind::Opus;
            if !header && !nothing {
                if !self.begun && self.kind == StreamKind::Opus {
                    let head = super::super::codec::OpusHead::read(self.head);
                    self.skip_left = head.map_or(0, |head| head.pre_skip.into());
                }
                self.begun = true;
                packets += 1;
                let sound = decoder.decode(packet)?;
                sink.begin(sound.rate, sound.channels)?;
                sink.stage(sound.channels, sound.samples)?;
                if sink.staged() > MAX_STAGED_SAMPLES {
                    self.decoded_end += sink.staged() as i64;
                    take(&mut self.skip_left, sink)?;
                }
            }
            if !self.in_packet {
                self.partial.clear();
            }
        }
        match page
            .granule()
            .and_then(|granule| i64::try_from(granule).ok())
        {
            Some(granule) if packets > 0 => self.settle(granule, page.last(), sink),
            _ => Ok(()),
        }
    }

    /// Takes what was decoded, which ends at this granule position.
    fn settle(
        &mut self,
        granule: i64,
        last: bool,
        sink: &mut SampleSink<'_>,
    ) -> Result<(), DecodeError> {
        let staged = sink.staged() as i64;
        let end = self.decoded_end + staged;
        // By how many samples the page ends later than what was decoded.
        let later = match self.base {
            Some(base) => granule.saturating_sub(base.saturating_add(end)),
            // Where a recording begins is its time 0, unless it ends on the same page.
            None if last => (granule - end).min(0),
            None => {
                let early = (end - granule).clamp(0, staged);
                // Opus begins at its pre-skip; others begin early to drop what is before 0.
                if early > 0 && self.kind != StreamKind::Opus {
                    sink.trim_staged(early as usize, usize::MAX);
                    self.base = Some(-early);
                } else {
                    self.base = Some(granule - end);
                }
                0
            }
        };
        let rate = sink.rate_hz();
        if later > 0 && SampleSink::is_pause(later as u64, rate) {
            let nanoseconds = later as u128 * 1_000_000_000 / u128::from(rate.max(1));
            let nanoseconds = u64::try_from(nanoseconds).unwrap_or(u64::MAX);
            sink.append_silence(Duration::from_nanos(nanoseconds))?;
            self.decoded_end += later;
        } else if later < 0 && last {
            let keep = usize::try_from(staged + later).unwrap_or(0);
            sink.trim_staged(0, keep);
        } else if let Some(base) = &mut self.base {
            *base += later;
        }
        self.decoded_end += staged;
        take(&mut self.skip_left, sink)
    }

    pub(super) fn finish(
        &mut self,
        last: bool,
        sink: &mut SampleSink<'_>,
    ) -> Result<(), DecodeError> {
        take(&mut self.skip_left, sink)?;
        if self.in_packet {
            if !last {
                return Err(CONTAINER.malformed("a packet does not end"));
            }
            sink.cut("its last packet");
        }
        let whole = self.complete && !self.in_packet && !sink.is_cut();
        if whole
            && self
                .decoder
                .as_mut()
                .is_some_and(Decoder::checksum_is_wrong)
        {
            return Err(CONTAINER.malformed("the checksum of its samples is wrong"));
        }
        Ok(())
    }
}

/// Adds a part to the packet that it goes on with.
fn join(packet: &mut Vec<u8>, part: &[u8]) -> Result<(), DecodeError> {
    if packet.len() + part.len() > MAX_PACKET_BYTES {
        return Err(CONTAINER.malformed("a packet is larger than any of audio"));
    }
    packet.extend_from_slice(part);
    Ok(())
}

/// Takes what is staged, without what the encoder put first.
fn take(skip_left: &mut usize, sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
    let skip = sink.staged().min(*skip_left);
    *skip_left -= skip;
    sink.trim_staged(skip, usize::MAX);
    sink.take_staged()
}
