//! When silence stands in for audio that does not arrive.
//!
//! A client that sends nothing after its sentence (push to talk) never sends the pause by which
//! the detector knows that the sentence is over. So once audio is late by a whole pause, silence
//! is inserted as it would have lasted by the clock. Audio that is merely late by less is waited
//! for: a message is due as long after the last one as that one's audio lasts.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// How much silence follows the last audio at most. No detector waits longer for the end of a
/// segment (`hang_over_ms` is 5 s at most), so an idle session costs nothing after that.
const MAX_INSERTED: Duration = Duration::from_secs(10);

/// How often silence is inserted once it has begun.
const INSERT_INTERVAL: Duration = Duration::from_millis(200);

/// The longest time from one message to the next that is expected of a client before its pace is
/// known. A longer message may well be a whole sentence.
const MAX_EXPECTED_GAP: Duration = Duration::from_secs(1);

/// How long a client that has resumed a session may take to send audio again, beside a pause.
const RESUME_GRACE: Duration = Duration::from_secs(5);

/// How many gaps between messages are remembered.
const REMEMBERED_GAPS: usize = 5;

/// How many messages in a row must come as fast as they were spoken before long ones are waited
/// for as long as they last.
const PACED_GAPS: usize = 2;

/// Tells how much silence is due, by the arrival of audio and the clock.
#[derive(Debug)]
pub(crate) struct SilenceClock {
    pause: Duration,
    /// When the last audio was taken in; none before there was any.
    last: Option<Instant>,
    /// The audio of the last batch: messages that came faster than they were spoken are one.
    batch: Duration,
    gaps: VecDeque<Duration>,
    /// How many gaps in a row were as long as the batch before them.
    paced: usize,
    inserted: Duration,
    /// How long the next audio may take at least, beside a pause.
    grace: Duration,
}

/// Silence that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silence {
    /// Since when it lasts by the clock.
    pub(crate) since: Instant,
    /// How long it is, in whole milliseconds.
    pub(crate) duration: Duration,
}

impl SilenceClock {
    /// For a detector that ends a segment after this pause.
    pub(crate) const fn new(pause: Duration) -> Self {
        Self {
            pause,
            last: None,
            batch: Duration::ZERO,
            gaps: VecDeque::new(),
            paced: 0,
            inserted: Duration::ZERO,
            grace: Duration::ZERO,
        }
    }

    /// Notes audio that arrived, and was taken in by now.
    pub(crate) fn received(&mut self, audio: Duration, arrived: Instant, now: Instant) {
        if let Some(last) = self.last {
            let gap = arrived.saturating_duration_since(last);
            if gap >= MAX_INSERTED {
                // A session that was idle: what comes now has a pace of its own.
                *self = Self::new(self.pause);
                self.batch = audio;
            } else if gap < audio / 2 {
                self.batch += audio;
            } else {
                let (near, far) = (self.batch * 3 / 4, self.batch * 5 / 4);
                self.paced = if (near..=far).contains(&gap) {
                    self.paced + 1
                } else {
                    0
                };
                if self.gaps.len() == REMEMBERED_GAPS {
                    self.gaps.pop_front();
                }
                self.gaps.push_back(gap);
                self.batch = audio;
            }
        } else {
            self.batch = audio;
        }
        self.last = Some(now);
        self.inserted = Duration::ZERO;
        self.grace = Duration::ZERO;
    }

    /// Notes that a session was taken up again: the sentence that was open may be over, and the
    /// client may have nothing more to send.
    pub(crate) fn resumed(&mut self, now: Instant) {
        self.received(MAX_EXPECTED_GAP, now, now);
        self.grace = RESUME_GRACE;
    }

    /// When silence is to be inserted next; none where none is.
    pub(crate) fn due_at(&self) -> Option<Instant> {
        let last = self.last?;
        if self.inserted >= MAX_INSERTED {
            return None;
        }
        let wait = if self.inserted.is_zero() {
            self.expected_gap().max(self.grace) + self.pause
        } else {
            self.inserted + INSERT_INTERVAL
        };
        Some(last + wait)
    }

    /// The silence that is due by now, which is to be inserted.
    pub(crate) fn take(&mut self, now: Instant) -> Option<Silence> {
        let since = self.last? + self.inserted;
        let due = now.saturating_duration_since(since);
        let due = due.min(MAX_INSERTED.saturating_sub(self.inserted));
        let duration = Duration::from_millis(due.as_millis() as u64);
        self.inserted += duration;
        (!duration.is_zero()).then_some(Silence { since, duration })
    }

