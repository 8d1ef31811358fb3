//! The limit of uploads: each may take hundreds of megabytes while it is decoded and recognized.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use mynah_admission::{
    ClientKey, ConcurrencyLimit, ConcurrencySlot, Ewma, FairPermit, FairSemaphore,
};

/// The weight of a new measurement in the moving average.
const EWMA_ALPHA: f64 = 0.3;
/// The assumed duration of the work on an upload before the first measurement.
const INITIAL_ESTIMATE: Duration = Duration::from_secs(2);

/// Limits the uploads that run and wait, and those of one client to its share of both. Cheap to
/// clone.
#[derive(Clone)]
pub(crate) struct UploadLimit {
    slots: ConcurrencyLimit,
    workers: FairSemaphore,
    /// The client whose uploads are counted.
    client: ClientKey,
    running: usize,
    load: Arc<Mutex<Load>>,
}

/// The known work that holds slots.
struct Load {
    /// Uploads that have a slot and wait for a worker.
    waiting: usize,
    /// Running uploads, by a number of their own.
    running: HashMap<u64, Running>,
    next_number: u64,
    /// Measured seconds of work per upload.
    seconds: Ewma,
    /// Measured seconds of work per second of audio.
    seconds_per_second: Ewma,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            waiting: 0,
            running: HashMap::new(),
            next_number: 0,
            seconds: Ewma::new(EWMA_ALPHA),
            seconds_per_second: Ewma::new(EWMA_ALPHA),
        }
    }
}

/// A running upload.
struct Running {
    since: Instant,
    /// The duration of its audio, once it is decoded.
    audio: Option<Duration>,
}

/// A slot for an upload that has arrived; it waits for a worker. Dropping it frees it.
pub(crate) struct UploadSlot {
    slot: ConcurrencySlot,
    limit: UploadLimit,
    waiting: Waiting,
}

/// Counts an upload that waits.
struct Waiting(Arc<Mutex<Load>>);

/// A worker for an upload. It moves with the work, also onto blocking threads, and dropping it
/// frees it.
pub(crate) struct RunningUpload {
    _slot: ConcurrencySlot,
    _worker: FairPermit,
    number: u64,
    load: Arc<Mutex<Load>>,
}

impl UploadLimit {
    /// A limit of running and waiting uploads. `running` of 0 means one per processor core.
    pub(crate) fn new(running: usize, waiting: usize) -> Self {
        let running = match running {
            0 => available_parallelism().map_or(2, NonZeroUsize::get),
            some => some,
        };
        Self {
            slots: ConcurrencyLimit::new(running.saturating_add(waiting)),
            workers: FairSemaphore::with_shares(running),
            client: ClientKey::default(),
            running,
            load: Arc::default(),
        }
    }

    /// The same limit, counted for this client.
    pub(crate) fn for_client(&self, client: ClientKey) -> Self {
        Self {
            client,
            ..self.clone()
        }
    }

    /// Acquires a slot, once the upload has arrived: a client that sends slowly would hold a slot
    /// without any work.
    ///
    /// # Errors
    /// The estimated time of the work that holds the slots.
    pub(crate) fn try_acquire(&self) -> Result<UploadSlot, Duration> {
        match self.slots.try_acquire(&self.client) {
            Ok(slot) => Ok(UploadSlot {
                slot,
                limit: self.clone(),
                waiting: Waiting::new(&self.load),
            }),
            Err(_) => Err(lock(&self.load).until_done(self.running, Instant::now())),
        }
    }
}

impl Load {
    /// The estimated time until all work that holds slots is done: the rest of what runs, and all
    /// of what waits.
    fn until_done(&self, running: usize, now: Instant) -> Duration {
        let typical = self
            .seconds
            .value()
            .unwrap_or(INITIAL_ESTIMATE.as_secs_f64());
        let left: f64 = self
            .running
            .values()
            .map(|work| {
                let elapsed = now.duration_since(work.since).as_secs_f64();
                let by_audio = work.audio.zip(self.seconds_per_second.value());
                let expected =
                    by_audio.map_or(typical, |(audio, factor)| audio.as_secs_f64() * factor);
                // Work that takes longer than expected is expected to take as long again.
                if elapsed < expected {
                    expected - elapsed
                } else {
                    elapsed
                }
            })
            .sum();
        let waiting = self.waiting as f64 * typical;
        Duration::try_from_secs_f64((left + waiting) / running as f64).unwrap_or(Duration::MAX)
    }

