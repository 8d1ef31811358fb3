//! The identities of events that are already on the bus.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use mynah_bus::event::{Body, Event, SessionStatus};
use uuid::Uuid;

/// How long an identity is kept. Longer than any record is in flight.
const RETENTION: Duration = Duration::from_secs(3_600);
/// How often old identities are dropped.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(60);
/// The maximum number of ended sessions that are kept, at about 50 bytes each.
const MAX_ENDED: usize = 1_000_000;

/// The contents of the output partitions of a stage, as far as they were replayed or published here.
#[derive(Debug)]
pub(crate) struct DedupCache {
    events: HashMap<Uuid, Instant>,
    /// Segments whose speech is complete.
    complete: HashMap<Uuid, Instant>,
    /// Sessions that have ended.
    ended: HashSet<String>,
    /// Whether `ended` holds all ends that are still on the bus.
    all_ends: bool,
    cleaned_at: Instant,
}

impl DedupCache {
    pub(crate) fn new() -> Self {
        Self {
            events: HashMap::new(),
            complete: HashMap::new(),
            ended: HashSet::new(),
            all_ends: false,
            cleaned_at: Instant::now(),
        }
    }

    /// Adds an event that is on the bus. False if it is a duplicate.
    pub(crate) fn add(&mut self, event: &Event) -> bool {
        let now = Instant::now();
        match &event.body {
            Body::AudioSynthesis(speech) if speech.is_last => {
                self.complete.insert(speech.segment.id(&event.session), now);
            }
            Body::SessionStatus(SessionStatus::Ended { .. } | SessionStatus::Aborted { .. }) => {
                self.ended.insert(event.session.to_string());
            }
            _ => {}
        }
        self.events.insert(event.id, now).is_none()
    }

    pub(crate) fn has(&self, id: Uuid) -> bool {
        self.events.contains_key(&id)
    }

    /// Whether the speech of this segment is complete.
    pub(crate) fn is_synthesized(&self, segment: Uuid) -> bool {
        self.complete.contains_key(&segment)
    }

    pub(crate) fn has_ended(&self, session: &str) -> bool {
        self.ended.contains(session)
    }

    /// Whether the ends of all sessions were replayed, however old.
    pub(crate) const fn has_all_ends(&self) -> bool {
        self.all_ends
    }

    pub(crate) const fn set_all_ends(&mut self) {
        self.all_ends = true;
    }

    /// Drops what is too old to come again.
    pub(crate) fn clean_up(&mut self) {
        if self.cleaned_at.elapsed() < CLEANUP_INTERVAL {
            return;
        }
        self.cleaned_at = Instant::now();
        self.events.retain(|_, added| added.elapsed() < RETENTION);
        self.complete.retain(|_, added| added.elapsed() < RETENTION);
        // Sessions have no age: a late chunk must not begin one anew.
        if self.ended.len() > MAX_ENDED {
            self.ended.clear();
            self.all_ends = false;
        }
    }
}
