//! Ogg: pages, the logical streams in them, and chains of such (RFC 3533; Vorbis I appendix A,
//! RFC 7845, the FLAC-to-Ogg mapping).
//!
//! Nothing of the file is kept but the slices that headers stand in, and a packet that goes over
//! several pages. Every page must have the right checksum, and those of the audio must follow each
//! other; between the headers and the audio pages may be missing, as in streams that were joined in
//! the middle. A missing end-of-stream flag is forgiven: recordings of live streams have none.

mod link;
pub(super) mod page;
mod streams;

use super::codec::{Codec, Decoder, vorbis};
use super::sample_sink::SampleSink;
use super::tracks::{self, MAX_TRACKS};
use super::{Container, DecodeError};
use link::Link;
use page::{MAX_PAGE_BYTES, NoPage, Page};
use streams::StreamKind;

/// What the set-up headers of all links of a chain may unpack to, one after the other. It bounds
/// time; each alone is bounded in memory.
const MAX_SETUP_BYTES: u64 = 1 << 30;

const CONTAINER: Container = Container::Ogg;

/// Decodes the audio of all links, one after the other. `bytes` begin with a page.
pub(super) fn decode(bytes: &[u8], sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
    let mut chain = LinkChain::default();
    let mut left = bytes;
    while let Some(page) = next_page(left, sink)? {
        left = &left[page.bytes.len()..];
        chain.page(&page, sink)?;
    }
    chain.end_link(true, sink)?;
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
fn next_page<'a>(
    left: &'a [u8],
    sink: &mut SampleSink<'_>,
) -> Result<Option<Page<'a>>, DecodeError> {
    if left.is_empty() {
        return Ok(None);
    }
    match Page::read(left) {
        Ok(page) => Ok(Some(page)),
        Err(NoPage::Cut) if left.len() < MAX_PAGE_BYTES && !another_page(left) => {
            sink.cut("its last page");
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
struct LinkChain<'a> {
    /// Audio streams of this link, by serial number and first packet, while their first pages come.
    heads: Vec<(u32, StreamKind, &'a [u8])>,
    /// Whether first pages of a link are coming.
    in_heads: bool,
    link: Option<Link<'a>>,
    /// The number of the track among the audio streams of the first link.
    track: Option<usize>,
    /// The decoder of the link before, with its headers: the next one may be alike.
    spare: Option<SpareDecoder>,
    setup_bytes: u64,
    headers_found: bool,
    sound_found: bool,
}

struct SpareDecoder {
    identification: Vec<u8>,
    setup: Vec<u8>,
    decoder: Decoder,
}

impl<'a> LinkChain<'a> {
    fn page(&mut self, page: &Page<'a>, sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
        if page.first() {
            if !self.in_heads {
                self.end_link(false, sink)?;
                self.heads.clear();
                self.in_heads = true;
            }
            self.headers_found = true;
            let (packet, _) = page.packet_parts().next().unwrap_or_default();
            let kind = StreamKind::of(packet);
            if kind.candidate().is_some() {
                if self.heads.len() == MAX_TRACKS {
                    return Err(CONTAINER
                        .unsupported(format!("it has more than {MAX_TRACKS} audio tracks")));
                }
                self.heads.push((page.serial(), kind, packet));
            }
            return Ok(());
        }
        if std::mem::take(&mut self.in_heads) {
            self.link = self.choose(sink)?;
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
                .ok_or_else(|| CONTAINER.malformed("the headers of its audio are damaged"))?;
            let decoder = self.decoder(&codec, sink)?;
            if let Some(link) = &mut self.link {
                link.decoder = Some(decoder);
                link.setup = setup;
            }
        }
        match &mut self.link {
            Some(link) => link.sound(page, sink),
            None => Ok(()),
        }
    }

    /// The stream to decode of those whose first pages came.
    fn choose(&mut self, sink: &mut SampleSink<'_>) -> Result<Option<Link<'a>>, DecodeError> {
        let candidates: Vec<_> = self
            .heads
            .iter()
            .filter_map(|(_, kind, _)| kind.candidate())
            .collect();
        let at = match self.track {
            _ if candidates.is_empty() => return Ok(None),
            Some(at) if at < candidates.len() => at,
            Some(_) => 0,
            None => tracks::select(&candidates, sink)?,
        };
        self.track = Some(at);
        let (serial, kind, head) = self.heads[at];
        Ok(Some(Link::new(serial, kind, head)))
    }

    /// A decoder for these headers: the one of the link before where it had the same.
    fn decoder(
        &mut self,
        codec: &Codec<'_>,
        sink: &mut SampleSink<'_>,
    ) -> Result<Decoder, DecodeError> {
        if let Some((rate, channels)) = codec.shape() {
            sink.begin(rate, channels)?;
        }
        if let &Codec::Vorbis {
            identification,
            setup,
        } = codec
        {
            let same = |spare: &SpareDecoder| {
                spare.identification == identification && spare.setup == setup
            };
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

    fn end_link(&mut self, last: bool, sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
        let Some(mut link) = self.link.take() else {
            return Ok(());
        };
        link.finish(last, sink)?;
        if let Some(decoder) = link.decoder.filter(|_| link.kind == StreamKind::Vorbis) {
            self.spare = Some(SpareDecoder {
                identification: link.head.get(..30).unwrap_or_default().to_vec(),
                setup: link.setup,
                decoder,
            });
        }
        Ok(())
    }
}
