//! The logical streams of one link of an Ogg chain, by their first packets: which of them are
//! audio, and of which codec.

use super::super::codec::{Codec, OpusHead};
use super::super::tracks::Candidate;

/// What the first packet of a stream states that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamKind {
    Opus,
    Vorbis,
    Flac,
    /// Audio that is not decoded here.
    Speex,
    /// Pictures, subtitles, an index.
    Other,
}

impl StreamKind {
    pub(super) fn of(packet: &[u8]) -> Self {
        match packet {
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..] => Self::Opus,
            [1, b'v', b'o', b'r', b'b', b'i', b's', ..] => Self::Vorbis,
            [0x7f, b'F', b'L', b'A', b'C', ..] => Self::Flac,
            [b'S', b'p', b'e', b'e', b'x', b' ', b' ', b' ', ..] => Self::Speex,
            _ => Self::Other,
        }
    }

    /// How it stands among the audio tracks, if it is one.
    pub(super) fn candidate(self) -> Option<Candidate> {
        let codec = match self {
            Self::Opus => Some("opus"),
            Self::Vorbis => Some("vorbis"),
            Self::Flac => Some("flac"),
            Self::Speex => None,
            Self::Other => return None,
        };
        Some(Candidate {
            codec,
            ..Candidate::default()
        })
    }

    /// How many packets before the audio are needed, the first one included.
    pub(super) const fn headers(self) -> usize {
        match self {
            // Identification and comments.
            Self::Opus => 2,
            // Identification, comments, set-up.
            Self::Vorbis => 3,
            Self::Flac | Self::Speex | Self::Other => 1,
        }
    }

    /// Whether a packet is a header that stands before the audio in any number.
    pub(super) fn is_header(self, packet: &[u8]) -> bool {
        match self {
            // Metadata blocks; frames begin with their sync code.
            Self::Flac => packet.first() != Some(&0xff),
            Self::Vorbis => packet.first().is_some_and(|first| first & 1 == 1),
            Self::Opus => packet.starts_with(b"Opus"),
            Self::Speex | Self::Other => true,
        }
    }

    /// The codec by its header packets; none where they are not what they should be.
    pub(super) fn codec<'a>(self, first: &'a [u8], setup: &'a [u8]) -> Option<Codec<'a>> {
        match self {
            Self::Opus => OpusHead::read(first).map(Codec::Opus),
            Self::Vorbis => Some(Codec::Vorbis {
                identification: first.get(..30)?,
                setup,
            }),
            // Signature, version, number of headers, "fLaC", block header, then the block.
            Self::Flac => (first.get(9..13)? == b"fLaC")
                .then(|| first.get(17..51))
                .flatten()
                .map(Codec::Flac),
            Self::Speex | Self::Other => None,
        }
    }
}
