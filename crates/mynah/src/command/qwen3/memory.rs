//! What the process took of the machine.

use std::time::{Duration, Instant};

/// The most memory that was resident, in bytes: `VmHWM`. None where the system does not report it.
pub(super) fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Bytes a second that so many threads read from memory together, in 10⁹: the best of some passes
/// over a gigabyte, which no cache holds.
pub(super) fn bandwidth(threads: usize) -> f64 {
    const WORDS: usize = 1 << 27;
    const PASSES: usize = 5;
    let words: Vec<u64> = (0..WORDS as u64).collect();
    let part = WORDS.div_ceil(threads.max(1));
    let pass = || {
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for words in words.chunks(part) {
                scope.spawn(|| std::hint::black_box(sum(words)));
            }
        });
        begun.elapsed()
    };
    let best = (0..PASSES).map(|_| pass()).min().unwrap_or(Duration::MAX);
    (WORDS * size_of::<u64>()) as f64 / best.as_secs_f64() / 1e9
}

/// In eight sums, so that no addition waits for the one before.
fn sum(words: &[u64]) -> u64 {
    let (eights, _) = words.as_chunks::<8>();
    let mut sums = [0_u64; 8];
    for eight in eights {
        for (sum, word) in sums.iter_mut().zip(eight) {
            *sum = sum.wrapping_add(*word);
        }
    }
    sums.iter().fold(0, |all, sum| all.wrapping_add(*sum))
}
