//! The arrival times of streamed audio.

use std::collections::VecDeque;

/// Records when each part of a stream arrived. Positions count from the beginning of the stream in
/// any one unit, such as samples or milliseconds; `T` is a point in time.
///
/// Memory is bounded: times older than `retention` are dropped, and times that are closer than
/// `granularity` are merged.
#[derive(Debug)]
pub struct ArrivalClock<T> {
    /// The end of each part, and when it had arrived.
    marks: VecDeque<(u64, T)>,
    retention: u64,
    granularity: u64,
}

impl<T: Copy> ArrivalClock<T> {
    /// An empty clock.
    pub const fn new(retention: u64, granularity: u64) -> Self {
        Self {
            marks: VecDeque::new(),
            retention,
            granularity,
        }
    }

    /// Notes that all audio before `end` has arrived. Audio that is repeated has arrived before.
    pub fn mark(&mut self, end: u64, at: T) {
        let (count, marks) = (self.marks.len(), &self.marks);
        if marks.back().is_some_and(|(last, _)| *last >= end) {
            return;
        }
        if count >= 2 && marks[count - 1].0 - marks[count - 2].0 < self.granularity {
            self.marks.pop_back();
        }
        self.marks.push_back((end, at));
        while self
            .marks
            .front()
            .is_some_and(|(own, _)| own + self.retention < end)
        {
            self.marks.pop_front();
        }
    }

    /// When all audio before `end` had arrived. Outside the retention, the nearest known time.
    pub fn arrival(&self, end: u64) -> Option<T> {
        let index = self.marks.partition_point(|(own, _)| *own < end);
        let mark = self.marks.get(index).or_else(|| self.marks.back());
        mark.map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrival_is_that_of_the_part_with_the_sample() {
        let mut clock = ArrivalClock::new(60_000, 20);
        assert_eq!(clock.arrival(0), None);
        for part in 1..=5 {
            clock.mark(part * 200, part);
        }
        // Repeated audio keeps its first arrival.
        clock.mark(200, 99);
        assert_eq!(clock.arrival(1), Some(1));
        assert_eq!(clock.arrival(200), Some(1));
        assert_eq!(clock.arrival(201), Some(2));
        assert_eq!(clock.arrival(5_000), Some(5));
    }

    #[test]
    fn tiny_parts_and_long_streams_take_bounded_memory() {
        let (retention, granularity) = (60_000, 20);
        let mut clock = ArrivalClock::new(retention, granularity);
        for end in 1..=200_000 {
            clock.mark(end, ());
        }
        let count = clock.marks.len() as u64;
        assert!(count <= retention / granularity + 2, "{count}");
    }
}
