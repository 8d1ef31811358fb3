//! Whether an Ogg file is whole, page by page (RFC 3533).
//!
//! The demultiplexer goes on at the next good page after a bad one, without a word. Here every
//! page must follow the one before, have the right checksum, and be all there. A missing
//! end-of-stream flag is forgiven: recordings of live streams have none.

use std::collections::HashMap;

use super::super::{Container, DecodeError};

/// The header of a page, without its table of segments.
const HEADER_BYTES: usize = 27;

/// The generator of the checksum: CRC-32, most significant bit first, nothing inverted.
const POLYNOMIAL: u32 = 0x04c1_1db7;

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc << 1)
                ^ if crc & 0x8000_0000 == 0 {
                    0
                } else {
                    POLYNOMIAL
                };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

fn crc(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |crc, &byte| {
        (crc << 8) ^ CRC_TABLE[usize::from((crc >> 24) as u8 ^ byte)]
    })
}

/// # Errors
/// `Truncated` where the last page is not all there, `Malformed` where a page is damaged,
/// missing or followed by something else.
pub(super) fn check(mut bytes: &[u8]) -> Result<(), DecodeError> {
    let mut next = HashMap::new();
    while !bytes.is_empty() {
        let page = page(bytes)?;
        bytes = &bytes[page.len()..];
        let number = |at: usize| {
            page[at..]
                .first_chunk()
                .map_or(0, |chunk| u32::from_le_bytes(*chunk))
        };
        let (flags, serial, sequence, checksum) = (page[5], number(14), number(18), number(22));
        let sum = crc(crc(crc(0, &page[..22]), &[0; 4]), &page[26..]);
        if sum != checksum {
            return Err(Container::Ogg.malformed("the checksum of a page is wrong"));
        }
        let first = flags & 2 != 0;
        if next
            .insert(serial, sequence.wrapping_add(1))
            .is_some_and(|due| !first && due != sequence)
        {
            return Err(Container::Ogg.malformed("a page is missing"));
        }
    }
    Ok(())
}

/// The page at the start of these bytes, which are not empty.
fn page(bytes: &[u8]) -> Result<&[u8], DecodeError> {
    const CAPTURE: &[u8] = b"OggS\0";
    if !bytes.iter().zip(CAPTURE).all(|(a, b)| a == b) {
        return Err(Container::Ogg.malformed("something else stands between its pages"));
    }
    let truncated = || Container::Ogg.truncated("its last page is not all there");
    let segments = usize::from(*bytes.get(HEADER_BYTES - 1).ok_or_else(truncated)?);
    let table = bytes
        .get(HEADER_BYTES..HEADER_BYTES + segments)
        .ok_or_else(truncated)?;
    let body: usize = table.iter().map(|&length| usize::from(length)).sum();
    bytes
        .get(..HEADER_BYTES + segments + body)
        .ok_or_else(truncated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_specification() {
        // The check value of CRC-32 with this polynomial, no reflection, no inversion.
        assert_eq!(crc(0, b"123456789"), 0x89a1_897f);
    }
}