    fn record(&mut self, took: f64, audio: Option<Duration>) {
        self.seconds.record(took);
        let audio = audio.map(|audio| audio.as_secs_f64());
        if let Some(audio) = audio.filter(|audio| *audio > 0.0) {
            self.seconds_per_second.record(took / audio);
        }
    }
}

impl UploadSlot {
    /// Waits for a worker.
    pub(crate) async fn start(self) -> RunningUpload {
        let worker = self.limit.workers.acquire(&self.limit.client).await;
        drop(self.waiting);
        let load = self.limit.load;
        let number = {
            let mut load = lock(&load);
            let number = load.next_number;
            load.next_number += 1;
            let running = Running {
                since: Instant::now(),
                audio: None,
            };
            load.running.insert(number, running);
            number
        };
        RunningUpload {
            _slot: self.slot,
            _worker: worker,
            number,
            load,
        }
    }
}

impl RunningUpload {
    /// Records the duration of the decoded audio, which refines the estimate.
    pub(crate) fn decoded(&self, audio: Duration) {
        if let Some(own) = lock(&self.load).running.get_mut(&self.number) {
            own.audio = Some(audio);
        }
    }
}

impl Waiting {
    fn new(load: &Arc<Mutex<Load>>) -> Self {
        lock(load).waiting += 1;
        Self(Arc::clone(load))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        lock(&self.0).waiting -= 1;
    }
}

impl Drop for RunningUpload {
    fn drop(&mut self) {
        let mut load = lock(&self.load);
        if let Some(own) = load.running.remove(&self.number) {
            load.record(own.since.elapsed().as_secs_f64(), own.audio);
        }
    }
}

fn lock(load: &Mutex<Load>) -> MutexGuard<'_, Load> {
    load.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_runs_one_waits_and_the_third_is_refused() {
        let uploads = UploadLimit::new(1, 1);
        let first = uploads.try_acquire().ok().unwrap().start().await;
        let second = uploads.try_acquire().ok().unwrap();
        let Err(wait) = uploads.try_acquire() else {
            panic!("a third slot")
        };
        assert!(
            wait <= 2 * INITIAL_ESTIMATE && wait > INITIAL_ESTIMATE,
            "{wait:?}"
        );
        let second = tokio::spawn(async move { second.start().await });
        drop(first);
        drop(second.await.unwrap());
        assert!(uploads.try_acquire().is_ok());
    }

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// Adds work that began `elapsed` seconds ago, of `audio` seconds.
    fn running(load: &mut Load, now: Instant, elapsed: f64, audio: Option<f64>) {
        let number = load.next_number;
        load.next_number += 1;
        let since = now.checked_sub(seconds(elapsed)).unwrap();
        let audio = audio.map(seconds);
        load.running.insert(number, Running { since, audio });
    }

    #[test]
    fn wait_is_the_rest_of_the_work_that_holds_slots() {
        let now = Instant::now() + seconds(1_000.0);
        let mut load = Load::default();
        load.record(10.0, Some(seconds(100.0)));
        running(&mut load, now, 4.0, None);
        assert_eq!(load.until_done(1, now), seconds(6.0));
        // By its audio, once that is known.
        running(&mut load, now, 5.0, Some(300.0));
        assert_eq!(load.until_done(1, now), seconds(6.0 + 25.0));
        load.waiting = 2;
        assert_eq!(load.until_done(2, now), seconds((6.0 + 25.0 + 20.0) / 2.0));
        // The same work later: the estimate is exceeded, and the wait grows.
        let later = |after: f64| load.until_done(2, now + seconds(after));
        assert!(later(100.0) > later(50.0), "{:?}", later(100.0));
    }
}
