//! FLAC in its own container (RFC 9639): metadata blocks, then frames.
//!
//! A frame does not state how long it is: it ends where the checksum over it is right and another
//! frame begins, or the file ends.

use super::codec::{Codec, Decoder};
use super::sample_sink::SampleSink;
use super::{Container, DecodeError};

const CONTAINER: Container = Container::Flac;

/// The stream information block, without its header.
const STREAM_INFO_BYTES: usize = 34;

/// The shortest frame: header with checksum, one constant subframe, checksum.
const MIN_FRAME_BYTES: usize = 10;

/// Decodes a file that begins with `fLaC`, and others of its kind that follow it.
pub(super) fn decode(bytes: &[u8], sink: &mut SampleSink<'_>) -> Result<(), DecodeError> {
    let mut left = bytes;
    while let Some(stream) = left.strip_prefix(b"fLaC") {
        left = one(stream, sink)?;
    }
    Ok(())
}

/// Decodes one stream and returns what follows it.
fn one<'a>(bytes: &'a [u8], sink: &mut SampleSink<'_>) -> Result<&'a [u8], DecodeError> {
    let (info, mut left) = metadata(bytes)?;
    let codec = Codec::Flac(info);
    let Some((rate, channels)) = codec.shape() else {
        return Err(CONTAINER.malformed("it does not say what it holds"));
    };
    sink.begin(rate, channels)?;
    // 36 bits; 0 means unknown.
    let promised = info[13..18].iter().fold(0, |n, &b| n << 8 | u64::from(b)) & 0xf_ffff_ffff;
    sink.expect(promised, rate)?;
    let mut decoder = Decoder::new(CONTAINER, &codec)?;
    let max_block = u64::from(info[2]) << 8 | u64::from(info[3]);
    let mut decoded = 0_u64;
    while !is_end(left) {
        let Some(end) = frame_end(left) else {
            // Damage is an error; the last frame may be cut.
            if header_at(left).is_none() || frame_follows(left) {
                return Err(CONTAINER.malformed("a frame is damaged"));
            }
            if promised > decoded + max_block {
                return Err(
                    CONTAINER.truncated(format!("of {promised} samples only {decoded} are there"))
                );
            }
            sink.cut("its last frame");
            return Ok(&[]);
        };
        let sound = decoder.decode(&left[..end])?;
        decoded += (sound.samples.len() / sound.channels.max(1)) as u64;
        sink.begin(sound.rate, sound.channels)?;
        sink.push(sound.channels, sound.samples)?;
        left = &left[end..];
    }
    if promised > decoded {
        return Err(CONTAINER.truncated(format!("of {promised} samples only {decoded} are there")));
    }
    if decoder.checksum_is_wrong() {
        return Err(CONTAINER.malformed("the checksum of its samples is wrong"));
    }
    Ok(left)
}

/// The stream information, and what follows the metadata blocks. Pictures and comments are passed
/// over where they stand.
fn metadata(mut bytes: &[u8]) -> Result<(&[u8], &[u8]), DecodeError> {
    let mut info = None;
    loop {
        let truncated = || CONTAINER.truncated("it ends within its metadata");
        let (&[kind, a, b, c], rest) = bytes.split_first_chunk::<4>().ok_or_else(truncated)?;
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        let (block, rest) = rest.split_at_checked(length).ok_or_else(truncated)?;
        match (kind & 0x7f, info) {
            (0, None) => {
                info = block.get(..STREAM_INFO_BYTES);
            }
            (0x7f, _) => return Err(CONTAINER.malformed("a metadata block has no kind")),
            _ => {}
        }
        bytes = rest;
        if kind & 0x80 != 0 {
            let info = info.ok_or_else(|| CONTAINER.malformed("its stream information is missing"));
            return Ok((info?, bytes));
        }
    }
}

/// Whether the frames end here: with the file, an `ID3v1` tag, zeroes, or another file.
fn is_end(bytes: &[u8]) -> bool {
    bytes.is_empty()
        || bytes.starts_with(b"fLaC")
        || bytes.len() == 128 && bytes.starts_with(b"TAG")
        || bytes[0] == 0 && bytes.iter().all(|&byte| byte == 0)
}

/// Where the frame at the start ends.
fn frame_end(bytes: &[u8]) -> Option<usize> {
    header_at(bytes)?;
    let mut sum = 0_u16;
    for (at, &byte) in bytes.iter().enumerate() {
        sum = next_sum(sum, byte);
        let end = at + 1;
        // The checksum of a frame with its own checksum behind it is 0.
        if sum == 0 && end >= MIN_FRAME_BYTES {
            let behind = &bytes[end..];
            if is_end(behind) || header_at(behind).is_some() {
                return Some(end);
            }
        }
    }
    None
}

/// Whether another frame begins somewhere behind the one at the start.
fn frame_follows(bytes: &[u8]) -> bool {
    (MIN_FRAME_BYTES..bytes.len()).any(|at| bytes[at] == 0xff && header_at(&bytes[at..]).is_some())
}

/// The length of the frame header at the start, where there is one with the right checksum
/// (section 9.1).
fn header_at(bytes: &[u8]) -> Option<usize> {
    let &[0xff, second, third, fourth, number, ..] = bytes else {
        return None;
    };
    if second & 0xfe != 0xf8 || fourth & 1 != 0 || third & 15 == 15 || third >> 4 == 0 {
        return None;
    }
    let number_bytes = match number.leading_ones() {
        0 => 1,
        ones @ 2..=7 => ones as usize,
        _ => return None,
    };
    let block_bytes = match third >> 4 {
        6 => 1,
        7 => 2,
        _ => 0,
    };
    let rate_bytes = match third & 15 {
        12 => 1,
        13 | 14 => 2,
        _ => 0,
    };
    let length = 4 + number_bytes + block_bytes + rate_bytes;
    let sum = bytes.get(..length)?.iter().fold(0_u8, |sum, byte| {
        (0..8).fold(sum ^ byte, |sum, _| {
            sum << 1 ^ if sum & 0x80 == 0 { 0 } else { 7 }
        })
    });
    (sum == *bytes.get(length)?).then_some(length + 1)
}

/// The checksum over a frame with its own checksum: 0 where nothing changed.
pub(super) fn checksum(frame: &[u8]) -> u16 {
    frame.iter().fold(0, |sum, &byte| next_sum(sum, byte))
}

const fn next_sum(sum: u16, byte: u8) -> u16 {
    sum << 8 ^ CRC_16[((sum >> 8) as u8 ^ byte) as usize]
}

/// CRC-16 with the generator 0x8005, most significant bit first.
const CRC_16: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = crc << 1 ^ if crc & 0x8000 == 0 { 0 } else { 0x8005 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};
