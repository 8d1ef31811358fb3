//! Any bytes, as a file: an error or finite sound within the limits.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use mynah_audio::{DecodeLimits, SampleRate, decode};

const LIMITS: DecodeLimits = DecodeLimits {
    max_bytes: 1 << 16,
    max_duration: Duration::from_secs(5),
    max_channels: 8,
    max_rate: SampleRate::HZ_48000,
};

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
    if let Ok(decoded) = decode(bytes, &LIMITS) {
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
