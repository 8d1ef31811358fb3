//! What has been published already, by whomever.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use mynah_bus::event::{Body, Event, SessionStatus};
use uuid::Uuid;

/// How long an identity is remembered. Longer than any record is on its way.
const RETENTION: Duration = Duration::from_secs(3_600);
/// How often old ones are thrown away.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(60);

/// The identities that a stage's output partition is known to hold.
#[derive(Debug)]
pub(crate) struct DedupCache {
    events: HashMap<Uuid, Instant>,
    /// Segments whose speech is complete, by the name of their first part.
    complete: HashMap<Uuid, Instant>,
    /// Sessions that have ended.
    ended: HashSet<String>,
    /// Whether those are all that the bus still knows of.
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

    /// Notes an event that is on the bus. False if it is a duplicate of one that was.
    pub(crate) fn note(&mut self, event: &Event) -> bool {
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
    pub(crate) fn is_spoken(&self, segment: Uuid) -> bool {
        self.complete.contains_key(&segment)
    }

    pub(crate) fn has_ended(&self, session: &str) -> bool {
        self.ended.contains(session)
    }

    /// Whether the ends of all sessions were read back, however long ago they were.
    pub(crate) const fn knows_all_ends(&self) -> bool {
        self.all_ends
    }

    pub(crate) const fn learnt_all_ends(&mut self) {
        self.all_ends = true;
    }

    /// Throws away what is too old to come again.
    pub(crate) fn clean_up(&mut self) {
        if self.cleaned_at.elapsed() < CLEANUP_INTERVAL {
            return;
        }
        self.cleaned_at = Instant::now();
        self.events.retain(|_, noted| noted.elapsed() < RETENTION);
        self.complete.retain(|_, noted| noted.elapsed() < RETENTION);
        // Names of sessions are kept: a late chunk must not begin one anew. 50 bytes each.
        if self.ended.len() > 1_000_000 {
            self.ended.clear();
            self.all_ends = false;
        }
    }
}
