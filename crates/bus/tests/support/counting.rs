//! Metrics that a test can read.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

/// Counts what is counted, by name and reason.
#[derive(Default)]
pub(crate) struct Counting(Mutex<HashMap<Key, Arc<AtomicU64>>>);

impl Counting {
    pub(crate) fn count(&self, name: &'static str, reason: &'static str) -> u64 {
        let key = Key::from_parts(name, &[("reason", reason)]);
        let counts = self.0.lock().unwrap();
        counts.get(&key).map_or(0, |own| own.load(Ordering::SeqCst))
    }
}

impl Recorder for Counting {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let mut counts = self.0.lock().unwrap();
        let own = counts.entry(key.clone()).or_default();
        Counter::from_arc(Arc::clone(own))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
