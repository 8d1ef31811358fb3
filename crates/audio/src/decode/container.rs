//! What a file is, by its first bytes.

use std::fmt;

use super::DecodeError;
use super::mpeg::FrameHeader;
use super::ogg::page::Page;

/// The containers that are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Container {
    /// RIFF WAVE.
    Wav,
    /// A bare stream of MPEG audio frames, layer 2 or 3.
    Mp3,
    /// A bare stream of AAC in ADTS frames.
    Aac,
    /// MP4 and its kin: m4a, mov, 3gp.
    Mp4,
    /// Ogg, with Vorbis, Opus or FLAC.
    Ogg,
    /// FLAC in its own container.
    Flac,
    /// WebM or Matroska.
    Webm,
}

impl Container {
    /// The name: `wav mp3 aac mp4 ogg flac webm`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
            Self::Aac => "aac",
            Self::Mp4 => "mp4",
            Self::Ogg => "ogg",
            Self::Flac => "flac",
            Self::Webm => "webm",
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far behind tags, or from the start, frames and pages are looked for: beyond the largest page
/// of Ogg (65 307 bytes) and the largest frame of MPEG audio.
const MAX_SEARCH_BYTES: usize = 1 << 17;

/// How many places that look like a page are summed up.
const MAX_PAGE_TRIES: usize = 64;

/// How many frames must follow each other where they were searched for.
const FRAMES_IN_A_ROW: usize = 4;

/// First bytes of files that hold something else, and may hold audio inside all the same.
const OTHER_FILES: &[&[u8]] = &[
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"%PDF",
    b"%!PS",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"\x7fELF",
    b"MZ",
    b"\xca\xfe\xba\xbe",
    b"SQLite format 3",
    b"RIFF",
    b"FORM",
    b"caff",
    b"BM",
    b"II*\0",
    b"MM\0*",
];

/// The container and where it starts: behind `ID3v2` tags where there are any.
///
/// A stream that was joined in the middle begins with the rest of a frame or a page: the first good
/// one is looked for nearby, unless the file states that it is something else. A zip or a PDF with an
/// MP3 somewhere inside is not an MP3.
///
/// # Errors
/// `UnknownFormat`, or `Truncated` where the file ends within its tags.
pub(super) fn recognize(bytes: &[u8]) -> Result<(Container, usize), DecodeError> {
    let start = behind_tags(bytes);
    let Some(here) = bytes.get(start..).filter(|here| !here.is_empty()) else {
        return Err(Container::Mp3.truncated("it ends within its tags"));
    };
    let container = match here {
        [
            b'R',
            b'I',
            b'F',
            b'F' | b'X',
            _,
            _,
            _,
            _,
            b'W',
            b'A',
            b'V',
            b'E',
            ..,
        ]
        | [
            b'R',
            b'F',
            b'6',
            b'4',
            _,
            _,
            _,
            _,
            b'W',
            b'A',
            b'V',
            b'E',
            ..,
        ] => Container::Wav,
        [b'f', b'L', b'a', b'C', ..] => Container::Flac,
        [b'O', b'g', b'g', b'S', ..] => Container::Ogg,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Container::Mp4,
        // QuickTime from before there were brands.
        [
            _,
            _,
            _,
            _,
            b'm' | b'w' | b'f' | b's',
            b'o' | b'i' | b'r' | b'k' | b'd',
            b'o' | b'd' | b'e' | b'i' | b'a',
            b'v' | b'e' | b'p' | b't',
            ..,
        ] if mp4_boxes_follow(here) => Container::Mp4,
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Container::Webm,
        _ => match frames_follow(here) {
            Some(first) => first.container(),
            None => return search(here).map(|(container, at)| (container, start + at)),
        },
    };
    Ok((container, start))
}

/// Whether boxes that every MP4 or QuickTime file has stand here one after the other.
fn mp4_boxes_follow(bytes: &[u8]) -> bool {
    let mut boxes = super::mp4::boxes::all(bytes);
    boxes.any(|(name, _)| name == *b"moov")
}

/// The first frames or page nearby.
fn search(bytes: &[u8]) -> Result<(Container, usize), DecodeError> {
    let text = bytes.iter().take(64).all(|byte| (9..0x7f).contains(byte));
    if text || OTHER_FILES.iter().any(|magic| bytes.starts_with(magic)) {
        return Err(DecodeError::UnknownFormat);
    }
    let mut pages = 0;
    for at in 1..bytes.len().min(MAX_SEARCH_BYTES) {
        match bytes[at] {
            0xff if frames_in_a_row(&bytes[at..]) >= FRAMES_IN_A_ROW => {
                let first = FrameHeader::read(&bytes[at..]).ok_or(DecodeError::UnknownFormat)?;
                return Ok((first.container(), at));
            }
            b'O' if bytes[at..].starts_with(b"OggS\0") && pages < MAX_PAGE_TRIES => {
                pages += 1;
                if Page::read(&bytes[at..]).is_ok() {
                    return Ok((Container::Ogg, at));
                }
            }
            _ => {}
        }
    }
    Err(DecodeError::UnknownFormat)
}

/// How many whole frames of one stream follow each other here, up to four.
pub(super) fn frames_in_a_row(bytes: &[u8]) -> usize {
    let Some(first) = FrameHeader::read(bytes) else {
        return 0;
    };
    let mut at = 0;
    (0..FRAMES_IN_A_ROW)
        .take_while(|_| {
            let header = bytes.get(at..).and_then(FrameHeader::read);
            let header = header.filter(|header| header.same_stream(&first));
            at += header.map_or(0, |header| header.bytes);
            header.is_some() && at <= bytes.len()
        })
        .count()
}

/// Whether two frames of one stream follow each other here. One alone is believed where the
/// file ends with it or within it.
fn frames_follow(bytes: &[u8]) -> Option<FrameHeader> {
    let first = FrameHeader::read(bytes)?;
    if let Some(rest) = bytes.get(first.bytes..)
        && rest.len() >= FrameHeader::MAX_BYTES
    {
        let second = FrameHeader::read(rest)?;
        if !second.same_stream(&first) {
            return None;
        }
    }
    Some(first)
}

/// The length of the `ID3v2` tags at the start, of which files have been seen to carry several,
/// and of the zeroes that pad them. Past the end where the last tag claims so.
pub(super) fn behind_tags(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(length) = bytes.get(at..).and_then(id3v2_bytes) {
        at = at.saturating_add(length);
    }
    if at > 0 {
        at += bytes.iter().skip(at).take_while(|&&b| b == 0).count();
    }
    at
}

/// The length of the `ID3v2` tag that starts here, header and footer included
/// (<https://id3.org/id3v2.4.0-structure>, section 3.1).
pub(super) fn id3v2_bytes(bytes: &[u8]) -> Option<usize> {
    let &[b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = bytes else {
        return None;
    };
    let size = [a, b, c, d]
        .iter()
        .fold(0, |size, &b| (size << 7) | usize::from(b & 0x7f));
    Some(10 + size + if flags & 0x10 == 0 { 0 } else { 10 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_not_audio() {
        for other in [
            &b"PK\x03\x04\x14\0\0\0\x08\0"[..],
            b"%PDF-1.7\n",
            b"Just a text, long enough to hold every magic number there is.",
            b"RIFF\x24\0\0\0AVI LIST",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xfeH\0e\0l\0l\0o\0",
            b"\xff\xd8\xff\xe0\0\x10JFIF",
            b"I",
            b"RIFF",
        ] {
            assert_eq!(
                recognize(other),
                Err(DecodeError::UnknownFormat),
                "{other:?}"
            );
        }
    }

    #[test]
    fn tags_before_the_audio_are_skipped() {
        let mut bytes = b"ID3\x04\0\0\0\0\0\x02xx".to_vec();
        bytes.extend(b"ID3\x04\0\x10\0\0\0\x00");
        bytes.extend(b"3DI\x04\0\x10\0\0\0\x00");
        bytes.extend(b"\0\0fLaC");
        assert_eq!(recognize(&bytes), Ok((Container::Flac, bytes.len() - 4)));
    }
}
