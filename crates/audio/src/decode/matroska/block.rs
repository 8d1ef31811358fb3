//! Blocks: packets of one track with one time (RFC 9559 section 10).

use super::element::number;

/// A block.
pub(super) struct Block<'a> {
    pub(super) track: u64,
    /// Relative to its cluster, in units of the segment.
    pub(super) time: i16,
    lacing: u8,
    body: &'a [u8],
}

impl<'a> Block<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (track, width) = number(bytes)?;
        let (&[a, b, flags], body) = bytes.get(width..)?.split_first_chunk::<3>()?;
        Some(Self {
            track: track & ((1_u64 << (7 * width)) - 1),
            time: i16::from_be_bytes([a, b]),
            lacing: flags >> 1 & 3,
            body,
        })
    }

    /// Its packets, at most 256; none where their sizes contradict the block's.
    pub(super) fn packets(&self) -> Option<Vec<&'a [u8]>> {
        if self.lacing == 0 {
            return Some(vec![self.body]);
        }
        let (&count, mut rest) = self.body.split_first()?;
        let count = usize::from(count) + 1;
        let mut sizes = Vec::with_capacity(count);
        match self.lacing {
            1 => {
                while sizes.len() + 1 < count {
                    let end = rest.iter().position(|&byte| byte < 255)?;
                    sizes.push(rest[..=end].iter().map(|&byte| usize::from(byte)).sum());
                    rest = &rest[end + 1..];
                }
            }
            2 => sizes.resize(count - 1, rest.len() / count),
            _ => {
                let mut size = 0_i64;
                while sizes.len() + 1 < count {
                    let (coded, width) = number(rest)?;
                    rest = &rest[width..];
                    let value = (coded & ((1 << (7 * width)) - 1)).cast_signed();
                    // The first is a size, the others are differences around the middle.
                    size = if sizes.is_empty() {
                        value
                    } else {
                        size.checked_add(value - ((1 << (7 * width - 1)) - 1))?
                    };
                    sizes.push(usize::try_from(size).ok()?);
                }
            }
        }
        if self.lacing == 2 && !rest.len().is_multiple_of(count) {
            return None;
        }
        let mut packets = Vec::with_capacity(count);
        for size in sizes {
            let (packet, behind) = rest.split_at_checked(size)?;
            packets.push(packet);
            rest = behind;
        }
        packets.push(rest);
        Some(packets)
    }
}
