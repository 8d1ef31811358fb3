//! RIFF WAVE, read by ourselves: what a header may lie about is decided here.
//!
//! The sizes 0 and `0xFFFFFFFF` mean "to the end", as programs write them that do not know the
//! length yet. Every other size must be true.

use super::g711::{a_law, mu_law};
use super::intake::Intake;
use super::{Container, DecodeError};

/// What a program writes that does not know the length yet.
const UNKNOWN: [u32; 2] = [0, u32::MAX];

/// How many samples per channel are converted at once.
const BLOCK_SAMPLES: usize = 4096;

/// Decodes a file that begins with `RIFF....WAVE`.
pub(super) fn decode(bytes: &[u8], intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let (format, data) = read(bytes)?;
    intake.begin(format.rate, usize::from(format.channels))?;
    let frames = data.len() / format.frame_bytes();
    intake.expect(frames as u64, format.rate)?;
    let data = &data[..frames * format.frame_bytes()];
    let mut samples = Vec::new();
    for block in data.chunks(BLOCK_SAMPLES * format.frame_bytes()) {
        samples.clear();
        let width = format.encoding.bytes();
        samples.extend(
            block
                .chunks_exact(width)
                .map(|sample| format.encoding.sample(sample)),
        );
        intake.push(usize::from(format.channels), &samples)?;
    }
    Ok(())
}

/// Finds the format and the samples among the chunks.
fn read(bytes: &[u8]) -> Result<(Format, &[u8]), DecodeError> {
    let riff = number(bytes, 4)?;
    let end = if UNKNOWN.contains(&riff) {
        bytes.len()
    } else {
        claimed_end(riff, bytes)?
    };
    let mut format = None;
    let mut at = 12;
    while at + 8 <= end {
        let (id, size) = (&bytes[at..at + 4], number(bytes, at + 4)?);
        at += 8;
        if id == b"data" {
            let format = format.ok_or_else(|| malformed("its samples come before their format"))?;
            return Ok((format, data(bytes, at, size, end, riff, &format)?));
        }
        let body = bytes
            .get(at..at.saturating_add(size as usize))
            .ok_or_else(|| Container::Wav.truncated("a chunk claims more bytes than there are"))?;
        if id == b"fmt " {
            format = Some(Format::read(body)?);
        }
        // Chunks begin at even places.
        at += body.len() + body.len() % 2;
    }
    Err(malformed("it has no samples chunk"))
}

/// Where the RIFF header says that the file ends. The pad byte of the last chunk may be missing.
fn claimed_end(riff: u32, bytes: &[u8]) -> Result<usize, DecodeError> {
    let end = (riff as usize).saturating_add(8);
    if end > bytes.len() + 1 {
        let detail = format!(
            "its header claims {end} bytes and there are {}",
            bytes.len()
        );
        return Err(Container::Wav.truncated(detail));
    }
    Ok(end.min(bytes.len()))
}

fn data<'a>(
    bytes: &'a [u8],
    at: usize,
    size: u32,
    end: usize,
    riff: u32,
    format: &Format,
) -> Result<&'a [u8], DecodeError> {
    // A size of 0 in a file that is otherwise as long as it says is the truth.
    let unknown =
        UNKNOWN.contains(&size) && !(size == 0 && !UNKNOWN.contains(&riff) && end == bytes.len());
    if unknown {
        return Ok(&bytes[at..]);
    }
    let there = bytes.len() - at;
    if size as usize > there {
        let detail = format!("its samples claim {size} bytes and there are {there}");
        return Err(Container::Wav.truncated(detail));
    }
    if at + size as usize > end {
        return Err(malformed("its samples reach beyond the size in its header"));
    }
    if !(size as usize).is_multiple_of(format.frame_bytes()) {
        return Err(malformed(
            "the size of its samples is no whole number of samples",
        ));
    }
    Ok(&bytes[at..at + size as usize])
}

/// The `fmt ` chunk.
#[derive(Clone, Copy)]
struct Format {
    encoding: Encoding,
    channels: u16,
    rate: u32,
}

