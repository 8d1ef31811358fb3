//! One direction: its pipeline, and a single direction in front of it.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mynah_speech::Cancel;

use crate::mode::programs;
use crate::pipeline::{NoAnswer, POLL_INTERVAL, Pipeline};

/// Why a text was not translated.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotTranslated {
    /// The direction was taken for as long as the caller would wait.
    Busy,
    /// The caller gave up.
    Cancelled,
    /// The pipeline gave no answer in time, and was ended.
    TimedOut,
    /// The pipeline ended twice on this text.
    Crashed,
    /// A program or the mode cannot be found or read.
    NotStarted(String),
}

/// The direction of one direction. Its pipeline starts with the first text and is kept.
pub(crate) struct Direction {
    mode: PathBuf,
    place: Mutex<Place>,
    free: Condvar,
}

#[derive(Default)]
struct Place {
    taken: bool,
    pipeline: Option<Pipeline>,
}

impl Direction {
    pub(crate) fn new(mode: PathBuf) -> Self {
        Self {
            mode,
            place: Mutex::default(),
            free: Condvar::new(),
        }
    }

    /// Translates one encoded text, waiting for the direction and then for the answer.
    pub(crate) fn translate(
        &self,
        text: &str,
        wait: Duration,
        timeout: Duration,
        cancel: &Cancel,
    ) -> Result<String, NotTranslated> {
        let mut sitting = self.sit(wait, cancel)?;
        // A text that ends a pipeline is tried once more: the pipeline may have died before it came.
        for _ in 0..2 {
            let mut pipeline = match sitting.pipeline.take() {
                Some(pipeline) => pipeline,
                None => self.start()?,
            };
            let answer = pipeline.translate(text, Instant::now() + timeout, cancel);
            match answer {
                Err(NoAnswer::Ended) => {
                    tracing::warn!("an apertium program ended");
                    continue;
                }
                Err(NoAnswer::TimedOut) => return Err(NotTranslated::TimedOut),
                Err(NoAnswer::Cancelled) | Ok(_) => sitting.pipeline = Some(pipeline),
            }
            return answer.map_err(|_| NotTranslated::Cancelled);
        }
        Err(NotTranslated::Crashed)
    }

    fn start(&self) -> Result<Pipeline, NotTranslated> {
        let not = |reason: &str| NotTranslated::NotStarted(reason.to_owned());
        let mode = std::fs::read_to_string(&self.mode).map_err(|_| not("its mode is gone"))?;
        let programs = programs(&mode).ok_or_else(|| not("its mode is not a list of programs"))?;
        Pipeline::start(&programs).map_err(|error| {
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
                    pipeline: place.pipeline.take(),
                    direction: self,
                });
            }
            if Instant::now() >= until {
                return Err(NotTranslated::Busy);
            }
            let waited = self.free.wait_timeout(place, POLL_INTERVAL);
            place = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        // Nothing panics while it holds the lock.
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody's time with the pipeline.
struct Sitting<'a> {
    direction: &'a Direction,
    pipeline: Option<Pipeline>,
}

impl Drop for Sitting<'_> {
    fn drop(&mut self) {
        let mut place = self.direction.place();
        place.taken = false;
        place.pipeline = self.pipeline.take();
        self.direction.free.notify_one();
    }
}
