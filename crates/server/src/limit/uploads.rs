//! Places for uploads: each may take hundreds of megabytes while it is decoded and heard.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use mynah_admission::{
    ClientKey, ConcurrencyLimit, ConcurrencySlot, Ewma, FairPermit, FairSemaphore,
};

/// The weight of the latest measurement.
const EWMA_ALPHA: f64 = 0.3;
/// How long an upload takes, until one was measured.
const UNMEASURED: Duration = Duration::from_secs(2);

/// So many uploads at work, so many waiting, and not one more; and of one key no more than its
/// share of both. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Uploads {
    places: ConcurrencyLimit,
    desks: FairSemaphore,
    /// Whose uploads are counted.
    party: ClientKey,
    running: usize,
    load: Arc<Mutex<Load>>,
}

/// What is known of the work that holds places.
struct Load {
    /// Uploads that have a place and wait for their turn.
    waiting: usize,
    /// Uploads at work, by a number of their own.
    working: HashMap<u64, Working>,
    next: u64,
    /// Measured seconds of work for an upload.
    seconds: Ewma,
    /// Measured seconds of work for a second of its sound.
    seconds_per_second: Ewma,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            waiting: 0,
            working: HashMap::new(),
            next: 0,
            seconds: Ewma::new(EWMA_ALPHA),
            seconds_per_second: Ewma::new(EWMA_ALPHA),
        }
    }
}

/// An upload at work.
struct Working {
    since: Instant,
    /// How much sound it holds, once it is decoded.
    sound: Option<Duration>,
}

/// The right to be worked on when its turn comes, for an upload that is there. It is free again
/// when dropped.
pub(crate) struct UploadPlace {
    place: ConcurrencySlot,
    uploads: Uploads,
    waiting: Waiting,
}

/// Counts an upload that waits.
struct Waiting(Arc<Mutex<Load>>);

/// The right to have an upload worked on. It travels with the work, also onto threads that block,
/// and is free again when dropped.
pub(crate) struct UploadWork {
    _place: ConcurrencySlot,
    _desk: FairPermit,
    number: u64,
    load: Arc<Mutex<Load>>,
}

impl Uploads {
    /// `running` of 0 means one per processor core.
    pub(crate) fn new(running: usize, waiting: usize) -> Self {
        let running = match running {
            0 => available_parallelism().map_or(2, NonZeroUsize::get),
            some => some,
        };
        Self {
            places: ConcurrencyLimit::new(running.saturating_add(waiting)),
            desks: FairSemaphore::with_shares(running),
            party: ClientKey::default(),
            running,
            load: Arc::default(),
        }
    }

    /// The same, its places and turns counted for this party.
    pub(crate) fn for_client(&self, party: ClientKey) -> Self {
        Self {
            party,
            ..self.clone()
        }
    }

    /// Takes a place, or tells how long the work that holds the places will take. To be called
    /// when the upload is there: a caller that sends slowly would hold a place without any work.
    pub(crate) fn enter(&self) -> Result<UploadPlace, Duration> {
        match self.places.try_acquire(&self.party) {
            Ok(place) => Ok(UploadPlace {
                place,
                uploads: self.clone(),
                waiting: Waiting::new(&self.load),
            }),
            Err(_) => Err(lock(&self.load).until_done(self.running, Instant::now())),
        }
    }
}

impl Load {
    /// How long until all that holds a place is done: what is left of the work that goes on, and
    /// all of what waits.
    fn until_done(&self, running: usize, now: Instant) -> Duration {
        let typical = self.seconds.value().unwrap_or(UNMEASURED.as_secs_f64());
        let left: f64 = self
            .working
            .values()
            .map(|work| {
                let elapsed = now.duration_since(work.since).as_secs_f64();
                let by_sound = work.sound.zip(self.seconds_per_second.value());
                let expected = by_sound.map_or(typical, |(sound, pace)| sound.as_secs_f64() * pace);
                // Work that takes longer than was expected is expected to take as long again.
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

    fn learn(&mut self, took: f64, sound: Option<Duration>) {
        self.seconds.record(took);
        let sound = sound.map(|sound| sound.as_secs_f64());
        if let Some(sound) = sound.filter(|sound| *sound > 0.0) {
            self.seconds_per_second.record(took / sound);
        }
    }
}

impl UploadPlace {
    /// Waits for its turn.
    pub(crate) async fn work(self) -> UploadWork {
        let desk = self.uploads.desks.acquire(&self.uploads.party).await;
        drop(self.waiting);
        let load = self.uploads.load;
        let number = {
            let mut load = lock(&load);
            let number = load.next;
            load.next += 1;
            let working = Working {
                since: Instant::now(),
                sound: None,
            };
            load.working.insert(number, working);
            number
        };
        UploadWork {
            _place: self.place,
            _desk: desk,
            number,
            load,
        }
    }
}

impl UploadWork {
    /// Notes how much sound there is, by which the time that is left is told.
    pub(crate) fn decoded(&self, sound: Duration) {
        if let Some(own) = lock(&self.load).working.get_mut(&self.number) {
            own.sound = Some(sound);
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

impl Drop for UploadWork {
    fn drop(&mut self) {
        let mut load = lock(&self.load);
        if let Some(own) = load.working.remove(&self.number) {
            load.learn(own.since.elapsed().as_secs_f64(), own.sound);
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
    async fn one_works_one_waits_and_the_third_is_refused() {
        let uploads = Uploads::new(1, 1);
        let first = uploads.enter().ok().unwrap().work().await;
        let second = uploads.enter().ok().unwrap();
        let Err(wait) = uploads.enter() else {
            panic!("a third place")
        };
        assert!(wait <= 2 * UNMEASURED && wait > UNMEASURED, "{wait:?}");
        let second = tokio::spawn(async move { second.work().await });
        drop(first);
        drop(second.await.unwrap());
        assert!(uploads.enter().is_ok());
    }

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// Work that began so long ago, of so much sound.
    fn working(load: &mut Load, now: Instant, elapsed: f64, sound: Option<f64>) {
        let number = load.next;
        load.next += 1;
        let since = now.checked_sub(seconds(elapsed)).unwrap();
        let sound = sound.map(seconds);
        load.working.insert(number, Working { since, sound });
    }

    #[test]
    fn the_wait_is_what_is_left_of_the_work_that_holds_places() {
        let now = Instant::now() + seconds(1_000.0);
        let mut load = Load::default();
        load.learn(10.0, Some(seconds(100.0)));
        working(&mut load, now, 4.0, None);
        assert_eq!(load.until_done(1, now), seconds(6.0));
        // By its sound, where that is known.
        working(&mut load, now, 5.0, Some(300.0));
        assert_eq!(load.until_done(1, now), seconds(6.0 + 25.0));
        load.waiting = 2;
        assert_eq!(load.until_done(2, now), seconds((6.0 + 25.0 + 20.0) / 2.0));
        // The same work later: what was expected is over, and the wait grows and does not stay.
        let later = |after: f64| load.until_done(2, now + seconds(after));
        assert!(later(100.0) > later(50.0), "{:?}", later(100.0));
    }
}
