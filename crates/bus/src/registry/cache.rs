//! A cache of the registry's responses. An id has one schema for ever, so only its absence expires.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use apache_avro::Schema;

use crate::avro::SchemaError;
use crate::event::Kind;

/// The maximum number of cached ids; records may name any.
const MAX_IDS: usize = 4_096;

type Lookup = Result<Arc<Schema>, SchemaError>;

pub(super) struct Cache {
    written: [OnceLock<u32>; Kind::ALL.len()],
    read: Mutex<HashMap<u32, (Lookup, Instant)>>,
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

    /// The cached result for an id.
    pub(super) fn read(&self, id: u32) -> Option<Lookup> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (lookup, since) = read.get(&id)?;
        let holds = lookup.is_ok() || since.elapsed() < self.unknown_for;
        holds.then(|| lookup.clone())
    }

    /// Caches the result for an id. A transient error is not cached.
    pub(super) fn insert(&self, id: u32, lookup: &Lookup) {
        if lookup.as_ref().is_err_and(SchemaError::is_transient) {
            return;
        }
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.len() >= MAX_IDS {
            read.retain(|_, (lookup, _)| lookup.is_ok());
        }
        if read.len() < MAX_IDS {
            read.insert(id, (lookup.clone(), Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::avro::own_schema;

    #[test]
    fn schemas_stay_absence_expires_and_outages_are_not_cached() {
        let schema = || Ok(Arc::clone(own_schema(Kind::AudioInput)));
        let cache = Cache::new(Duration::ZERO);
        cache.insert(1, &schema());
        cache.insert(2, &Err(SchemaError::Unknown(2)));
        assert!(cache.read(1).unwrap().is_ok());
        assert!(cache.read(2).is_none());

        let cache = Cache::new(Duration::from_secs(60));
        cache.insert(2, &Err(SchemaError::Unknown(2)));
        assert!(cache.read(2).unwrap().is_err());
        cache.insert(3, &Err(SchemaError::Unreachable("away".into())));
        assert!(cache.read(3).is_none());
    }

    #[test]
    fn unknown_ids_take_bounded_memory() {
        let cache = Cache::new(Duration::from_secs(60));
        for id in 10..10_000 {
            cache.insert(id, &Err(SchemaError::Unknown(id)));
        }
        let schema = Ok(Arc::clone(own_schema(Kind::AudioInput)));
        cache.insert(1, &schema);
        assert!(cache.read(1).unwrap().is_ok());
        assert!(cache.read.lock().unwrap().len() <= MAX_IDS);
    }
}
