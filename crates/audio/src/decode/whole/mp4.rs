//! MP4: the boxes of the outermost level, and how much work the tables inside make
//! (ISO/IEC 14496-12 sections 4.2, 8.6.1.2, 8.7.3, 8.8.8).

use super::super::{Container, DecodeError};

/// The boxes without which there is no sound. What else stands at the end may be anything.
const NEEDED: [&[u8; 4]; 3] = [b"moov", b"moof", b"mdat"];

/// How many entries of tables may be looked at in all. For every sample the demultiplexing
/// library goes through its table of times from the start, and it believes every count: a file
/// of a kilobyte could keep it busy for minutes, one of 25 MB for days. Honest sound stays far
/// below; at worst this many steps take seconds.
const MAX_STEPS: u64 = 4_000_000_000;

/// Set in a `trun` box where every sample has a time of its own.
const DURATIONS_PRESENT: u32 = 0x100;

pub(super) fn check(mut bytes: &[u8]) -> Result<(), DecodeError> {
    let (file_bytes, mut work) = (bytes.len() as u64, Work::default());
    while let Some((size, head, name)) = header(bytes) {
        let Some((whole, rest)) = split(bytes, size) else {
            if NEEDED.contains(&name) {
                let name = String::from_utf8_lossy(name);
                return Err(Container::Mp4.truncated(format!("its {name} box is not all there")));
            }
            break;
        };
        match name {
            b"moov" => children(&whole[head..], b"trak").for_each(|track| work.add_track(track)),
            b"moof" => children(&whole[head..], b"traf").for_each(|part| work.add_fragment(part)),
            _ => {}
        }
        if work.samples > file_bytes {
            return Err(Container::Mp4.malformed("its tables claim more samples than it has bytes"));
        }
        if work.steps > MAX_STEPS {
            return Err(Container::Mp4.unsupported("its tables are too long to follow"));
        }
        bytes = rest;
    }
    Ok(())
}

/// What the tables claim.
#[derive(Default)]
struct Work {
    samples: u64,
    steps: u64,
}

impl Work {
    fn add(&mut self, samples: u64, steps: u64) {
        self.samples = self.samples.saturating_add(samples);
        self.steps = self.steps.saturating_add(steps);
    }

    /// A track with one table for all its samples: samples times entries.
    fn add_track(&mut self, track: &[u8]) {
        let tables = children(track, b"mdia")
            .flat_map(|media| children(media, b"minf"))
            .flat_map(|information| children(information, b"stbl"));
        for table in tables {
            let times: u64 = children(table, b"stts").map(|times| number(times, 4)).sum();
            let samples: u64 = children(table, b"stsz").map(|sizes| number(sizes, 8)).sum();
            self.add(samples, samples.saturating_mul(times));
        }
    }

    /// One track's part of a fragment: its runs are gone through for every sample, and their
    /// entries as well where every sample has a time of its own.
    fn add_fragment(&mut self, fragment: &[u8]) {
        let (mut runs, mut samples, mut steps) = (0_u64, 0_u64, 0_u64);
        for run in children(fragment, b"trun") {
            let count = number(run, 4);
            runs += 1;
            samples += count;
            if number(run, 0) as u32 & DURATIONS_PRESENT != 0 {
                steps = steps.saturating_add(count.saturating_mul(count));
            }
        }
        self.add(samples, samples.saturating_mul(runs).saturating_add(steps));
    }
}

/// The bodies of all boxes of this name that stand side by side in `bytes`.
fn children<'a>(mut bytes: &'a [u8], wanted: &'static [u8; 4]) -> impl Iterator<Item = &'a [u8]> {
    std::iter::from_fn(move || {
        let (size, head, name) = header(bytes)?;
        let (whole, rest) = split(bytes, size)?;
        bytes = rest;
        Some((name, &whole[head..]))
    })
    .filter_map(move |(name, body)| (name == wanted).then_some(body))
}

/// Size of the whole box, size of its header, and name, where a box with a possible size begins
/// here. A size of 0 means "to the end".
fn header(bytes: &[u8]) -> Option<(u64, usize, &[u8; 4])> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (name, rest) = rest.split_first_chunk::<4>()?;
    let (size, head) = match u32::from_be_bytes(*size) {
        0 => (bytes.len() as u64, 8),
        1 => (u64::from_be_bytes(*rest.first_chunk()?), 16),
        size => (u64::from(size), 8),
    };
    (size >= head as u64).then_some((size, head, name))
}

fn split(bytes: &[u8], size: u64) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(usize::try_from(size).ok()?)
}

/// Four bytes, most significant first; 0 where there are fewer.
fn number(bytes: &[u8], at: usize) -> u64 {
    let four = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
    four.map_or(0, |four| u64::from(u32::from_be_bytes(*four)))
}
