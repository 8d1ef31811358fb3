//! The first frame of many MP3 files, which holds no audio but states how much follows: the tags
//! of Xing, LAME (<http://gabriel.mp3-tech.org/mp3infotag.html>) and Fraunhofer (VBRI).

use super::mpeg::{FrameHeader, MpegCodec};

/// The samples by which every layer 3 decoder is late.
const DECODER_DELAY: u32 = 528 + 1;

/// What the tag states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct InfoTag {
    /// How many frames follow this one.
    pub(super) frames: Option<u32>,
    /// Samples at the start that the encoder and the decoder added.
    pub(super) delay: u32,
    /// Samples at the end that they added.
    pub(super) padding: u32,
}

impl InfoTag {
    /// The tag in this frame, if the frame is one that holds a tag.
    pub(super) fn read(frame: &[u8], header: &FrameHeader) -> Option<Self> {
        if header.codec != MpegCodec::Layer3 {
            return None;
        }
        let side_info = match (header.mpeg1, header.channels) {
            (true, 1) | (false, 2) => 17,
            (true, _) => 32,
            (false, _) => 9,
        };
        match frame.get(4 + side_info..) {
            Some([b'X', b'i', b'n', b'g', tag @ ..] | [b'I', b'n', b'f', b'o', tag @ ..]) => {
                Some(Self::xing(tag))
            }
            _ => Self::vbri(frame),
        }
    }

    fn xing(tag: &[u8]) -> Self {
        let flags = word(tag, 0).unwrap_or(0);
        let frames = if flags & 1 == 0 { None } else { word(tag, 4) };
        let fields = [(1, 4), (2, 4), (4, 100), (8, 4)];
        let lame = 4 + fields
            .iter()
            .filter(|(bit, _)| flags & bit != 0)
            .map(|(_, n)| n)
            .sum::<usize>();
        let (mut delay, mut padding) = (0, 0);
        if let Some([b'L', b'A', b'M', b'E', ..] | [b'L', b'a', b'v', b'c' | b'f', ..]) =
            tag.get(lame..)
            && let Some(both) = word(tag, lame + 20)
        {
            // Three bytes, twelve bits each; the word begins one byte before them.
            delay = (both >> 12 & 0xfff) + DECODER_DELAY;
            padding = (both & 0xfff).saturating_sub(DECODER_DELAY);
        }
        Self {
            frames,
            delay,
            padding,
        }
    }

    fn vbri(frame: &[u8]) -> Option<Self> {
        let tag = frame.get(36..)?.strip_prefix(b"VBRI")?;
        Some(Self {
            frames: word(tag, 10),
            ..Self::default()
        })
    }
}

/// Four bytes, most significant first.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|chunk| u32::from_be_bytes(*chunk))
}
