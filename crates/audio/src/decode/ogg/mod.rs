//! Ogg: pages, the logical streams in them, and chains of such (RFC 3533; Vorbis I appendix A,
//! RFC 7845, the FLAC-to-Ogg mapping).
//!
//! Nothing of the file is kept but the slices that headers stand in, and a packet that goes over
//! several pages. Every page must have the right checksum, and those of the sound must follow each
//! other; between the headers and the sound pages may be missing, as in streams that were joined in
//! the middle. A missing end-of-stream flag is forgiven: recordings of live streams have none.

pub(super) mod page;
mod streams;

use std::time::Duration;

use super::codec::{Codec, Decoder, vorbis};
use super::intake::Intake;
use super::tracks::{self, MAX_TRACKS};
use super::{Container, DecodeError};
use page::{MAX_PAGE_BYTES, NoPage, Page};
use streams::Kind;

/// What the set-up headers of all links of a chain may unpack to, one after the other. It bounds
/// time; each alone is bounded in memory.
const MAX_SETUP_BYTES: u64 = 1 << 30;

/// Staged samples are taken before their page ends once there are this many: 4 MB.
const MAX_STAGED_SAMPLES: usize = 1 << 20;

/// The most bytes of a packet that goes over several pages. Headers and blocks of sound are far
/// smaller.
const MAX_PACKET_BYTES: usize = 16 << 20;

const CONTAINER: Container = Container::Ogg;

/// Decodes the sound of all links, one after the other. `bytes` begin with a page.
pub(super) fn decode(bytes: &[u8], intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let mut chain = Chain::default();
    let mut left = bytes;
    while let Some(page) = next_page(left, intake)? {
        left = &left[page.bytes.len()..];
        chain.page(&page, intake)?;
    }
    chain.end_link(true, intake)?;
    if !chain.sound_found {
        return Err(if chain.headers_found {
            tracks::no_known_codec(CONTAINER)
        } else {
            CONTAINER.malformed("its headers are missing")
        });
    }
    Ok(())
}

/// The page at the start; none at the end, also where the last page is cut.
fn next_page<'a>(left: &'a [u8], intake: &mut Intake<'_>) -> Result<Option<Page<'a>>, DecodeError> {
    if left.is_empty() {
        return Ok(None);
    }
    match Page::read(left) {
        Ok(page) => Ok(Some(page)),
        Err(NoPage::Cut) if left.len() < MAX_PAGE_BYTES && !another_page(left) => {
            intake.cut("its last page");
            Ok(None)
        }
        Err(NoPage::Other) if left.iter().all(|&byte| byte == 0) => Ok(None),
        Err(NoPage::Other) if left.len() == 128 && left.starts_with(b"TAG") => Ok(None),
        Err(NoPage::Other | NoPage::Cut) => {
            Err(CONTAINER.malformed("something else stands between its pages"))
        }
        Err(NoPage::Checksum) => Err(CONTAINER.malformed("the checksum of a page is wrong")),
    }
}

/// Whether a page begins behind the one that claims to go on: then it is damaged, not cut.
fn another_page(bytes: &[u8]) -> bool {
    bytes[1..].windows(5).any(|five| five == b"OggS\0")
}

/// What is known while pages go by.
#[derive(Default)]
struct Chain<'a> {
    /// Sound streams of this link, by serial number and first packet, while their first pages come.
    heads: Vec<(u32, Kind, &'a [u8])>,
    /// Whether first pages of a link are coming.
    in_heads: bool,
    link: Option<Link<'a>>,
    /// The number of the track among the sound streams of the first link.
    track: Option<usize>,
    /// The decoder of the link before, with its headers: the next one may be alike.
    spare: Option<Spare>,
    setup_bytes: u64,
    headers_found: bool,
    sound_found: bool,
}

struct Spare {
    identification: Vec<u8>,
    setup: Vec<u8>,
    decoder: Decoder,
}

