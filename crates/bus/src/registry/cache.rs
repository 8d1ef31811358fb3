//! What the registry said. An id means one schema for ever, so only its absence is forgotten.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use apache_avro::Schema;

use crate::avro::SchemaError;
use crate::event::Kind;

/// The most ids that are remembered; records may name any.
const MOST: usize = 4_096;

type Known = Result<Arc<Schema>, SchemaError>;

pub(super) struct Cache {
    written: [OnceLock<u32>; Kind::ALL.len()],
    read: Mutex<HashMap<u32, (Known, Instant)>>,
    unknown_for: Duration,
}

impl Cache {
    pub(super) fn new(unknown_for: Duration) -> Self {
        Self {
            written: Default::default(),
            read: Mutex::default(),
            unknown_for,
        }
    }

    /// The id that events of this kind are written under.
    pub(super) fn written(&self, kind: Kind) -> Option<u32> {
        self.written[kind as usize].get().copied()
    }

    pub(super) fn remember(&self, kind: Kind, id: u32) {
        let _ = self.written[kind as usize].set(id);
    }

    /// What is known of an id.
    pub(super) fn read(&self, id: u32) -> Option<Known> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, since) = read.get(&id)?;
        let holds = known.is_ok() || since.elapsed() < self.unknown_for;
        holds.then(|| known.clone())
    }

    /// Remembers what was said of an id. An outage says nothing.
    pub(super) fn reads(&self, id: u32, known: &Known) {
        if known.as_ref().is_err_and(SchemaError::is_transient) {
            return;
        }
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.len() >= MOST {
            read.retain(|_, (known, _)| known.is_ok());
        }
        if read.len() < MOST {
            read.insert(id, (known.clone(), Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::avro::own;

    #[test]
    fn schemas_stay_absence_is_forgotten_and_an_outage_is_not_remembered() {
        let schema = || Ok(Arc::clone(own(Kind::AudioInput)));
        let cache = Cache::new(Duration::ZERO);
        cache.reads(1, &schema());
        cache.reads(2, &Err(SchemaError::Unknown(2)));
        assert!(cache.read(1).unwrap().is_ok());
        assert!(cache.read(2).is_none());

        let cache = Cache::new(Duration::from_secs(60));
        cache.reads(2, &Err(SchemaError::Unknown(2)));
        assert!(cache.read(2).unwrap().is_err());
        cache.reads(3, &Err(SchemaError::Unreachable("away".into())));
        assert!(cache.read(3).is_none());
    }

    #[test]
    fn ids_that_nobody_knows_never_fill_the_memory() {
        let cache = Cache::new(Duration::from_secs(60));
        for id in 10..10_000 {
            cache.reads(id, &Err(SchemaError::Unknown(id)));
        }
        let schema = Ok(Arc::clone(own(Kind::AudioInput)));
        cache.reads(1, &schema);
        assert!(cache.read(1).unwrap().is_ok());
        assert!(cache.read.lock().unwrap().len() <= MOST);
    }
}
