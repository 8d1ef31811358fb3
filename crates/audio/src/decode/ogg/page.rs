//! Pages of Ogg (RFC 3533).

/// The header of a page, without its table of segments.
const HEADER_BYTES: usize = 27;

/// The most bytes that a page has.
pub(in crate::decode) const MAX_PAGE_BYTES: usize = HEADER_BYTES + 255 + 255 * 255;

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

/// One page, all there and with the right checksum.
#[derive(Clone, Copy)]
pub(in crate::decode) struct Page<'a> {
    /// All of it.
    pub(in crate::decode) bytes: &'a [u8],
    /// The lengths of its segments.
    table: &'a [u8],
    body: &'a [u8],
}

/// Why there is no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::decode) enum NoPage {
    /// The bytes end within it.
    Cut,
    /// Something else begins here.
    Other,
    /// Its checksum is wrong.
    Checksum,
}

impl<'a> Page<'a> {
    /// The page at the start of these bytes, which are not empty.
    pub(in crate::decode) fn read(bytes: &'a [u8]) -> Result<Self, NoPage> {
        const CAPTURE: &[u8] = b"OggS\0";
        if !bytes.iter().zip(CAPTURE).all(|(a, b)| a == b) {
            return Err(NoPage::Other);
        }
        let segments = usize::from(*bytes.get(HEADER_BYTES - 1).ok_or(NoPage::Cut)?);
        let head = HEADER_BYTES + segments;
        let table = bytes.get(HEADER_BYTES..head).ok_or(NoPage::Cut)?;
        let length: usize = table.iter().map(|&length| usize::from(length)).sum();
        let body = bytes.get(head..head + length).ok_or(NoPage::Cut)?;
        let page = Self {
            bytes: &bytes[..head + length],
            table,
            body,
        };
        let sum = crc(crc(crc(0, &page.bytes[..22]), &[0; 4]), &page.bytes[26..]);
        if sum == page.number(22) {
            Ok(page)
        } else {
            Err(NoPage::Checksum)
        }
    }

    /// Whether its first packet began on an earlier page.
    pub(in crate::decode) const fn continued(&self) -> bool {
        self.bytes[5] & 1 != 0
    }

    /// Whether it is the first one of its stream.
    pub(in crate::decode) const fn first(&self) -> bool {
        self.bytes[5] & 2 != 0
    }

    /// Whether it is the last one of its stream.
    pub(in crate::decode) const fn last(&self) -> bool {
        self.bytes[5] & 4 != 0
    }

    /// Where the last packet that ends on it ends; none where no packet does.
    pub(in crate::decode) fn granule(&self) -> Option<u64> {
        let low = u64::from(self.number(6));
        let all = u64::from(self.number(10)) << 32 | low;
        (all != u64::MAX).then_some(all)
    }

    /// Which stream it is of.
    pub(in crate::decode) fn serial(&self) -> u32 {
        self.number(14)
    }

    /// Its number within its stream.
    pub(in crate::decode) fn sequence(&self) -> u32 {
        self.number(18)
    }

    /// The parts of packets on it, in order, and whether the packet ends with the part.
    pub(in crate::decode) fn packet_parts(
        &self,
    ) -> impl Iterator<Item = (&'a [u8], bool)> + use<'a> {
        let (mut table, mut body) = (self.table, self.body);
        std::iter::from_fn(move || {
            if table.is_empty() {
                return None;
            }
            let end = table.iter().position(|&length| length < 255);
            let segments = end.map_or(table.len(), |at| at + 1);
            let length = table[..segments].iter().map(|&l| usize::from(l)).sum();
            let (part, rest) = body.split_at(length);
            (table, body) = (&table[segments..], rest);
            Some((part, end.is_some()))
        })
    }

    fn number(&self, at: usize) -> u32 {
        let four = self.bytes[at..].first_chunk();
        four.map_or(0, |four| u32::from_le_bytes(*four))
    }
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
