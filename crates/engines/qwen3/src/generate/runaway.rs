//! Detection of speech that does not end.
//!
//! The model sometimes misses the end of its text and continues: with silence, with one held sound,
//! or with a repeated syllable. Sampling does not recover, since the probability of the end code
//! stays near zero. There are two signs: the utterance is far longer than slow speech of the text,
//! or its codes have stopped changing.

use std::collections::VecDeque;

use super::FRAMES_PER_SECOND;

/// Window of frames that is examined: 4 s. Pauses within a sentence are shorter.
const WINDOW: usize = 50;

/// Distinct first codes in a window, at most, that count as stuck. Ordinary speech has 20 and more,
/// a breath or a pause about 5.
const MAX_STUCK_CODES: usize = 3;

/// The longest period that counts as a loop, in frames, and the fewest repetitions; a short period
/// must fill the window, since pauses repeat with short periods too.
const MAX_LOOP_FRAMES: usize = 12;
const MIN_LOOP_REPEATS: usize = 8;

/// Examines the codes of one utterance.
#[derive(Clone, Debug)]
pub struct RunawayDetector {
    max_frames: usize,
    frames: usize,
    recent: VecDeque<u16>,
}

impl RunawayDetector {
    /// For an utterance of at most this many frames; see [`runaway_frames`].
    pub const fn new(max_frames: usize) -> Self {
        Self {
            max_frames,
            frames: 0,
            recent: VecDeque::new(),
        }
    }

    /// Takes the first code of the next frame. True once the utterance is a runaway.
    pub fn push(&mut self, code: u16) -> bool {
        let memory = WINDOW.max(MAX_LOOP_FRAMES * MIN_LOOP_REPEATS);
        if self.recent.len() == memory {
            self.recent.pop_front();
        }
        self.recent.push_back(code);
        self.frames += 1;
        self.frames > self.max_frames || self.is_stuck() || self.is_looping()
    }

    fn is_stuck(&self) -> bool {
        if self.recent.len() < WINDOW {
            return false;
        }
        let mut different: Vec<u16> = Vec::with_capacity(MAX_STUCK_CODES + 1);
        for code in self.recent.iter().rev().take(WINDOW) {
            if !different.contains(code) {
                different.push(*code);
                if different.len() > MAX_STUCK_CODES {
                    return false;
                }
            }
        }
        true
    }

    fn is_looping(&self) -> bool {
        let last = self.recent.len();
        // A period below 4 counts as stuck.
        (4..=MAX_LOOP_FRAMES).any(|period| {
            let span = period * MIN_LOOP_REPEATS.max(WINDOW.div_ceil(period));
            span <= last
                && (last - span + period..last)
                    .all(|at| self.recent[at] == self.recent[at - period])
        })
    }
}

/// The bound on frames for a text of `chars` characters, by the language's name: three times the
/// duration of slow speech, and three seconds. A longer utterance is a runaway.
pub fn runaway_frames(chars: usize, language: Option<&str>) -> usize {
    // Characters a second in slow speech; a character of Chinese or Korean is a syllable.
    let pace = match language {
        Some("japanese") => 4.0,
        Some("english" | "german" | "french" | "spanish" | "italian" | "portuguese") => 9.0,
        Some("russian") => 8.0,
        // Chinese and its dialects, Korean, and any language under `auto`.
        _ => 2.5,
    };
    let seconds = chars as f32 / pace * 3.0 + 3.0;
    (seconds * FRAMES_PER_SECOND).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(codes: impl IntoIterator<Item = u16>) -> Option<usize> {
        let mut detector = RunawayDetector::new(usize::MAX);
        codes.into_iter().position(|code| detector.push(code))
    }

    /// Codes as speech has them: `variety` values, held for up to three frames.
    fn speech(variety: u64, frames: usize, seed: u64) -> Vec<u16> {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let mut codes = Vec::new();
        while codes.len() < frames {
            let code = (next() % variety) as u16;
            codes.extend(std::iter::repeat_n(code, 1 + (next() % 3) as usize));
        }
        codes
    }

    #[test]
    fn one_held_code_is_detected_after_four_seconds() {
        let spoken = speech(800, 60, 1);
        let begin = spoken.len();
        let at = detected(spoken.into_iter().chain([7; 200])).expect("a runaway");
        // The last codes before it, each held for up to three frames, may be part of the window.
        let min_held = WINDOW - 3 * (MAX_STUCK_CODES - 1);
        assert!((begin + min_held - 1..begin + WINDOW).contains(&at), "{at}");
    }

    #[test]
    fn silence_of_few_codes_is_detected() {
        let silence = (0..200).map(|at| [5, 5, 9, 5, 11][at % 5]);
        assert!(detected(silence).is_some());
    }

    #[test]
    fn repeated_syllables_are_detected() {
        let syllable = [1, 2, 3, 4, 5, 6, 7];
        let at = detected((0..200).map(|at| syllable[at % syllable.len()])).expect("a runaway");
        assert!(at <= syllable.len() * MIN_LOOP_REPEATS);
    }

    #[test]
    fn utterances_beyond_their_bound_are_detected() {
        let mut detector = RunawayDetector::new(100);
        let at = speech(800, 200, 1)
            .into_iter()
            .position(|code| detector.push(code));
        assert_eq!(at, Some(100));
    }

    #[test]
    fn ordinary_speech_is_never_detected() {
        for seed in 0..200 {
            for variety in [20, 200, 1500] {
                assert_eq!(
                    detected(speech(variety, 3000, seed)),
                    None,
                    "{variety} {seed}"
                );
            }
        }
    }

    #[test]
    fn long_pauses_are_not_detected() {
        let pause = std::iter::repeat_n([3, 3, 8, 3], 9).flatten();
        let codes = speech(300, 100, 4)
            .into_iter()
            .chain(pause)
            .chain(speech(300, 100, 5));
        assert_eq!(detected(codes), None);
    }

    #[test]
    fn the_bound_allows_slow_speech() {
        // Ten characters a second is slow for English.
        assert!(runaway_frames(1000, Some("english")) as f32 > 100.0 * FRAMES_PER_SECOND * 2.0);
        assert!(runaway_frames(1, None) >= 40);
        assert!(runaway_frames(20, Some("chinese")) > runaway_frames(20, Some("english")));
    }
}
