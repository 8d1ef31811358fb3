//! RIFF WAVE, read by ourselves: what a header may lie about is decided here.
//!
//! The size of the samples counts, and that of the whole file does not. Programs that do not have
//! the length yet write 0, or as much as fits (near 2 or 4 GiB): "to the end". From a pipe, any size
//! beyond the end means that. Every other size must be true, but for a last sample that is cut.

use super::codec::pcm::{Encoding, SampleFormat};
use super::codec::{Codec, Decoder};
use super::sample_sink::SampleSink;
use super::{Container, DecodeError};
use crate::{Clip, SampleRate};

const CONTAINER: Container = Container::Wav;

/// The smallest size that recorders write before the length is known: 2 GiB less a header
/// and a buffer.
const MIN_UNKNOWN_BYTES: u64 = 0x7fff_0000;

/// A size from here on, of which not a quarter is there, was no honest one either: 1 GiB.
const MIN_UNLIKELY_BYTES: u64 = 1 << 30;

/// Decodes a file that begins with `RIFF....WAVE`, and others that follow it.
pub(super) fn decode(bytes: &[u8], sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
    let mut left = bytes;
    loop {
        let wav = read(left, sink.options().piped)?;
        samples(&wav.format, wav.data, sink)?;
        match wav.behind {
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
            ] => left = wav.behind,
            _ => return Ok(()),
        }
    }
}

/// Decodes a WAV of one channel and 16 bits whose header is true: its samples end with the file or
/// before another chunk. There may be none.
///
/// # Errors
/// [`DecodeError`] of a file in another form, or one that is truncated.
pub fn decode_mono_wav(bytes: &[u8]) -> Result<Clip, DecodeError> {
    let begins = |at: usize, id: &[u8]| bytes.get(at..at + 4) == Some(id);
    if !(begins(0, b"RIFF") && begins(8, b"WAVE")) {
        return Err(malformed("it does not begin with RIFF and WAVE"));
    }
    let Wav {
        format,
        data,
        claimed,
        ..
    } = read(bytes, false)?;
    if (format.channels, format.encoding) != (1, Encoding::little(SampleFormat::S16)) {
        return Err(CONTAINER.unsupported("it must have one channel and 16 bits"));
    }
    if claimed != data.len() as u64 || data.len() % 2 != 0 {
        return Err(CONTAINER.truncated("its samples are not as many as its header counts"));
    }
    let rate = SampleRate::new(format.rate).map_err(|error| malformed(error.to_string()))?;
    let values = data.as_chunks().0.iter().copied().map(i16::from_le_bytes);
    let samples = values.map(crate::from_i16);
    Ok(Clip::new(rate, samples.collect()))
}

fn samples(format: &WavFormat, data: &[u8], sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
    sink.begin(format.rate, usize::from(format.channels))?;
    let frames = data.len() / format.frame_bytes();
    if frames * format.frame_bytes() < data.len() {
        sink.cut("its last sample");
    }
    sink.expect(frames as u64, format.rate)?;
    let codec = Codec::Pcm {
        encoding: format.encoding,
        rate: format.rate,
        channels: format.channels,
    };
    let mut decoder = Decoder::new(CONTAINER, &codec)?;
    for block in data.chunks(decoder.max_packet_bytes()) {
        let sound = decoder.decode(block)?;
        sink.push(sound.channels, sound.samples)?;
    }
    Ok(())
}

