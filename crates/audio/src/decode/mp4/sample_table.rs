//! The samples of a track that is not in fragments, by its tables (ISO/IEC 14496-12 sections
//! 8.6.1.2, 8.7.3 to 8.7.5). The tables are read where they stand, entry by entry.

use super::super::{Container, DecodeError};
use super::boxes::{child, u16_at, u32_at, u64_at};

/// One sample: a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) offset: u64,
    pub(super) bytes: u64,
    /// Media time, in units of the track.
    pub(super) time: u64,
    /// In units of the track.
    pub(super) duration: u64,
    /// Whether no other follows.
    pub(super) last: bool,
}

/// Goes through the tables of a track.
pub(super) struct SampleTable<'a> {
    sizes: Sizes<'a>,
    /// Bytes of one sample of uncompressed audio, whose chunks are taken whole.
    block: Option<u64>,
    offsets: &'a [u8],
    wide_offsets: bool,
    /// Runs of chunks with as many samples each.
    runs: &'a [u8],
    /// Runs of samples with the same duration.
    times: &'a [u8],
    left_in_time: u32,
    chunk: usize,
    left_in_chunk: u32,
    offset: u64,
    time: u64,
}

struct Sizes<'a> {
    fixed: u32,
    entries: &'a [u8],
    bits: u32,
    count: u32,
    next: u32,
}

impl<'a> SampleTable<'a> {
    /// # Errors
    /// `Malformed` where a table is missing or shorter than it states.
    pub(super) fn new(stbl: &'a [u8], block: Option<usize>) -> Result<Self, DecodeError> {
        let damaged = || Container::Mp4.malformed("its tables of samples are damaged");
        let entries = |name: &[u8; 4], size: usize| {
            let body = child(stbl, name)?;
            let count = usize::try_from(u32_at(body, 4)?).ok()?;
            body.get(8..8 + count.checked_mul(size)?)
        };
        let wide = child(stbl, b"co64").is_some();
        let offsets = if wide {
            entries(b"co64", 8)
        } else {
            entries(b"stco", 4)
        };
        Ok(Self {
            sizes: Sizes::new(stbl).ok_or_else(damaged)?,
            block: block.map(|block| block as u64),
            offsets: offsets.ok_or_else(damaged)?,
            wide_offsets: wide,
            runs: entries(b"stsc", 12).ok_or_else(damaged)?,
            times: entries(b"stts", 8).ok_or_else(damaged)?,
            left_in_time: 0,
            chunk: 0,
            left_in_chunk: 0,
            offset: 0,
            time: 0,
        })
    }

    /// How many samples have sizes and were not reached.
    pub(super) const fn left(&self) -> u32 {
        self.sizes.left()
    }

    /// The next sample; for uncompressed audio the next chunk of samples.
    pub(super) fn next(&mut self) -> Option<Sample> {
        while self.left_in_chunk == 0 {
            self.next_chunk()?;
        }
        let many = if self.block.is_some() {
            self.left_in_chunk.min(self.sizes.left())
        } else {
            1
        };
        let bytes = match self.block {
            Some(block) => {
                self.sizes.next += many;
                u64::from(many) * block
            }
            None => self.sizes.next()?,
        };
        if many == 0 {
            return None;
        }
        self.left_in_chunk -= many;
        let sample = Sample {
            offset: self.offset,
            bytes,
            time: self.time,
            duration: self.pass(many),
            last: self.sizes.left() == 0,
        };
        self.offset = self.offset.saturating_add(bytes);
        self.time = self.time.saturating_add(sample.duration);
        Some(sample)
    }

    fn next_chunk(&mut self) -> Option<()> {
        // Behind the last table entry the sizes may go on; nothing states where they are.
        self.offset = if self.wide_offsets {
            u64_at(self.offsets, self.chunk * 8)?
        } else {
            u32_at(self.offsets, self.chunk * 4)?.into()
        };
        self.chunk += 1;
        // The last run that begins at or before this chunk.
        while u32_at(self.runs, 12).is_some_and(|first| first as usize <= self.chunk) {
            self.runs = &self.runs[12..];
        }
        self.left_in_chunk = u32_at(self.runs, 4)?;
        Some(())
    }

    /// The duration of the next so many samples.
    fn pass(&mut self, mut many: u32) -> u64 {
        let mut duration = 0_u64;
        while many > 0 {
            if self.left_in_time == 0 {
                let Some(count) = u32_at(self.times, 0) else {
                    break;
                };
                self.left_in_time = count;
                if count == 0 {
                    self.times = &self.times[8..];
                    continue;
                }
            }
            let now = many.min(self.left_in_time);
            let each = u64::from(u32_at(self.times, 4).unwrap_or(0));
            duration = duration.saturating_add(each * u64::from(now));
            many -= now;
            self.left_in_time -= now;
            if self.left_in_time == 0 {
                self.times = &self.times[8..];
            }
        }
        duration
    }
}

impl<'a> Sizes<'a> {
    fn new(stbl: &'a [u8]) -> Option<Self> {
        if let Some(body) = child(stbl, b"stsz") {
            let (fixed, count) = (u32_at(body, 4)?, u32_at(body, 8)?);
            let entries = if fixed == 0 {
                body.get(12..12 + usize::try_from(count).ok()?.checked_mul(4)?)?
            } else {
                &[]
            };
            return Some(Self {
                fixed,
                entries,
                bits: 32,
                count,
                next: 0,
            });
        }
        let body = child(stbl, b"stz2")?;
        let (bits, count) = (u32::from(*body.get(7)?), u32_at(body, 8)?);
        if ![4, 8, 16].contains(&bits) {
            return None;
        }
        let bytes = (u64::from(count) * u64::from(bits)).div_ceil(8);
        Some(Self {
            fixed: 0,
            entries: body.get(12..12 + usize::try_from(bytes).ok()?)?,
            bits,
            count,
            next: 0,
        })
    }

    const fn left(&self) -> u32 {
        self.count.saturating_sub(self.next)
    }

    fn next(&mut self) -> Option<u64> {
        if self.left() == 0 {
            return None;
        }
        let at = self.next as usize;
        self.next += 1;
        if self.fixed > 0 {
            return Some(self.fixed.into());
        }
        match self.bits {
            32 => u32_at(self.entries, at * 4).map(u64::from),
            16 => u16_at(self.entries, at * 2).map(u64::from),
            8 => self.entries.get(at).copied().map(u64::from),
            _ => {
                let both = *self.entries.get(at / 2)?;
                Some(u64::from(if at.is_multiple_of(2) {
                    both >> 4
                } else {
                    both & 15
                }))
            }
        }
    }
}