#[derive(Clone, Copy)]
enum Encoding {
    U8,
    S16,
    S24,
    S32,
    F32,
    F64,
    ALaw,
    MuLaw,
}

impl Format {
    fn read(chunk: &[u8]) -> Result<Self, DecodeError> {
        let short = || malformed("its format is too short");
        let (fixed, rest) = chunk.split_first_chunk::<16>().ok_or_else(short)?;
        let &[t0, t1, c0, c1, r0, r1, r2, r3, _, _, _, _, a0, a1, b0, b1] = fixed;
        let mut tag = u16::from_le_bytes([t0, t1]);
        if tag == 0xfffe {
            // The extensible form: size, valid bits, speakers, then a GUID that begins with the tag.
            tag = rest
                .get(8..)
                .and_then(|guid| guid.first_chunk())
                .map(|tag| u16::from_le_bytes(*tag))
                .ok_or_else(short)?;
        }
        let bits = u16::from_le_bytes([b0, b1]);
        let encoding = Encoding::new(tag, bits)?;
        let channels = u16::from_le_bytes([c0, c1]);
        let rate = u32::from_le_bytes([r0, r1, r2, r3]);
        if channels == 0 {
            return Err(malformed("it has no channels"));
        }
        if rate == 0 {
            return Err(malformed("its sample rate is 0"));
        }
        let format = Self {
            encoding,
            channels,
            rate,
        };
        if usize::from(u16::from_le_bytes([a0, a1])) != format.frame_bytes() {
            return Err(malformed(
                "its block size does not fit its channels and bits",
            ));
        }
        Ok(format)
    }

    /// Bytes of one sample of every channel.
    fn frame_bytes(&self) -> usize {
        usize::from(self.channels) * self.encoding.bytes()
    }
}

impl Encoding {
    fn new(tag: u16, bits: u16) -> Result<Self, DecodeError> {
        Ok(match (tag, bits) {
            (1, 8) => Self::U8,
            (1, 16) => Self::S16,
            (1, 24) => Self::S24,
            (1, 32) => Self::S32,
            (3, 32) => Self::F32,
            (3, 64) => Self::F64,
            (6, 8) => Self::ALaw,
            (7, 8) => Self::MuLaw,
            (1 | 3 | 6 | 7, _) => {
                return Err(malformed(format!(
                    "samples of {bits} bits do not exist in its format"
                )));
            }
            _ => return Err(Container::Wav.unsupported(format!("its codec is {tag:#06x}"))),
        })
    }

    const fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::ALaw | Self::MuLaw => 1,
            Self::S16 => 2,
            Self::S24 => 3,
            Self::S32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// One sample of as many bytes, little-endian, in −1…1.
    fn sample(self, bytes: &[u8]) -> f32 {
        let wide = || {
            bytes
                .iter()
                .rev()
                .fold(0_u64, |wide, &byte| wide << 8 | u64::from(byte))
        };
        // Integers are moved to the top of 32 bits, so that one scale fits all.
        let scaled = |shift: u32| ((wide() as u32) << shift).cast_signed() as f32 / 2_147_483_648.0;
        match self {
            Self::U8 => (f32::from(bytes[0]) - 128.0) / 128.0,
            Self::S16 => scaled(16),
            Self::S24 => scaled(8),
            Self::S32 => scaled(0),
            Self::F32 => f32::from_bits(wide() as u32),
            Self::F64 => f64::from_bits(wide()) as f32,
            Self::ALaw => a_law(bytes[0]),
            Self::MuLaw => mu_law(bytes[0]),
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Result<u32, DecodeError> {
    bytes
        .get(at..)
        .and_then(|bytes| bytes.first_chunk())
        .map(|four| u32::from_le_bytes(*four))
        .ok_or_else(|| Container::Wav.truncated("it ends within its header"))
}

fn malformed(reason: impl Into<String>) -> DecodeError {
    Container::Wav.malformed(reason)
}