/// Finds the format and the samples among the chunks, and what follows the samples.
fn read(bytes: &[u8], piped: bool) -> Result<Wav<'_>, DecodeError> {
    let mut format = None;
    // The size of the samples where it takes more than 32 bits.
    let mut wide_size = None;
    let mut at = 12;
    while at + 8 <= bytes.len() {
        let (id, size) = (&bytes[at..at + 4], number(bytes, at + 4)?);
        at += 8;
        if id == b"data" {
            let format = format.ok_or_else(|| malformed("its samples come before their format"))?;
            let size = match wide_size {
                Some(wide) if size == u32::MAX => wide,
                _ => u64::from(size),
            };
            let length = data_bytes(bytes, at, size, &format, piped)?;
            let (data, behind) = bytes[at..].split_at(length);
            let pad = length % 2;
            return Ok(Wav {
                format,
                data,
                claimed: size,
                behind: behind.get(pad..).unwrap_or_default(),
            });
        }
        let body = bytes
            .get(at..at.saturating_add(size as usize))
            .ok_or_else(|| CONTAINER.truncated("a chunk claims more bytes than there are"))?;
        match id {
            b"fmt " => format = Some(WavFormat::read(body)?),
            b"ds64" => {
                let size = body.get(8..).and_then(|body| body.first_chunk());
                wide_size = size.map(|size| u64::from_le_bytes(*size));
            }
            _ => {}
        }
        // Chunks begin at even places.
        at += body.len() + body.len() % 2;
    }
    let cut_in_head = format.is_some() && at > bytes.len().saturating_sub(8) && bytes.len() > at;
    Err(if cut_in_head || claimed_end(bytes)? > bytes.len() + 1 {
        CONTAINER.truncated("it ends within its header")
    } else {
        malformed("it has no samples chunk")
    })
}

/// Where the RIFF header states that the file ends.
fn claimed_end(bytes: &[u8]) -> Result<usize, DecodeError> {
    Ok((number(bytes, 4)? as usize).saturating_add(8))
}

/// How many bytes of samples there are from `at` on, where the header states `size`.
fn data_bytes(
    bytes: &[u8],
    at: usize,
    size: u64,
    format: &WavFormat,
    piped: bool,
) -> Result<usize, DecodeError> {
    let there = bytes.len() - at;
    if size == 0 {
        // In a file of the stated length it is true.
        let end = claimed_end(bytes)?;
        let true_end = end == bytes.len() || end == bytes.len() + 1;
        return Ok(if true_end { 0 } else { there });
    }
    let Some(missing) = size
        .checked_sub(there as u64)
        .filter(|missing| *missing > 0)
    else {
        return Ok(size as usize);
    };
    let unlikely = size >= MIN_UNLIKELY_BYTES && there as u64 <= size / 4;
    let last_sample_cut = missing < format.frame_bytes() as u64;
    if size >= MIN_UNKNOWN_BYTES || unlikely || piped || last_sample_cut {
        return Ok(there);
    }
    Err(CONTAINER.truncated(format!(
        "its samples claim {size} bytes and there are {there}"
    )))
}

/// The parts of a file.
struct Wav<'a> {
    format: WavFormat,
    data: &'a [u8],
    /// The size of the samples by the header.
    claimed: u64,
    /// What follows the samples.
    behind: &'a [u8],
}

/// The `fmt ` chunk.
#[derive(Clone, Copy)]
struct WavFormat {
    encoding: Encoding,
    channels: u16,
    rate: u32,
}

impl WavFormat {
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
        let encoding = encoding(tag, bits)?;
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

fn encoding(tag: u16, bits: u16) -> Result<Encoding, DecodeError> {
    let none = || malformed(format!("samples of {bits} bits do not exist in its format"));
    match (tag, bits) {
        (1 | 3, _) => Encoding::new(tag == 3, bits.into(), false, true).ok_or_else(none),
        (6, 8) => Ok(Encoding::little(SampleFormat::ALaw)),
        (7, 8) => Ok(Encoding::little(SampleFormat::MuLaw)),
        (6 | 7, _) => Err(none()),
        _ => Err(CONTAINER.unsupported(format!("its codec is {tag:#06x}"))),
    }
}

fn number(bytes: &[u8], at: usize) -> Result<u32, DecodeError> {
    bytes
        .get(at..)
        .and_then(|bytes| bytes.first_chunk())
        .map(|four| u32::from_le_bytes(*four))
        .ok_or_else(|| CONTAINER.truncated("it ends within its header"))
}

fn malformed(reason: impl Into<String>) -> DecodeError {
    CONTAINER.malformed(reason)
}
