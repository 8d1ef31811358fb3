//! The frames of one part of a stream, and what ends it.

use super::super::container::{frames_in_a_row, id3v2_bytes};
use super::super::lame::InfoTag;
use super::super::mpeg::FrameHeader;

/// How far behind tags the next frame may be.
const MAX_SEARCH_BYTES: usize = 1 << 17;

/// How many frames must follow each other where the next one is searched for.
const FRAMES_IN_A_ROW: usize = 4;

/// An `ID3v1` tag.
const ID3V1_BYTES: usize = 128;

/// An `APE` tag's header or footer.
const APE_HEADER_BYTES: usize = 32;

/// How a part ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With the file.
    File,
    /// Within its last frame.
    Cut,
    /// With bytes that are no frames, to the end of the file.
    Junk { bytes: usize },
    /// With something else, behind which it goes on.
    Damaged,
    /// Where another part begins.
    Part { next: usize },
}

/// The payloads of one part's frames, in order. Tags between them are passed over.
#[derive(Clone)]
pub(super) struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
    first: FrameHeader,
    end: Option<End>,
}

impl<'a> Frames<'a> {
    /// The frames from `at` on, where `first` stands.
    pub(super) const fn new(bytes: &'a [u8], at: usize, first: FrameHeader) -> Self {
        Self {
            bytes,
            at,
            first,
            end: None,
        }
    }

    /// The tag in the first frame, which is passed over then.
    pub(super) fn tag(&mut self) -> Option<InfoTag> {
        let frame = self.bytes.get(self.at..self.at + self.first.bytes)?;
        let tag = InfoTag::read(frame, &self.first)?;
        self.at += self.first.bytes;
        Some(tag)
    }

    /// How the part ended; `File` before it did.
    pub(super) fn end(&self) -> End {
        self.end.unwrap_or(End::File)
    }

    fn ends(&mut self, end: End) -> Option<&'a [u8]> {
        self.end = Some(end);
        None
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.end.is_some() {
            return None;
        }
        let mut behind_tag = false;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return self.ends(End::File);
            }
            match FrameHeader::read(rest) {
                Some(header) if header.same_stream(&self.first) => {
                    let Some(frame) = rest.get(..header.bytes) else {
                        // A header that claims too much is no end.
                        let damaged = next_frames(&rest[1..], &self.first).is_some();
                        return self.ends(if damaged { End::Damaged } else { End::Cut });
                    };
                    if InfoTag::read(frame, &header).is_some() {
                        return self.ends(End::Part { next: self.at });
                    }
                    self.at += header.bytes;
                    return Some(&frame[header.head_bytes..]);
                }
                Some(_) if frames_in_a_row(rest) >= 2 => {
                    return self.ends(End::Part { next: self.at });
                }
                _ => {}
            }
            let length = match tag_bytes(rest) {
                // Zeroes pad tags and the ends of files; frames behind them are damage.
                None => padding_bytes(rest, behind_tag),
                tag => tag,
            };
            if let Some(length) = length {
                self.at = self.at.saturating_add(length);
                behind_tag = true;
                continue;
            }
            if behind_tag && let Some(junk) = search(rest) {
                self.at += junk;
                behind_tag = false;
                continue;
            }
            if rest.len() < FrameHeader::MAX_BYTES && rest[0] == 0xff {
                // Too short for a header, but the beginning of one all the same.
                return self.ends(End::Cut);
            }
            let goes_on = next_frames(&rest[1..], &self.first).is_some();
            return self.ends(if goes_on {
                End::Damaged
            } else {
                End::Junk { bytes: rest.len() }
            });
        }
    }
}

/// Where frames of this stream go on.
fn next_frames(bytes: &[u8], first: &FrameHeader) -> Option<usize> {
    (0..bytes.len()).find(|&at| {
        bytes[at] == 0xff
            && FrameHeader::read(&bytes[at..]).is_some_and(|header| header.same_stream(first))
            && frames_in_a_row(&bytes[at..]) >= 2
    })
}

/// Where frames of any stream begin nearby.
fn search(bytes: &[u8]) -> Option<usize> {
    (1..bytes.len().min(MAX_SEARCH_BYTES))
        .find(|&at| bytes[at] == 0xff && frames_in_a_row(&bytes[at..]) >= FRAMES_IN_A_ROW)
}

/// The length of the tag at the start.
fn tag_bytes(bytes: &[u8]) -> Option<usize> {
    if let Some(length) = id3v2_bytes(bytes) {
        return Some(length);
    }
    if bytes.starts_with(b"TAG") && bytes.len() >= ID3V1_BYTES {
        return Some(ID3V1_BYTES);
    }
    if bytes.starts_with(b"APETAGEX") {
        let size = bytes.get(12..16)?.first_chunk().copied()?;
        let size = u32::from_le_bytes(size) as usize;
        // The size counts the footer and not the header; a footer alone has no header before it.
        return Some(size.saturating_add(APE_HEADER_BYTES));
    }
    if bytes.starts_with(b"LYRICSBEGIN") {
        let ends: [&[u8]; 2] = [b"LYRICS200", b"LYRICSEND"];
        let at = bytes.windows(9).position(|nine| ends.contains(&nine))?;
        return Some(at + 9);
    }
    None
}

/// How many zeroes stand here that are padding: behind a tag, before one, or to the end.
fn padding_bytes(bytes: &[u8], behind_tag: bool) -> Option<usize> {
    let zeroes = bytes.iter().position(|&byte| byte != 0);
    let zeroes = zeroes.unwrap_or(bytes.len());
    let behind = &bytes[zeroes..];
    let padding = behind_tag || behind.is_empty() || tag_bytes(behind).is_some();
    (zeroes > 0 && padding).then_some(zeroes)
}
