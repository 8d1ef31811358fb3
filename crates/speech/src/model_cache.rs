//! Models in memory: each is loaded when it is first needed, and the least recently used one that is
//! idle is dropped for another.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{Mutex, Notify};

use crate::Cancel;
use crate::wait::wait_for;

/// At most `max` models, by their keys.
pub struct ModelCache<K, M> {
    max: usize,
    /// The most recently used last. The lock is fair: while one caller waits for a model to become
    /// idle, later callers queue behind it, so a busy model cannot keep another from being loaded.
    slots: Mutex<Vec<(K, Slot<M>)>>,
    released: Arc<Notify>,
}

/// A model, or room for the one that a caller loads. The cache has one reference; a slot with more is
/// in use.
type Slot<M> = Arc<Mutex<Option<Arc<M>>>>;

/// A model in use. It stays in memory at least until the lease and its clones are dropped.
pub struct ModelLease<M> {
    model: Arc<M>,
    in_use: SlotInUse<M>,
}

/// Keeps a slot, and wakes the caller that waits for an idle one when it is dropped.
struct SlotInUse<M> {
    // Fields are dropped in this order: the caller that is woken looks whether the slot is idle.
    slot: Slot<M>,
    released: NotifyOnDrop,
}

#[derive(Clone)]
struct NotifyOnDrop(Arc<Notify>);

/// A caller was cancelled while it waited for its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl<K: Clone + PartialEq, M> ModelCache<K, M> {
    /// Room for `max` models, at least one.
    pub fn new(max: usize) -> Self {
        Self {
            max: max.max(1),
            slots: Mutex::default(),
            released: Arc::default(),
        }
    }

    /// The model of a key. Where it is not in memory, `load` loads it, after the least recently used
    /// idle one was dropped if there is no room. Blocks while none is idle, and while another caller
    /// loads the same model; after its failure this caller loads.
    ///
    /// # Errors
    /// That of `load`, or [`Cancelled`].
    pub fn lease<E: From<Cancelled>>(
        &self,
        key: &K,
        cancel: &Cancel,
        load: impl FnOnce() -> Result<M, E>,
    ) -> Result<ModelLease<M>, E> {
        let in_use = self.slot(key, cancel)?;
        let locked = wait_for(in_use.slot.lock(), None, cancel);
        let mut loaded = locked.map_err(|_| Cancelled)?;
        let model = match &*loaded {
            Some(model) => Arc::clone(model),
            None => Arc::clone(loaded.insert(Arc::new(load()?))),
        };
        drop(loaded);
        Ok(ModelLease { model, in_use })
    }

    /// The keys of the models that are in memory or being loaded, the most recently used last.
    pub fn keys(&self) -> Vec<K> {
        let slots = wait_for(self.slots.lock(), None, &Cancel::new());
        let slots = slots.expect("it has no deadline and is not cancelled");
        slots.iter().map(|(key, _)| key.clone()).collect()
    }

    fn slot(&self, key: &K, cancel: &Cancel) -> Result<SlotInUse<M>, Cancelled> {
        let locked = wait_for(self.slots.lock(), None, cancel);
        let mut slots = locked.map_err(|_| Cancelled)?;
        let slot = match slots.iter().position(|(own, _)| own == key) {
            Some(at) => slots.remove(at).1,
            None => {
                while slots.len() >= self.max {
                    let idle = |(_, slot): &(K, Slot<M>)| Arc::strong_count(slot) == 1;
                    match slots.iter().position(idle) {
                        Some(at) => drop(slots.remove(at)),
                        None => wait_for(self.released.notified(), None, cancel)
                            .map_err(|_| Cancelled)?,
                    }
                }
                Slot::default()
            }
        };
        slots.push((key.clone(), Arc::clone(&slot)));
        Ok(SlotInUse {
            slot,
            released: NotifyOnDrop(Arc::clone(&self.released)),
        })
    }
}

impl<K: fmt::Debug, M> fmt::Debug for ModelCache<K, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelCache")
            .field("max", &self.max)
            .finish_non_exhaustive()
    }
}

