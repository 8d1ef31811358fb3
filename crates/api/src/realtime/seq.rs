//! Sequence numbers of events, equal at every gateway.

/// The kinds of events that are numbered apart. Within a kind numbers grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A recognized text.
    Recognized,
    /// A translated text.
    Translated,
    /// A part of the speech.
    Speech,
    /// Done or failed.
    Settled,
}

impl EventKind {
    /// All kinds, by their numbers.
    pub const ALL: [Self; 4] = [
        Self::Recognized,
        Self::Translated,
        Self::Speech,
        Self::Settled,
    ];

    /// The kind of the event with this number.
    pub fn of(seq: u64) -> Option<Self> {
        Self::ALL.get((seq >> 16 & 0xf) as usize).copied()
    }
}

/// The most parts that one segment's speech can have: half a day of it.
pub const MAX_PARTS: u32 = 1 << 16;

/// `segment << 20 | kind << 16 | part`: below 2^53, so that every reader of JSON has it exactly.
pub const fn event_seq(segment: u32, kind: EventKind, part: u32) -> u64 {
    (segment as u64) << 20 | (kind as u64) << 16 | (part & (MAX_PARTS - 1)) as u64
}

/// What a client has: the highest number of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceivedSeq([Option<u64>; 4]);

impl ReceivedSeq {
    /// Notes the number of an event that has arrived.
    pub fn note(&mut self, seq: u64) {
        if let Some(kind) = EventKind::of(seq) {
            let highest = &mut self.0[kind as usize];
            *highest = (*highest).max(Some(seq));
        }
    }

    /// The highest number of each kind, as `session.resume` sends them.
    pub fn numbers(&self) -> Vec<u64> {
        self.0.iter().flatten().copied().collect()
    }

    /// From the numbers that a client sends, in any order.
    pub fn new(numbers: &[u64]) -> Self {
        let highest = |kind: EventKind| {
            let own = numbers
                .iter()
                .filter(|seq| EventKind::of(**seq) == Some(kind));
            own.copied().max()
        };
        Self(EventKind::ALL.map(highest))
    }

    /// Whether it has this event, or all of the event's segment.
    pub fn has(&self, segment: u32, kind: EventKind, part: u32) -> bool {
        Some(event_seq(segment, kind, part)) <= self.0[kind as usize]
            || Some(event_seq(segment, EventKind::Settled, 0))
                <= self.0[EventKind::Settled as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_contract_and_fit_into_a_double() {
        assert_eq!(event_seq(0, EventKind::Recognized, 0), 0);
        assert_eq!(event_seq(3, EventKind::Translated, 0), 3 << 20 | 1 << 16);
        assert_eq!(event_seq(1, EventKind::Speech, 7), 1 << 20 | 2 << 16 | 7);
        let last = event_seq(i32::MAX as u32, EventKind::Settled, MAX_PARTS - 1);
        assert!(last < 1 << 53, "{last}");
    }

    #[test]
    fn a_client_has_what_is_not_higher_of_the_same_kind() {
        let none = ReceivedSeq::new(&[]);
        assert!(!none.has(0, EventKind::Recognized, 0));
        let some = ReceivedSeq::new(&[
            event_seq(1, EventKind::Speech, 2),
            event_seq(2, EventKind::Recognized, 0),
            event_seq(1, EventKind::Speech, 1),
            event_seq(0, EventKind::Settled, 0),
        ]);
        assert!(some.has(2, EventKind::Recognized, 0) && !some.has(3, EventKind::Recognized, 0));
        assert!(some.has(1, EventKind::Speech, 2) && !some.has(1, EventKind::Speech, 3));
        // Nothing came of this kind, but of a finished segment nothing more comes either.
        assert!(some.has(0, EventKind::Translated, 0) && !some.has(1, EventKind::Translated, 0));
    }
}
