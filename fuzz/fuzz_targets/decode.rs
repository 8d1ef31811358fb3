//! Any bytes, as a file: an error or finite audio within the limits, and never more memory than the
//! samples, the file and 64 MB.
#![no_main]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use mynah_audio::{DECODE_WORKING_BYTES, DecodeLimits, SampleRate, decode};

const LIMITS: DecodeLimits = DecodeLimits {
    max_bytes: 1 << 16,
    max_duration: Duration::from_secs(5),
    max_channels: 8,
    max_rate: SampleRate::HZ_48000,
};

/// What decoding one file may take: five seconds at 48 kHz, the file, and what it works with.
const MAX_BYTES: usize = 5 * 48_000 * size_of::<f32>() + LIMITS.max_bytes + DECODE_WORKING_BYTES;

/// Fails while a file is decoded and more than it may take is taken.
struct Bounded;

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

/// Bytes that are taken now.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// Bytes that may be taken.
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

fn take(bytes: usize) -> bool {
    let taken = TAKEN.fetch_add(bytes, Ordering::Relaxed) + bytes;
    let fits = taken <= LIMIT.load(Ordering::Relaxed);
    if !fits {
        TAKEN.fetch_sub(bytes, Ordering::Relaxed);
    }
    fits
}

// SAFETY: what fits is passed on to the system's allocator unchanged; what does not is refused with
// a null pointer, as an allocator may.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !take(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: as for the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !take(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: as for the caller.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as for the caller.
        unsafe { System.dealloc(ptr, layout) }
    }
}

fuzz_target!(init: stop_at_our_panics(), |bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    judge(&bytes);
    if bytes.starts_with(b"OggS") {
        sum_pages(&mut bytes);
        judge(&bytes);
    }
});

/// A panic in our own code is a finding even where it would be caught; one in the library that
/// `decode` guards against is not.
fn stop_at_our_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let file = panic.location().map_or("", |location| location.file());
        if file.contains("/crates/") || file.starts_with("fuzz_targets") {
            eprintln!("{panic}");
            std::process::abort();
        }
    }));
}

fn judge(bytes: &[u8]) {
    LIMIT.store(TAKEN.load(Ordering::Relaxed) + MAX_BYTES, Ordering::Relaxed);
    let outcome = decode(bytes, &LIMITS);
    LIMIT.store(usize::MAX, Ordering::Relaxed);
    if let Ok(decoded) = outcome {
        assert!(!decoded.clip.is_empty());
        assert!(decoded.clip.duration() <= LIMITS.max_duration);
        assert!(decoded.clip.samples.iter().all(|sample| sample.is_finite()));
    }
}

/// Gives every Ogg page the checksum it should have: chance never finds one, and nothing
/// behind it would ever be reached.
fn sum_pages(mut bytes: &mut [u8]) {
    while let Some(&segments) = bytes.get(26) {
        let head = 27 + usize::from(segments);
        let Some(table) = bytes.get(27..head) else { return };
        let size = head + table.iter().map(|&length| usize::from(length)).sum::<usize>();
        let Some((page, rest)) = bytes.split_at_mut_checked(size) else { return };
        page[22..26].fill(0);
        let sum = page.iter().fold(0_u32, |sum, &byte| {
            (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| {
                (sum << 1) ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
            })
        });
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        bytes = rest;
    }
}
