//! Reads numbers and strings from untrusted bytes, and never past their end.

use std::ops::Range;

/// What is wrong with a file, as the end of a sentence that begins with its name.
pub(super) type Reason = String;

/// A place in the bytes of a file.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// Bytes behind the cursor.
    pub(super) const fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// The place of the next bytes, which are skipped.
    pub(super) fn skip(&mut self, count: usize) -> Result<Range<usize>, Reason> {
        let end = self.at.checked_add(count);
        let end = end.filter(|end| *end <= self.bytes.len()).ok_or_else(|| {
            format!(
                "ends within its header, after {} bytes; download it again",
                self.bytes.len()
            )
        })?;
        let range = self.at..end;
        self.at = end;
        Ok(range)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Reason> {
        let range = self.skip(N)?;
        let bytes = self.bytes.get(range).unwrap_or_default();
        bytes
            .try_into()
            .map_err(|_| "ends within its header".into())
    }

    pub(super) fn u8(&mut self) -> Result<u8, Reason> {
        Ok(u8::from_le_bytes(self.take()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16, Reason> {
        Ok(u16::from_le_bytes(self.take()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Reason> {
        Ok(u32::from_le_bytes(self.take()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, Reason> {
        Ok(u64::from_le_bytes(self.take()?))
    }

    /// A count or size, at most `max`.
    pub(super) fn count(&mut self, what: &str, max: usize) -> Result<usize, Reason> {
        let count = self.u64()?;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= max)
            .ok_or_else(|| format!("states {count} {what}; at most {max} are read"))
    }

    /// The place of a string of at most `max` bytes, which is skipped.
    pub(super) fn string(&mut self, max: usize) -> Result<Range<usize>, Reason> {
        let length = self.count("bytes of a string", max)?;
        self.skip(length)
    }

    /// A name: a string that is read.
    pub(super) fn name(&mut self, max: usize) -> Result<&'a str, Reason> {
        let range = self.string(max)?;
        let bytes = self.bytes.get(range).unwrap_or_default();
        str::from_utf8(bytes).map_err(|_| "has a name that is not UTF-8".into())
    }
}
