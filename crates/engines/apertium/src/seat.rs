//! One direction: its chain, and a single seat in front of it.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mynah_speech::Cancel;

use crate::chain::{Chain, LOOK, NoAnswer};
use crate::mode::stages;

/// Why a text was not translated.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotTranslated {
    /// The seat was taken for as long as the caller would wait.
    Busy,
    /// The caller gave up.
    Cancelled,
    /// The chain gave no answer in time, and was ended.
    TimedOut,
    /// The chain ended twice on this text.
    Crashed,
    /// A program or the mode cannot be found or read.
    NotStarted(String),
}

/// The seat of one direction. Its chain starts with the first text and is kept.
pub(crate) struct Seat {
    mode: PathBuf,
    place: Mutex<Place>,
    free: Condvar,
}

#[derive(Default)]
struct Place {
    taken: bool,
    chain: Option<Chain>,
}

impl Seat {
    pub(crate) fn new(mode: PathBuf) -> Self {
        Self {
            mode,
            place: Mutex::default(),
            free: Condvar::new(),
        }
    }

    /// Translates one encoded text, waiting for the seat and then for the answer.
    pub(crate) fn translate(
        &self,
        text: &str,
        wait: Duration,
        timeout: Duration,
        cancel: &Cancel,
    ) -> Result<String, NotTranslated> {
        let mut sitting = self.sit(wait, cancel)?;
        // A text that ends a chain is tried once more: the chain may have died before it came.
        for _ in 0..2 {
            let mut chain = match sitting.chain.take() {
                Some(chain) => chain,
                None => self.start()?,
            };
            let answer = chain.ask(text, Instant::now() + timeout, cancel);
            match answer {
                Err(NoAnswer::Ended) => {
                    tracing::warn!("an apertium program ended");
                    continue;
                }
                Err(NoAnswer::TimedOut) => return Err(NotTranslated::TimedOut),
                Err(NoAnswer::Cancelled) | Ok(_) => sitting.chain = Some(chain),
            }
            return answer.map_err(|_| NotTranslated::Cancelled);
        }
        Err(NotTranslated::Crashed)
    }

    fn start(&self) -> Result<Chain, NotTranslated> {
        let not = |reason: &str| NotTranslated::NotStarted(reason.to_owned());
        let mode = std::fs::read_to_string(&self.mode).map_err(|_| not("its mode is gone"))?;
        let stages = stages(&mode).ok_or_else(|| not("its mode is not a list of programs"))?;
        Chain::start(&stages).map_err(|error| {
            tracing::warn!(%error, "apertium not started");
            not("one of its programs cannot be started")
        })
    }

    fn sit(&self, wait: Duration, cancel: &Cancel) -> Result<Sitting<'_>, NotTranslated> {
        let until = Instant::now() + wait;
        let mut place = self.place();
        loop {
            if cancel.is_cancelled() {
                return Err(NotTranslated::Cancelled);
            }
            if !place.taken {
                place.taken = true;
                return Ok(Sitting {
                    chain: place.chain.take(),
                    seat: self,
                });
            }
            if Instant::now() >= until {
                return Err(NotTranslated::Busy);
            }
            let waited = self.free.wait_timeout(place, LOOK);
            place = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        // Nothing panics while it holds the lock.
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody's time with the chain.
struct Sitting<'a> {
    seat: &'a Seat,
    chain: Option<Chain>,
}

impl Drop for Sitting<'_> {
    fn drop(&mut self) {
        let mut place = self.seat.place();
        place.taken = false;
        place.chain = self.chain.take();
        self.seat.free.notify_one();
    }
}
