//! The samples of a track in fragments (ISO/IEC 14496-12 section 8.8).

use super::super::{Container, DecodeError};
use super::Outcome;
use super::boxes::{all, child, u32_at, u64_at, version};
use super::sample_table::Sample;

/// What samples are where their fragment does not state.
#[derive(Clone, Copy, Default)]
pub(super) struct Defaults {
    duration: u32,
    bytes: u32,
}

impl Defaults {
    /// Of a track, by the `mvex` box.
    pub(super) fn read(moov: &[u8], track: u32) -> Self {
        let boxes = child(moov, b"mvex").unwrap_or_default();
        all(boxes)
            .filter(|(name, body)| name == b"trex" && u32_at(body, 4) == Some(track))
            .find_map(|(_, body)| {
                Some(Self {
                    duration: u32_at(body, 12)?,
                    bytes: u32_at(body, 16)?,
                })
            })
            .unwrap_or_default()
    }
}

/// When the first fragment of a track in this `moof` begins, in units of the track.
pub(super) fn decode_time(moof: &[u8], track: u32) -> Option<u64> {
    track_fragments(moof, track).find_map(begin)
}

fn begin(traf: &[u8]) -> Option<u64> {
    let tfdt = child(traf, b"tfdt")?;
    if version(tfdt)?.0 == 1 {
        u64_at(tfdt, 4)
    } else {
        u32_at(tfdt, 4).map(u64::from)
    }
}

fn track_fragments(moof: &[u8], track: u32) -> impl Iterator<Item = &[u8]> {
    all(moof).filter_map(move |(name, traf)| {
        let tfhd = child(traf, b"tfhd").filter(|_| name == *b"traf")?;
        (u32_at(tfhd, 4) == Some(track)).then_some(traf)
    })
}

/// Hands over the samples of a track in the `moof` box that begins at `moof_at` in the file, until
/// one is missing. `time` is where the track is, in its units.
///
/// # Errors
/// `Malformed` where a run claims samples without size, or more entries than are there; and what
/// `take` states.
pub(super) fn samples(
    moof: &[u8],
    moof_at: u64,
    track: u32,
    defaults: Defaults,
    time: &mut u64,
    take: &mut dyn FnMut(Sample) -> Result<Outcome, DecodeError>,
) -> Result<Outcome, DecodeError> {
    for traf in track_fragments(moof, track) {
        let damaged = || Container::Mp4.malformed("a fragment is damaged");
        let header = FragmentHeader::read(traf, moof_at, defaults).ok_or_else(damaged)?;
        if let Some(begin) = begin(traf) {
            *time = begin;
        }
        let mut offset = header.base;
        for (_, run) in all(traf).filter(|(name, _)| name == b"trun") {
            let run = Run::read(run, &header, offset).ok_or_else(damaged)?;
            let Some(end) = run.walk(&header, time, take)? else {
                return Ok(Outcome::Missing);
            };
            offset = end;
        }
    }
    Ok(Outcome::Taken)
}

/// The `tfhd` box.
struct FragmentHeader {
    base: u64,
    defaults: Defaults,
}

impl FragmentHeader {
    fn read(traf: &[u8], moof_at: u64, mut defaults: Defaults) -> Option<Self> {
        let body = child(traf, b"tfhd")?;
        let (_, flags) = version(body)?;
        let (mut at, mut base) = (8, moof_at);
        if flags & 0x01 != 0 {
            base = u64_at(body, at)?;
            at += 8;
        }
        if flags & 0x02 != 0 {
            at += 4;
        }
        if flags & 0x08 != 0 {
            defaults.duration = u32_at(body, at)?;
            at += 4;
        }
        if flags & 0x10 != 0 {
            defaults.bytes = u32_at(body, at)?;
        }
        Some(Self { base, defaults })
    }
}

/// A `trun` box.
struct Run<'a> {
    flags: u32,
    count: u32,
    offset: u64,
    entries: &'a [u8],
    entry_bytes: usize,
}

impl<'a> Run<'a> {
    fn read(body: &'a [u8], header: &FragmentHeader, offset: u64) -> Option<Self> {
        let (_, flags) = version(body)?;
        let count = u32_at(body, 4)?;
        let (mut at, mut offset) = (8, offset);
        if flags & 0x01 != 0 {
            let relative = i64::from(u32_at(body, at)?.cast_signed());
            offset = header.base.checked_add_signed(relative)?;
            at += 4;
        }
        if flags & 0x04 != 0 {
            at += 4;
        }
        let fields = [0x100, 0x200, 0x400, 0x800];
        let entry_bytes = 4 * fields.iter().filter(|field| flags & **field != 0).count();
        let entries = body.get(at..)?;
        let entries = entries.get(..usize::try_from(count).ok()?.checked_mul(entry_bytes)?)?;
        // A count without entries could be any number.
        let sized = flags & 0x200 != 0 || header.defaults.bytes > 0;
        (sized || count == 0).then_some(Self {
            flags,
            count,
            offset,
            entries,
            entry_bytes,
        })
    }

    /// Where its samples end in the file; none where one is not there.
    fn walk(
        &self,
        header: &FragmentHeader,
        time: &mut u64,
        take: &mut dyn FnMut(Sample) -> Result<Outcome, DecodeError>,
    ) -> Result<Option<u64>, DecodeError> {
        let mut offset = self.offset;
        for index in 0..self.count {
            let mut at = index as usize * self.entry_bytes;
            let mut field = |present: u32, default: u32| {
                if self.flags & present == 0 {
                    return default;
                }
                at += 4;
                u32_at(self.entries, at - 4).unwrap_or(default)
            };
            let duration = field(0x100, header.defaults.duration);
            let bytes = field(0x200, header.defaults.bytes);
            let sample = Sample {
                offset,
                bytes: bytes.into(),
                time: *time,
                duration: duration.into(),
                last: false,
            };
            if take(sample)?.is_missing() {
                return Ok(None);
            }
            offset = offset.saturating_add(bytes.into());
            *time = time.saturating_add(duration.into());
        }
        Ok(Some(offset))
    }
}
