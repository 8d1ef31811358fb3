//! flite's noise, the same for every utterance.
//!
//! flite's vocoder takes its noise from the C library's `rand`, which all threads of the process
//! share: equal texts would give other samples each time. `rand` is therefore defined here. A
//! symbol of the program goes before one of a shared library, so that flite finds this one; while
//! a thread speaks by flite it counts from the same start for each utterance, and for all other
//! callers it is the C library's generator as before.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{c_int, c_long};
use std::marker::PhantomData;

/// Where the noise of every utterance begins.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

thread_local! {
    /// The generator of the utterance that this thread speaks.
    static NOISE: Cell<Option<u64>> = const { Cell::new(None) };
}

unsafe extern "C" {
    /// What `rand` is in the C library, under another name.
    safe fn random() -> c_long;
}

/// `rand` of C: 0 to 2³¹ − 1.
#[unsafe(no_mangle)]
extern "C" fn rand() -> c_int {
    let Some(mut state) = NOISE.get() else {
        return random() as c_int;
    };
    // xorshift64*
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    NOISE.set(Some(state));
    (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as c_int
}

/// While it exists, this thread's noise is that of an utterance from its beginning.
pub(crate) struct SeededNoise(PhantomData<*const ()>);

impl SeededNoise {
    pub(crate) fn begin() -> Self {
        NOISE.set(Some(SEED));
        // Keeps the symbol in the program though no Rust calls it.
        std::hint::black_box(rand as extern "C" fn() -> c_int);
        Self(PhantomData)
    }
}

impl Drop for SeededNoise {
    fn drop(&mut self) {
        NOISE.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_repeats_and_is_even() {
        let noise = || {
            let _repeatable = SeededNoise::begin();
            (0..10_000).map(|_| rand()).collect::<Vec<_>>()
        };
        let first = noise();
        assert_eq!(first, noise());
        assert!(first.iter().all(|&value| value >= 0));
        let high = first
            .iter()
            .filter(|&&value| value > c_int::MAX / 2)
            .count();
        assert!((4_500..5_500).contains(&high), "{high}");
    }
}