    /// How long after the last message the next one is due.
    fn expected_gap(&self) -> Duration {
        if self.paced >= PACED_GAPS {
            return self.batch;
        }
        let mut gaps: Vec<_> = self.gaps.iter().copied().collect();
        gaps.sort_unstable();
        let usual = gaps.get(gaps.len() / 2).copied().unwrap_or_default();
        self.batch.max(usual).min(MAX_EXPECTED_GAP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_millis(350);

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Messages as `(when, audio)` in milliseconds. Returns all silence that was inserted before
    /// the last message, and how long after it silence begins.
    fn run(messages: &[(u64, u64)]) -> (Duration, Duration) {
        let began = Instant::now();
        let mut clock = SilenceClock::new(PAUSE);
        let mut inserted = Duration::ZERO;
        for (at, audio) in messages {
            let at = began + ms(*at);
            while let Some(due) = clock.due_at().filter(|due| *due < at) {
                inserted += clock.take(due).map_or(Duration::ZERO, |own| own.duration);
            }
            clock.received(ms(*audio), at, at);
        }
        let (last, _) = messages.last().unwrap();
        let begins = clock.due_at().unwrap() - (began + ms(*last));
        (inserted, begins)
    }

    fn every(gap: u64, audio: u64, count: u64) -> Vec<(u64, u64)> {
        (0..count).map(|n| (n * gap, audio)).collect()
    }

    #[test]
    fn audio_that_keeps_coming_gets_no_silence() {
        // A message that is late by less than a pause, twice in a row.
        let jitter = [(0, 200), (200, 200), (700, 200), (1_240, 200), (1_250, 200)];
        for (name, messages) in [
            ("20 ms in real time", every(20, 20, 100)),
            ("200 ms in real time", every(200, 200, 20)),
            ("1 s in real time", every(1_000, 1_000, 8)),
            ("a file at once", every(0, 200, 50)),
            ("slower than real time", every(400, 200, 20)),
            ("batches of 20 ms each second", {
                let batch = |n: u64| (0..50).map(move |_| (n * 1_000, 20));
                (0..6).flat_map(batch).collect()
            }),
            ("jitter", jitter.to_vec()),
        ] {
            assert_eq!(run(&messages).0, Duration::ZERO, "{name}");
        }
    }

    #[test]
    fn silence_begins_when_a_message_is_late_by_a_pause() {
        for (name, messages, expected) in [
            ("20 ms in real time", every(20, 20, 100), 370),
            ("200 ms in real time", every(200, 200, 20), 550),
            ("a sentence in one message", vec![(0, 3_000)], 1_350),
            ("a file at once", every(0, 200, 50), 1_350),
            // Two gaps as long as the message before them, and the pace is known.
            ("2 s in real time", every(2_000, 2_000, 8), 2_350),
        ] {
            assert_eq!(run(&messages).1, ms(expected), "{name}");
        }
    }

    #[test]
    fn a_pace_that_is_known_gets_no_silence() {
        let (early, _) = run(&every(2_000, 2_000, 3));
        let (later, _) = run(&every(2_000, 2_000, 30));
        assert_eq!(early, later, "only before the pace was known");
        let (early, _) = run(&every(800, 200, 5));
        let (later, _) = run(&every(800, 200, 30));
        assert_eq!(early, later, "only before the pace was known");
    }

    #[test]
    fn silence_lasts_as_long_as_by_the_clock_and_is_bounded() {
        let began = Instant::now();
        let mut clock = SilenceClock::new(PAUSE);
        assert_eq!(clock.due_at(), None);
        clock.received(ms(200), began, began);
        let first = clock.take(clock.due_at().unwrap()).unwrap();
        assert_eq!((first.since, first.duration), (began, ms(550)));
        let late = clock.take(began + ms(950)).unwrap();
        assert_eq!((late.since, late.duration), (began + ms(550), ms(400)));
        let mut all = first.duration + late.duration;
        while let Some(due) = clock.due_at() {
            all += clock.take(due).unwrap().duration;
        }
        assert_eq!(all, MAX_INSERTED);
        // What comes then begins anew.
        let again = began + ms(60_000);
        clock.received(ms(200), again, again);
        assert_eq!(clock.due_at(), Some(again + ms(550)));
    }
}