impl<'a> Chain<'a> {
    fn page(&mut self, page: &Page<'a>, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
        if page.first() {
            if !self.in_heads {
                self.end_link(false, intake)?;
                self.heads.clear();
                self.in_heads = true;
            }
            self.headers_found = true;
            let (packet, _) = page.pieces().next().unwrap_or_default();
            let kind = Kind::of(packet);
            if kind.candidate().is_some() {
                if self.heads.len() == MAX_TRACKS {
                    return Err(CONTAINER
                        .unsupported(format!("it has more than {MAX_TRACKS} sound tracks")));
                }
                self.heads.push((page.serial(), kind, packet));
            }
            return Ok(());
        }
        if std::mem::take(&mut self.in_heads) {
            self.link = self.choose(intake)?;
            self.sound_found |= self.link.is_some();
        }
        let Some(link) = self
            .link
            .as_mut()
            .filter(|link| link.serial == page.serial())
        else {
            return Ok(());
        };
        if link.page(page)? {
            // The headers are complete.
            let setup = std::mem::take(&mut link.setup);
            let head = link.head;
            let codec = link
                .kind
                .codec(head, &setup)
                .ok_or_else(|| CONTAINER.malformed("the headers of its sound are damaged"))?;
            let decoder = self.decoder(&codec, intake)?;
            if let Some(link) = &mut self.link {
                link.decoder = Some(decoder);
                link.setup = setup;
            }
        }
        match &mut self.link {
            Some(link) => link.sound(page, intake),
            None => Ok(()),
        }
    }

    /// The stream to decode of those whose first pages came.
    fn choose(&mut self, intake: &mut Intake<'_>) -> Result<Option<Link<'a>>, DecodeError> {
        let candidates: Vec<_> = self
            .heads
            .iter()
            .filter_map(|(_, kind, _)| kind.candidate())
            .collect();
        let at = match self.track {
            _ if candidates.is_empty() => return Ok(None),
            Some(at) if at < candidates.len() => at,
            Some(_) => 0,
            None => tracks::choose(&candidates, intake)?,
        };
        self.track = Some(at);
        let (serial, kind, head) = self.heads[at];
        Ok(Some(Link::new(serial, kind, head)))
    }

    /// A decoder for these headers: the one of the link before where it had the same.
    fn decoder(
        &mut self,
        codec: &Codec<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<Decoder, DecodeError> {
        if let Some((rate, channels)) = codec.shape() {
            intake.begin(rate, channels)?;
        }
        if let &Codec::Vorbis {
            identification,
            setup,
        } = codec
        {
            let same =
                |spare: &Spare| spare.identification == identification && spare.setup == setup;
            if let Some(mut spare) = self.spare.take_if(|spare| same(spare)) {
                spare.decoder.reset();
                return Ok(spare.decoder);
            }
            // Before the next one is unpacked.
            self.spare = None;
            self.setup_bytes += vorbis::check_setup(CONTAINER, setup)?;
            if self.setup_bytes > MAX_SETUP_BYTES {
                return Err(CONTAINER.unsupported("its chained streams have too many codebooks"));
            }
        }
        Decoder::new(CONTAINER, codec)
    }

    fn end_link(&mut self, last: bool, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
        let Some(mut link) = self.link.take() else {
            return Ok(());
        };
        link.finish(last, intake)?;
        if let Some(decoder) = link.decoder.filter(|_| link.kind == Kind::Vorbis) {
            self.spare = Some(Spare {
                identification: link.head.get(..30).unwrap_or_default().to_vec(),
                setup: link.setup,
                decoder,
            });
        }
        Ok(())
    }
}

/// The stream that is decoded, within one link of the chain.
struct Link<'a> {
    serial: u32,
    kind: Kind,
    /// Its first packet.
    head: &'a [u8],
    /// Its third packet, for Vorbis.
    setup: Vec<u8>,
    headers: usize,
    decoder: Option<Decoder>,
    /// The beginning of a packet that goes on on the next page.
    partial: Vec<u8>,
    in_packet: bool,
    next_sequence: Option<u32>,
    /// Whether packets of sound have come.
    begun: bool,
    /// Whether all pages are there, from the first.
    complete: bool,
    /// Samples to drop from the start.
    skip_left: usize,
    /// Granule position of the first decoded sample.
    base: Option<i64>,
    /// Samples decoded on earlier pages, and the silence put between.
    placed: i64,
}

impl<'a> Link<'a> {
    fn new(serial: u32, kind: Kind, head: &'a [u8]) -> Self {
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
            placed: 0,
        }
    }

    /// Looks at a page: its order, and headers on it. Whether the headers became complete: then a
    /// decoder is due before [`Self::sound`].
    fn page(&mut self, page: &Page<'_>) -> Result<bool, DecodeError> {
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
        // Headers end with their page, so that sound begins with the next one.
        for (piece, ends) in page.pieces() {
            if self.headers == due {
                return Err(CONTAINER.malformed("sound begins on a page of its headers"));
            }
            if self.headers + 1 == due && self.kind == Kind::Vorbis {
                join(&mut self.setup, piece)?;
            }
            self.in_packet = !ends;
            self.headers += usize::from(ends);
        }
        Ok(self.headers == due)
    }

