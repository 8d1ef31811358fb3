//! What a file is, by its first bytes.

use std::fmt;

use super::DecodeError;
use super::mpeg::Header;

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

/// The container and where it starts: behind `ID3v2` tags where there are any.
///
/// Nothing is searched for: a zip or a PDF with an MP3 somewhere inside is not an MP3.
///
/// # Errors
/// `UnknownFormat`, or `Truncated` where the file ends within its tags.
pub(super) fn recognise(bytes: &[u8]) -> Result<(Container, usize), DecodeError> {
    let start = behind_id3v2(bytes);
    let Some(here) = bytes.get(start..).filter(|here| !here.is_empty()) else {
        return Err(Container::Mp3.truncated("it ends within its tags"));
    };
    let container = match here {
        [
            b'R',
            b'I',
            b'F',
            b'F',
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
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Container::Webm,
        _ => frames_follow(here)
            .ok_or(DecodeError::UnknownFormat)?
            .container(),
    };
    Ok((container, start))
}

/// Whether two frames of one stream follow each other here. One alone is believed where the
/// file ends with it or within it.
fn frames_follow(bytes: &[u8]) -> Option<Header> {
    let first = Header::read(bytes)?;
    if let Some(rest) = bytes.get(first.bytes..)
        && rest.len() >= Header::MAX_BYTES
    {
        let second = Header::read(rest)?;
        if !second.same_stream(&first) {
            return None;
        }
    }
    Some(first)
}

/// The length of the `ID3v2` tags at the start, of which files have been seen to carry several,
/// and of the zeroes that pad them. Past the end where the last tag claims so.
fn behind_id3v2(bytes: &[u8]) -> usize {
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
    fn other_files_are_not_sound() {
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
                recognise(other),
                Err(DecodeError::UnknownFormat),
                "{other:?}"
            );
        }
    }

    #[test]
    fn tags_before_the_sound_are_skipped() {
        let mut bytes = b"ID3\x04\0\0\0\0\0\x02xx".to_vec();
        bytes.extend(b"ID3\x04\0\x10\0\0\0\x00");
        bytes.extend(b"3DI\x04\0\x10\0\0\0\x00");
        bytes.extend(b"\0\0fLaC");
        assert_eq!(recognise(&bytes), Ok((Container::Flac, bytes.len() - 4)));
    }
}
