//! When did that sample arrive? By the clock on the wall, which other machines share.

use std::collections::VecDeque;

/// How far back it is remembered, in samples: five minutes, more than any segment waits to be
/// interpreted.
const MEMORY: u64 = 300 * 16_000;

/// The least sound between two marks, in samples: 20 ms. Bounds the memory of tiny pieces.
const GRAIN: u64 = 320;

/// Remembers when each stretch of a session's sound was there.
#[derive(Debug, Default)]
pub(super) struct ArrivalTimes {
    /// Where a stretch ended, in samples at 16 kHz, and when, in milliseconds since 1970.
    marks: VecDeque<(u64, i64)>,
}

impl ArrivalTimes {
    /// Notes that all sound up to here has arrived.
    pub(super) fn mark(&mut self, end: u64, at_ms: i64) {
        let (count, marks) = (self.marks.len(), &self.marks);
        if marks.back().is_some_and(|(last, _)| *last >= end) {
            return;
        }
        // The last mark is replaced while it is closer than a grain to the one before it.
        if count >= 2 && marks[count - 1].0 - marks[count - 2].0 < GRAIN {
            self.marks.pop_back();
        }
        self.marks.push_back((end, at_ms));
        while self
            .marks
            .front()
            .is_some_and(|(own, _)| own + MEMORY < end)
        {
            self.marks.pop_front();
        }
    }

    /// When the sound up to here had arrived; of what is forgotten, the oldest known.
    pub(super) fn of(&self, end: u64) -> Option<i64> {
        let place = self.marks.partition_point(|(own, _)| *own < end);
        let mark = self.marks.get(place).or_else(|| self.marks.back());
        mark.map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_when_the_stretch_with_a_sample_was_complete() {
        let mut arrivals = ArrivalTimes::default();
        assert_eq!(arrivals.of(0), None);
        for stretch in 1..=5 {
            arrivals.mark(stretch * 3_200, stretch as i64);
        }
        // What comes again has been there before.
        arrivals.mark(3_200, 99);
        assert_eq!(arrivals.of(1), Some(1));
        assert_eq!(arrivals.of(3_200), Some(1));
        assert_eq!(arrivals.of(3_201), Some(2));
        assert_eq!(arrivals.of(99_999), Some(5));
    }

    #[test]
    fn tiny_pieces_and_long_sessions_take_bounded_memory() {
        let mut arrivals = ArrivalTimes::default();
        for sample in 1..=2_000_000 {
            arrivals.mark(sample * 16, 0);
        }
        assert!(arrivals.marks.len() as u64 <= MEMORY / GRAIN + 2);
    }
}
