//! The guard against speech that does not end.
//!
//! Now and then the model misses its end and goes on: with silence, with one sound held, with a
//! syllable over and over. Sampler cannot recover, since the end's probability is all but gone.
//! Two signs tell: the utterance is far longer than any speaker would need for the text, or its
//! codes have stopped changing.

use std::collections::VecDeque;

use super::FRAMES_PER_SECOND;

/// Frames that are looked at together: 4 s. People pause for less in the middle of a sentence.
const WINDOW: usize = 50;

/// Different first codes in a window, at most, that count as standing still. Ordinary speech has
/// 20 and more, a breath or a pause some 5.
const MAX_STUCK_CODES: usize = 3;

/// The longest period that counts as going in circles, in frames, and how often it must come at
/// least; a short one comes until it fills the window, for pauses go in small circles too.
const MAX_LOOP_FRAMES: usize = 12;
const MIN_LOOP_REPEATS: usize = 8;

/// Watches the codes of one utterance.
#[derive(Clone, Debug, Default)]
pub struct RunawayDetector {
    recent: VecDeque<u16>,
}

impl RunawayDetector {
    /// Takes the first code of the next frame. True when the utterance has run away.
    pub fn push(&mut self, code: u16) -> bool {
        let memory = WINDOW.max(MAX_LOOP_FRAMES * MIN_LOOP_REPEATS);
        if self.recent.len() == memory {
            self.recent.pop_front();
        }
        self.recent.push_back(code);
        self.is_stuck() || self.is_looping()
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
        // A period below 4 is standing still with other words.
        (4..=MAX_LOOP_FRAMES).any(|period| {
            let span = period * MIN_LOOP_REPEATS.max(WINDOW.div_ceil(period));
            span <= last
                && (last - span + period..last)
                    .all(|at| self.recent[at] == self.recent[at - period])
        })
    }
}

/// The most frames that a text of so many characters can need, by its language's name: three times
/// the pace of slow speech, and three seconds. Beyond it an utterance has run away.
pub fn runaway_frames(chars: usize, language: Option<&str>) -> usize {
    // Characters a second in slow speech; a character of Chinese or Korean is a syllable.
    let pace = match language {
        Some("japanese") => 4.0,
        Some("english" | "german" | "french" | "spanish" | "italian" | "portuguese") => 9.0,
        Some("russian") => 8.0,
        // Chinese and its dialects, Korean, and whatever `auto` turns out to be.
        _ => 2.5,
    };
    let seconds = chars as f32 / pace * 3.0 + 3.0;
    (seconds * FRAMES_PER_SECOND).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caught(codes: impl IntoIterator<Item = u16>) -> Option<usize> {
        let mut detector = RunawayDetector::default();
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
    fn one_sound_held_is_caught_after_four_seconds() {
        let spoken = speech(800, 60, 1);
        let begin = spoken.len();
        let at = caught(spoken.into_iter().chain([7; 200])).expect("caught");
        // The last codes before it, each held for up to three frames, may count as the others.
        let least = WINDOW - 3 * (MAX_STUCK_CODES - 1);
        assert!((begin + least - 1..begin + WINDOW).contains(&at), "{at}");
    }

    #[test]
    fn silence_in_two_or_three_codes_is_caught() {
        let silence = (0..200).map(|at| [5, 5, 9, 5, 11][at % 5]);
        assert!(caught(silence).is_some());
    }

    #[test]
    fn a_syllable_over_and_over_is_caught() {
        let turn = [1, 2, 3, 4, 5, 6, 7];
        let at = caught((0..200).map(|at| turn[at % turn.len()])).expect("caught");
        assert!(at <= turn.len() * MIN_LOOP_REPEATS);
    }

    #[test]
    fn ordinary_speech_is_never_caught() {
        for seed in 0..200 {
            for variety in [20, 200, 1500] {
                assert_eq!(
                    caught(speech(variety, 3000, seed)),
                    None,
                    "{variety} {seed}"
                );
            }
        }
    }

    #[test]
    fn a_long_pause_within_speech_is_no_alarm() {
        let pause = std::iter::repeat_n([3, 3, 8, 3], 9).flatten();
        let codes = speech(300, 100, 4)
            .into_iter()
            .chain(pause)
            .chain(speech(300, 100, 5));
        assert_eq!(caught(codes), None);
    }

    #[test]
    fn the_bound_leaves_room_for_slow_speakers() {
        // Ten characters a second is slow for English.
        assert!(runaway_frames(1000, Some("english")) as f32 > 100.0 * FRAMES_PER_SECOND * 2.0);
        assert!(runaway_frames(1, None) >= 40);
        assert!(runaway_frames(20, Some("chinese")) > runaway_frames(20, Some("english")));
    }
}
