//! Instance ids of static members: a process may have several consumers in a group, and each needs
//! its own id.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

type Taken = Arc<Mutex<BTreeSet<(String, u32)>>>;

/// Assigns instance ids.
#[derive(Clone, Default)]
pub(super) struct InstanceIds(Taken);

/// An instance id that is taken until this is dropped.
pub(super) struct InstanceId {
    taken: Taken,
    key: (String, u32),
    pub(super) name: String,
}

impl InstanceIds {
    /// The first free id in a group. After a restart it is the same.
    pub(super) fn acquire(&self, base: &str, group: &str) -> InstanceId {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (group.to_owned(), 0);
        while taken.contains(&key) {
            key.1 += 1;
        }
        taken.insert(key.clone());
        InstanceId {
            taken: Arc::clone(&self.0),
            name: format!("{base}-{}", key.1),
            key,
        }
    }
}

impl Drop for InstanceId {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_ids_are_assigned_again() {
        let instances = InstanceIds::default();
        let (a, b) = (instances.acquire("me", "g"), instances.acquire("me", "g"));
        let other = instances.acquire("me", "h");
        assert_eq!([&*a.name, &*b.name, &*other.name], ["me-0", "me-1", "me-0"]);
        drop(a);
        assert_eq!(instances.acquire("me", "g").name, "me-0");
    }
}
