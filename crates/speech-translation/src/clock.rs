//! When did that sample arrive?

use std::collections::VecDeque;
use std::time::Instant;

/// How far back the clock remembers, in milliseconds of sound: more than any segment and its
/// padding wait to be closed.
const MEMORY_MS: u64 = 60_000;

/// The least sound between two marks, in milliseconds. Bounds the memory of tiny pieces.
const GRAIN_MS: u64 = 20;

/// Remembers when each stretch of a session's sound arrived.
#[derive(Debug, Default)]
pub(crate) struct ArrivalClock {
    /// Where a stretch ended, in milliseconds of sound, and when it was there.
    marks: VecDeque<(u64, Instant)>,
}

impl ArrivalClock {
    /// Notes that all sound up to here has arrived.
    pub(crate) fn mark(&mut self, end_ms: u64, at: Instant) {
        // The last mark is replaced while it is closer than a grain to the one before it.
        let (count, marks) = (self.marks.len(), &self.marks);
        if count >= 2 && marks[count - 1].0 - marks[count - 2].0 < GRAIN_MS {
            self.marks.pop_back();
        }
        self.marks.push_back((end_ms, at));
        while self
            .marks
            .front()
            .is_some_and(|(ms, _)| ms + MEMORY_MS < end_ms)
        {
            self.marks.pop_front();
        }
    }

    /// When the sound up to here had arrived. For what lies outside the memory, the nearest mark.
    pub(crate) fn arrival(&self, ms: u64) -> Option<Instant> {
        let place = self.marks.partition_point(|(end, _)| *end < ms);
        let mark = self.marks.get(place).or_else(|| self.marks.back());
        mark.map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn tells_when_the_stretch_with_a_sample_was_complete() {
        let begin = Instant::now();
        let at = |ms: u64| begin + Duration::from_millis(ms);
        let mut clock = ArrivalClock::default();
        assert_eq!(clock.arrival(0), None);
        for stretch in 1..=5 {
            clock.mark(stretch * 200, at(stretch));
        }
        assert_eq!(clock.arrival(1), Some(at(1)));
        assert_eq!(clock.arrival(200), Some(at(1)));
        assert_eq!(clock.arrival(201), Some(at(2)));
        assert_eq!(clock.arrival(5_000), Some(at(5)));
    }

    #[test]
    fn tiny_pieces_and_long_sessions_take_bounded_memory() {
        let now = Instant::now();
        let mut clock = ArrivalClock::default();
        for ms in 1..=200_000 {
            clock.mark(ms, now);
        }
        assert!(
            clock.marks.len() as u64 <= MEMORY_MS / GRAIN_MS + 2,
            "{}",
            clock.marks.len()
        );
    }
}