impl<M> Deref for ModelLease<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.model
    }
}

impl<M> Clone for ModelLease<M> {
    fn clone(&self) -> Self {
        Self {
            model: Arc::clone(&self.model),
            in_use: SlotInUse {
                slot: Arc::clone(&self.in_use.slot),
                released: self.in_use.released.clone(),
            },
        }
    }
}

impl<M: fmt::Debug> fmt::Debug for ModelLease<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.model.fmt(f)
    }
}

impl Drop for NotifyOnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    type Cache = ModelCache<&'static str, String>;

    fn lease(cache: &Cache, key: &'static str) -> ModelLease<String> {
        let load = || Ok::<_, Cancelled>(key.to_uppercase());
        cache.lease(&key, &Cancel::new(), load).unwrap()
    }

    #[test]
    fn the_least_recently_used_idle_model_is_dropped() {
        let cache = Cache::new(2);
        drop((lease(&cache, "a"), lease(&cache, "b")));
        assert_eq!(*lease(&cache, "a"), "A");
        lease(&cache, "c");
        assert_eq!(cache.keys(), ["a", "c"]);
        // One in use stays, although the other was used more recently.
        let held = lease(&cache, "a");
        lease(&cache, "c");
        lease(&cache, "d");
        assert_eq!(cache.keys(), ["a", "d"]);
        assert_eq!(*held, "A");
    }

    #[test]
    fn a_caller_without_room_waits_until_a_model_is_idle() {
        let cache = Cache::new(1);
        let first = lease(&cache, "a");
        let second = first.clone();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| lease(&cache, "b").to_string());
            // It holds the lock while it waits.
            while cache.slots.try_lock().is_ok() {
                thread::yield_now();
            }
            drop(first);
            assert!(!waiting.is_finished());
            drop(second);
            assert_eq!(waiting.join().unwrap(), "B");
        });
        assert_eq!(cache.keys(), ["b"]);
    }

    #[test]
    fn cancelling_ends_the_wait_for_room() {
        let (cache, cancel) = (Cache::new(1), Cancel::new());
        let held = lease(&cache, "a");
        thread::scope(|scope| {
            let load = || -> Result<String, Cancelled> { unreachable!("there is no room") };
            let (cache, token) = (&cache, &cancel);
            let waiting = scope.spawn(move || cache.lease(&"b", token, load).err());
            cancel.cancel();
            assert_eq!(waiting.join().unwrap(), Some(Cancelled));
        });
        assert_eq!((cache.keys(), &**held), (vec!["a"], "A"));
    }

    #[test]
    fn callers_at_once_load_a_model_once_and_others_beside_it() {
        let (cache, loads) = (Cache::new(2), AtomicUsize::new(0));
        let loading = Barrier::new(2);
        let load = || {
            loads.fetch_add(1, Ordering::Relaxed);
            loading.wait();
            Ok::<_, Cancelled>(String::from("A"))
        };
        thread::scope(|scope| {
            let callers: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| cache.lease(&"a", &Cancel::new(), load).unwrap()))
                .collect();
            // Another model is not held up by the one that is being loaded.
            while loads.load(Ordering::Relaxed) == 0 {
                thread::yield_now();
            }
            assert_eq!(*lease(&cache, "b"), "B");
            loading.wait();
            for caller in callers {
                assert_eq!(*caller.join().unwrap(), "A");
            }
        });
        assert_eq!(loads.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_failed_load_is_tried_again() {
        #[derive(Debug, PartialEq)]
        struct Damaged;
        impl From<Cancelled> for Damaged {
            fn from(_: Cancelled) -> Self {
                unreachable!("nothing is cancelled")
            }
        }
        let cache = Cache::new(1);
        let failed = cache.lease(&"a", &Cancel::new(), || Err(Damaged));
        assert_eq!(failed.err(), Some(Damaged));
        assert_eq!(*lease(&cache, "b"), "B");
        assert_eq!(*lease(&cache, "a"), "A");
    }
}