    /// Decodes the packets of sound that end on this page.
    fn sound(&mut self, page: &Page<'_>, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(());
        };
        let mut packets = 0;
        let mut drop_piece = page.continued() && !self.in_packet;
        if self.in_packet && !page.continued() {
            return Err(CONTAINER.malformed("a packet does not end"));
        }
        for (piece, ends) in page.pieces() {
            let dropped = std::mem::replace(&mut drop_piece, false);
            if dropped {
                if !ends {
                    drop_piece = true;
                }
                continue;
            }
            let packet = match (self.in_packet, ends) {
                (false, true) => piece,
                (_, false) => {
                    join(&mut self.partial, piece)?;
                    self.in_packet = true;
                    continue;
                }
                (true, true) => {
                    join(&mut self.partial, piece)?;
                    self.in_packet = false;
                    &self.partial
                }
            };
            let header = !self.begun && self.kind.is_header(packet);
            let nothing = packet.is_empty() && self.kind != Kind::Opus;
            if !header && !nothing {
                if !self.begun && self.kind == Kind::Opus {
                    let head = super::codec::OpusHead::read(self.head);
                    self.skip_left = head.map_or(0, |head| head.pre_skip.into());
                }
                self.begun = true;
                packets += 1;
                let sound = decoder.decode(packet)?;
                intake.begin(sound.rate, sound.channels)?;
                intake.stage(sound.channels, sound.samples)?;
                if intake.staged() > MAX_STAGED_SAMPLES {
                    self.placed += intake.staged() as i64;
                    take(&mut self.skip_left, intake)?;
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
            Some(granule) if packets > 0 => self.settle(granule, page.last(), intake),
            _ => Ok(()),
        }
    }

    /// Takes what was decoded, which ends at this granule position.
    fn settle(
        &mut self,
        granule: i64,
        last: bool,
        intake: &mut Intake<'_>,
    ) -> Result<(), DecodeError> {
        let staged = intake.staged() as i64;
        let end = self.placed + staged;
        // By how many samples the page ends later than what was decoded.
        let later = match self.base {
            Some(base) => granule.saturating_sub(base.saturating_add(end)),
            // Where a recording begins is its time 0, unless it ends on the same page.
            None if last => (granule - end).min(0),
            None => {
                let early = (end - granule).clamp(0, staged);
                // Opus begins at its pre-skip; others begin early to drop what is before 0.
                if early > 0 && self.kind != Kind::Opus {
                    intake.trim_staged(early as usize, usize::MAX);
                    self.base = Some(-early);
                } else {
                    self.base = Some(granule - end);
                }
                0
            }
        };
        let rate = intake.rate_hz();
        if later > 0 && Intake::is_pause(later as u64, rate) {
            let nanoseconds = later as u128 * 1_000_000_000 / u128::from(rate.max(1));
            let nanoseconds = u64::try_from(nanoseconds).unwrap_or(u64::MAX);
            intake.pause(Duration::from_nanos(nanoseconds))?;
            self.placed += later;
        } else if later < 0 && last {
            let keep = usize::try_from(staged + later).unwrap_or(0);
            intake.trim_staged(0, keep);
        } else if let Some(base) = &mut self.base {
            *base += later;
        }
        self.placed += staged;
        take(&mut self.skip_left, intake)
    }

    fn finish(&mut self, last: bool, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
        take(&mut self.skip_left, intake)?;
        if self.in_packet {
            if !last {
                return Err(CONTAINER.malformed("a packet does not end"));
            }
            intake.cut("its last packet");
        }
        let whole = self.complete && !self.in_packet && !intake.is_cut();
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

/// Adds a piece to the packet that it goes on with.
fn join(packet: &mut Vec<u8>, piece: &[u8]) -> Result<(), DecodeError> {
    if packet.len() + piece.len() > MAX_PACKET_BYTES {
        return Err(CONTAINER.malformed("a packet is larger than any of sound"));
    }
    packet.extend_from_slice(piece);
    Ok(())
}

/// Takes what is staged, without what the encoder put first.
fn take(skip_left: &mut usize, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let skip = intake.staged().min(*skip_left);
    *skip_left -= skip;
    intake.trim_staged(skip, usize::MAX);
    intake.take_staged()
}
