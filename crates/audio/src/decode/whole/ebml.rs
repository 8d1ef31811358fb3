//! WebM and Matroska: the chain of elements (RFC 8794, RFC 9559).

use super::super::{Container, DecodeError};

/// The element that holds all others but the first.
const SEGMENT: u64 = 0x1853_8067;

/// The most bytes that an identifier and a size take.
const MAX_HEAD_BYTES: usize = 4 + 8;

/// Elements are followed by elements, except that the segment, and whatever has no known size
/// (a recording that was streamed), are entered.
pub(super) fn check(mut bytes: &[u8]) -> Result<(), DecodeError> {
    while let Some((id, size, head)) = element(bytes) {
        let there = bytes.len() - head;
        let size = size.unwrap_or(0);
        if size > there as u64 {
            let detail = format!("an element claims {size} bytes and there are {there}");
            return Err(Container::Webm.truncated(detail));
        }
        bytes = &bytes[if id == SEGMENT {
            head
        } else {
            head + size as usize
        }..];
    }
    if (1..MAX_HEAD_BYTES).contains(&bytes.len()) && bytes[0] != 0 {
        return Err(Container::Webm.truncated("its last element is not all there"));
    }
    Ok(())
}

/// The identifier, the size where it is known, and how many bytes both take.
fn element(bytes: &[u8]) -> Option<(u64, Option<u64>, usize)> {
    let (id, id_bytes) = number(bytes).filter(|(_, bytes)| *bytes <= 4)?;
    let (size, size_bytes) = number(bytes.get(id_bytes..)?)?;
    // The leading bit that tells the width belongs to the identifier but not to the size.
    let mask = (1_u64 << (7 * size_bytes)) - 1;
    let size = (size & mask != mask).then_some(size & mask);
    Some((id, size, id_bytes + size_bytes))
}

/// A number of 1 to 8 bytes with the bit that tells its width, and that width.
fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let width = bytes.first()?.leading_zeros() as usize + 1;
    let digits = bytes.get(..width).filter(|_| width <= 8)?;
    Some((
        digits
            .iter()
            .fold(0, |number, &byte| number << 8 | u64::from(byte)),
        width,
    ))
}
