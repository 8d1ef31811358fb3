//! The compiled rules of normalization: a double array of prefixes, and what stands for each.
//!
//! Layout: the double array's size in bytes (u32, little endian), the array of u32, then texts that
//! each end with NUL. A unit of the array is as in <https://github.com/s-yata/darts-clone>.

/// Rules that replace a prefix of a text.
#[derive(Debug)]
pub(super) struct Charsmap {
    units: Vec<u32>,
    texts: Vec<u8>,
}

impl Charsmap {
    /// None where the bytes are no rules. Empty bytes are rules that replace nothing.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self {
                units: Vec::new(),
                texts: Vec::new(),
            });
        }
        let (size, rest) = bytes.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
        let (units, texts) = rest.split_at_checked(size)?;
        let (units, odd) = units.as_chunks::<4>();
        let ended = texts.last().is_none_or(|&last| last == 0);
        if !odd.is_empty() || units.is_empty() || !ended || std::str::from_utf8(texts).is_err() {
            return None;
        }
        Some(Self {
            units: units.iter().map(|unit| u32::from_le_bytes(*unit)).collect(),
            texts: texts.to_vec(),
        })
    }

    /// The length in bytes of the longest prefix of `text` with a rule, and what stands for it.
    pub(super) fn match_prefix(&self, text: &str) -> Option<(usize, &str)> {
        let mut found = None;
        let mut place = offset(*self.units.first()?);
        for (read, byte) in text.bytes().enumerate() {
            // The array leads outside itself only where it is damaged: no rule then.
            place ^= usize::from(byte);
            let Some(&unit) = self.units.get(place) else {
                break;
            };
            if unit & (1 << 31 | 0xff) != u32::from(byte) {
                break;
            }
            place ^= offset(unit);
            if unit >> 8 & 1 == 1 {
                let Some(&leaf) = self.units.get(place) else {
                    break;
                };
                found = Some((read + 1, leaf & !(1 << 31)));
            }
        }
        let (length, start) = found?;
        let rest = self.texts.get(usize::try_from(start).ok()?..)?;
        let end = rest.iter().position(|&byte| byte == 0)?;
        let inner = text.is_char_boundary(length);
        let text = std::str::from_utf8(&rest[..end]).ok().filter(|_| inner)?;
        Some((length, text))
    }
}

const fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & (1 << 9)) >> 6)) as usize
}
