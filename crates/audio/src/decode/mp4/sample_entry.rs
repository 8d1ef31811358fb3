//! What an audio track holds: its sample entry (ISO/IEC 14496-12 section 12.2.3, 14496-1 section
//! 7.2.6; QuickTime File Format, "Sound Sample Descriptions").

use super::super::codec::pcm::{Encoding, SampleFormat};
use super::super::codec::{AacConfig, Codec, OpusHead};
use super::boxes::{all, child, u16_at, u32_at};

/// The fields that every audio entry has.
const ENTRY_BYTES: usize = 28;

/// What the object type of a decoder configuration means.
const MPEG4_AAC: u8 = 0x40;
const MPEG2_AAC_LC: u8 = 0x67;
const MP3: [u8; 2] = [0x69, 0x6b];

/// The codec of the first entry of an `stsd` box; none where it is not decoded here.
///
/// `timescale` is the track's: its rate, where the entry has no field for one above 65 535 Hz.
pub(super) fn codec(stsd: &[u8], timescale: u32) -> Option<Codec<'_>> {
    let (name, entry) = all(stsd.get(8..)?).next()?;
    let version = u16_at(entry, 8)?;
    let channels = u16_at(entry, 16)?;
    let bits = u16_at(entry, 18)?;
    let rate = Some(u32::from(u16_at(entry, 24)?)).filter(|rate| *rate > 0);
    let mut plain = Plain {
        rate: rate.unwrap_or(timescale),
        channels,
        bits: bits.into(),
        float: false,
        big_endian: true,
    };
    let boxes = match version {
        // In an MP4 the field is reserved, and some write other numbers into it.
        1 if entry.len() >= ENTRY_BYTES + 16 && !has_boxes(&entry[ENTRY_BYTES..]) => {
            &entry[ENTRY_BYTES + 16..]
        }
        2 => {
            plain.rate = f64::from_bits(super::boxes::u64_at(entry, 32)?) as u32;
            plain.channels = u32_at(entry, 40)?.try_into().ok()?;
            plain.bits = u32_at(entry, 48)?;
            let flags = u32_at(entry, 52)?;
            plain.float = flags & 1 != 0;
            plain.big_endian = flags & 2 != 0;
            entry.get(64..)?
        }
        _ => entry.get(ENTRY_BYTES..)?,
    };
    // QuickTime keeps them one level lower.
    let wave = child(boxes, b"wave").unwrap_or_default();
    let find = |name| child(boxes, name).or_else(|| child(wave, name));
    let little = find(b"enda").and_then(|body| u16_at(body, 0)) == Some(1);
    let pcm = |float, bits, big_endian, unsigned| {
        Encoding::new(float, bits, big_endian, unsigned).map(|encoding| plain.pcm(encoding))
    };
    match &name {
        b"mp4a" => match find(b"esds") {
            Some(esds) => by_descriptor(esds, &plain),
            None => None,
        },
        b".mp3" => Some(plain.mp3()),
        b"alac" => Some(Codec::Alac(find(b"alac")?.get(4..)?)),
        b"fLaC" => Some(Codec::Flac(find(b"dfLa")?.get(8..8 + 34)?)),
        b"Opus" => OpusHead::read_mp4(find(b"dOps")?).map(Codec::Opus),
        b"sowt" => pcm(false, plain.bits, false, false),
        b"twos" => pcm(false, plain.bits, true, false),
        b"raw " => pcm(false, plain.bits, true, true),
        b"in24" => pcm(false, 24, !little, false),
        b"in32" => pcm(false, 32, !little, false),
        b"fl32" => pcm(true, 32, !little, false),
        b"fl64" => pcm(true, 64, !little, false),
        b"lpcm" => pcm(plain.float, plain.bits, plain.big_endian, false),
        b"ipcm" | b"fpcm" => {
            let &[.., flags, bits] = find(b"pcmC")?.get(..6)? else {
                return None;
            };
            pcm(name == *b"fpcm", bits.into(), flags & 1 == 0, false)
        }
        b"alaw" => Some(plain.pcm(Encoding::little(SampleFormat::ALaw))),
        b"ulaw" => Some(plain.pcm(Encoding::little(SampleFormat::MuLaw))),
        _ => None,
    }
}

/// What an entry states itself.
struct Plain {
    rate: u32,
    channels: u16,
    bits: u32,
    float: bool,
    big_endian: bool,
}

impl Plain {
    const fn pcm(&self, encoding: Encoding) -> Codec<'static> {
        Codec::Pcm {
            encoding,
            rate: self.rate,
            channels: self.channels,
        }
    }

    const fn mp3(&self) -> Codec<'static> {
        Codec::Mp3 {
            rate: self.rate,
            channels: self.channels,
        }
    }
}

fn has_boxes(bytes: &[u8]) -> bool {
    let known: [&[u8; 4]; 6] = [b"esds", b"alac", b"dfLa", b"dOps", b"pcmC", b"wave"];
    all(bytes)
        .next()
        .is_some_and(|(name, _)| known.contains(&&name))
}

/// The codec by the elementary stream descriptor.
fn by_descriptor<'a>(esds: &'a [u8], plain: &Plain) -> Option<Codec<'a>> {
    let stream = descriptor(esds.get(4..)?, 3)?;
    let flags = *stream.get(2)?;
    let mut at = 3;
    if flags & 0x80 != 0 {
        at += 2;
    }
    if flags & 0x40 != 0 {
        at += 1 + usize::from(*stream.get(at)?);
    }
    if flags & 0x20 != 0 {
        at += 2;
    }
    let config = descriptor(stream.get(at..)?, 4)?;
    match *config.first()? {
        MPEG4_AAC | MPEG2_AAC_LC => {
            let specific = config.get(13..).and_then(|rest| descriptor(rest, 5));
            let specific = specific.filter(|specific| specific.len() >= 2);
            Some(Codec::Aac(match specific {
                Some(specific) => AacConfig::Specific(specific),
                None => AacConfig::Plain {
                    rate: plain.rate,
                    channels: plain.channels,
                },
            }))
        }
        kind if MP3.contains(&kind) => Some(plain.mp3()),
        _ => None,
    }
}

/// The body of the descriptor at the start, if it has this tag.
fn descriptor(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (&found, mut rest) = bytes.split_first()?;
    let mut length = 0_usize;
    for _ in 0..4 {
        let (&byte, behind) = rest.split_first()?;
        rest = behind;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    (found == tag).then(|| &rest[..length.min(rest.len())])
}
