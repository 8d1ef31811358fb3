//! The throughput of engines, and their pending work.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mynah_admission::Ewma;
use mynah_speech::EngineId;

/// Used until an engine was measured: a demo engine on a slow machine.
const UNMEASURED_SECONDS_PER_CHAR: f64 = 0.01;

/// The weight of the latest measurement in the moving average.
const EWMA_ALPHA: f64 = 0.2;

/// Measured throughput and pending characters of each engine.
#[derive(Default)]
pub(crate) struct ThroughputEstimate {
    engines: Mutex<HashMap<EngineId, Load>>,
}

#[derive(Clone, Copy)]
struct Load {
    /// Characters that are admitted and not synthesized yet.
    ahead: usize,
    /// Measured.
    seconds_per_char: Ewma,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            ahead: 0,
            seconds_per_char: Ewma::new(EWMA_ALPHA),
        }
    }
}

impl ThroughputEstimate {
    /// Adds pending characters of an engine.
    pub(crate) fn add_pending(&self, engine: EngineId, chars: usize) {
        self.lock().entry(engine).or_default().ahead += chars;
    }

    /// Removes pending characters of an engine.
    pub(crate) fn remove_pending(&self, engine: EngineId, chars: usize) {
        let mut engines = self.lock();
        let load = engines.entry(engine).or_default();
        load.ahead = load.ahead.saturating_sub(chars);
    }

    /// Records how long an engine took.
    pub(crate) fn record(&self, engine: EngineId, chars: usize, took: Duration) {
        if chars == 0 {
            return;
        }
        let measured = took.as_secs_f64() / chars as f64;
        let mut engines = self.lock();
        let load = engines.entry(engine).or_default();
        load.seconds_per_char.record(measured);
    }

    /// The time that `worker_slots` in parallel need for all pending characters: whole seconds,
    /// rounded up, at least one.
    pub(crate) fn time_to_drain(&self, worker_slots: usize) -> Duration {
        let seconds: f64 = self
            .lock()
            .values()
            .map(|load| {
                let pace = load
                    .seconds_per_char
                    .value()
                    .unwrap_or(UNMEASURED_SECONDS_PER_CHAR);
                load.ahead as f64 * pace
            })
            .sum();
        let seconds = seconds / worker_slots.max(1) as f64;
        Duration::from_secs(seconds.ceil().max(1.0) as u64)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EngineId, Load>> {
        self.engines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
